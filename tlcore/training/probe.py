"""The linear probe: the head solved, not trained by epochs, on kept feature vectors."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import sqrt

import numpy as np

import tlcore.workspace as workspace
from tlcore.errors import UserError
from tlcore.features.store import Rows
from tlcore.plan import Plan
from tlcore.progress import Progress
from tlcore.training.logistic import UNSEEN, Fits, Heads, principal_components, solvers

_FOLDS = 5
_CLEARLY = 3  # standard errors of the log loss in cross-validation
_BLOCK = 4096  # rows of feature vectors that are copied at once
_IN_MEMORY = 1 << 28  # bytes: what is larger is worked on in a file


@dataclass(frozen=True)
class Probe:
    """A linear head on standardised feature vectors, and how its strength was chosen.

    Attributes:
        mean: (d,) float32, over train.
        scale: (d,) float32, standard deviation over train; 1 where a feature is constant.
        kernel: (d, classes) float32, on standardised features.
        bias: (classes,) float32.
        c: the inverse strength of L2 that was chosen.
        path: an entry a strength that was tried, as the event `strength` has it.
        folds: (n of train,) int, the fold of each train example; None where the probe was read from a file.
        out_of_fold: (n of train, classes) float32, what was said of each by the fit that had not seen its fold.
    """

    mean: np.ndarray
    scale: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    c: float
    path: tuple[dict, ...] = ()
    folds: np.ndarray | None = None
    out_of_fold: np.ndarray | None = None

    def probabilities(self, features: np.ndarray | Rows) -> np.ndarray:
        """(n, d) feature vectors to (n, classes) float32 probabilities."""
        found = np.empty((len(features), len(self.bias)), np.float32)
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK]
            standardised = (block.astype(np.float64) - self.mean) / self.scale
            found[start : start + len(block)] = softmax(standardised @ self.kernel.astype(np.float64) + self.bias)
        return found


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, classes) logits to probabilities."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def standardisation(features: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale (d,), float32, of some rows of (n, d) feature vectors; a constant feature's scale is 1."""
    mean, scale = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    for block in _blocks(features, rows):
        mean += block.sum(axis=0, dtype=np.float64)
    mean /= len(rows)
    for block in _blocks(features, rows):
        scale += np.square(block - mean).sum(axis=0)
    scale = np.sqrt(scale / len(rows))
    constant = scale <= 1e-6 * np.maximum(1e-6, np.abs(mean))
    return mean.astype(np.float32), np.where(constant, 1.0, scale).astype(np.float32)


def class_weights(labels: np.ndarray, classes: int, plan: Plan) -> dict[int, float] | None:
    """What an example of each class weighs: None for all alike, else n / (classes · n of the class)."""
    if plan.class_weights == "none":
        return None
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return {label: len(labels) / (present * count) if count else 0.0 for label, count in enumerate(counts.tolist())}


def assign_folds(labels: np.ndarray, seed: int, alike: np.ndarray | None = None) -> np.ndarray:
    """A fold for each example, by seed: each class is spread over the folds as evenly as it goes.

    Args:
        labels: (n,) int.
        seed: what chance depends on.
        alike: (n,) what exact duplicates have in common; they come into the same fold. None: there are none.

    Returns:
        (n,) int, 0 … 4, or less where there are fewer than five different examples.
    """
    _, first, group = np.unique(
        np.arange(len(labels)) if alike is None else alike, return_index=True, return_inverse=True
    )
    shuffled = np.random.default_rng(seed).permutation(len(first))
    dealt = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    folds = np.empty(len(first), np.int64)
    folds[dealt] = np.arange(len(first)) % _FOLDS
    return folds[group]


def fit_probe(
    features: np.ndarray | Rows,
    labels: np.ndarray,
    splits: np.ndarray,
    plan: Plan,
    progress: Progress | None = None,
    classes: int | None = None,
    alike: np.ndarray | None = None,
) -> Probe:
    """Solves multinomial logistic regression on standardised features, its strength chosen by cross-validation.

    Strengths are tried from the strongest on, each starting from the one before, in five folds of train and in all of
    it at once (see `training.logistic`), until weaker ones have become clearly worse; what the folds say of the
    examples that they left out chooses (`choose_strength`). The val split has no part in it.

    Args:
        features: (n, d) float32; may be memory-mapped, for it is read in blocks.
        labels: (n,) int, 0 … classes − 1.
        splits: (n,) str: "train" fits and chooses, "val" is reported; other rows are not looked at.
        plan: `probe_c`, `class_weights` and `seed` are what matters here.
        progress: hears an event `strength` for each one tried, and steps between them.
        classes: how many there are; None: as many as the labels show.
        alike: (n,) what exact duplicates have in common, so that they share a fold.

    Raises:
        UserError: train has examples of fewer than two classes.
        Cancelled: the work was asked to cancel.
    """
    progress = progress or Progress()
    labels = np.asarray(labels, dtype=np.int64)
    classes = classes or int(labels.max()) + 1
    train, val = (np.flatnonzero(np.asarray(splits) == name) for name in ("train", "val"))
    present, numbers = np.unique(labels[train], return_inverse=True)
    if len(present) < 2:
        raise UserError(
            "Training needs examples of at least two classes",
            f"The train split has {len(train)} examples of {len(present)} class",
            "Add examples, or split the dataset anew so that each class has some in train",
        )
    mean, scale = standardisation(features, train)
    folds = assign_folds(labels[train], plan.seed, None if alike is None else np.asarray(alike)[train])
    weights = np.ones((_FOLDS + 1, len(train)), np.float32)
    weights[folds, np.arange(len(train))] = 0
    if of_class := class_weights(labels[train], classes, plan):
        weights *= np.array([of_class[label] for label in labels[train].tolist()], np.float32)

    def standardised() -> Iterator[np.ndarray]:
        for block in _blocks(features, train):
            progress.check()
            yield (block - mean) / scale

    strengths = sorted(set(plan.probe_c))
    path, heads = [], []
    with ExitStack() as stack:

        def make(shape: tuple[int, int]) -> np.ndarray:
            if shape[0] * shape[1] * 4 <= _IN_MEMORY:
                return np.empty(shape, np.float32)
            path = stack.enter_context(workspace.scratch()) / "components"
            components = np.memmap(path, np.float32, "w+", shape=shape)
            workspace.reserve(path)
            return components

        pool = stack.enter_context(solvers())
        components = principal_components(standardised, len(train), features.shape[1], make, pool)
        fits = Fits(components, numbers, weights, len(present), pool)
        progress.step(0, len(strengths), "strengths")
        for each in fits.path(strengths, progress.check):
            kernel, bias = _head(each, components.basis, present, classes)
            fitted, left_out = _judge(fits, each, folds, numbers)
            of_val = Probe(mean, scale, kernel, bias, each.c).probabilities(features[val])
            reported = _measure(*_losses_and_hits(of_val, labels[val]))
            tried = {
                "c": each.c,
                "train_loss": fitted["loss"],
                "train_accuracy": fitted["accuracy"],
                "cv_loss": left_out["loss"],
                "cv_loss_error": left_out["error"],
                "cv_accuracy": left_out["accuracy"],
                "val_loss": reported["loss"],
                "val_accuracy": reported["accuracy"],
            }
            path.append(tried)
            heads.append(each)
            progress.event("strength", **tried)
            progress.step(len(path), len(strengths), "strengths")
            if _is_past_the_best(path):
                progress.step(len(strengths), len(strengths), "strengths")
                break
        c = choose_strength(path)
        chosen = fits.finished(heads[strengths.index(c)], progress.check)
        kernel, bias = _head(chosen, components.basis, present, classes)
        out_of_fold = np.zeros((len(train), classes), np.float32)
        for rows, logits in fits.logits(chosen):
            out_of_fold[rows, present] = softmax(_left_out(logits, folds[rows]))
    return Probe(mean, scale, kernel, bias, c, tuple(path), folds, out_of_fold)


def _is_past_the_best(path: Sequence[dict]) -> bool:
    """Whether weaker L2 has become clearly worse, so that what is weaker still, and costs most, need not be tried."""
    lowest = min(path, key=lambda tried: tried["cv_loss"])
    return path[-1]["cv_loss"] > lowest["cv_loss"] + _CLEARLY * lowest["cv_loss_error"]


def choose_strength(path: Sequence[dict]) -> float:
    """The strongest L2, as C, whose log loss in cross-validation is within one standard error of the lowest.

    The one-standard-error rule of Breiman et al., Classification and Regression Trees (1984): among strengths that so
    few examples can't tell apart, the simplest head is the safest.

    Args:
        path: an entry a strength that was tried, as the event `strength` has it.
    """
    lowest = min(path, key=lambda tried: tried["cv_loss"])
    limit = lowest["cv_loss"] + lowest["cv_loss_error"]
    return min(tried["c"] for tried in path if tried["cv_loss"] <= limit)


def _blocks(features: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Some rows of the feature vectors, in order, copied a block at a time."""
    return (features[rows[start : start + _BLOCK]] for start in range(0, len(rows), _BLOCK))


def _head(heads: Heads, basis: np.ndarray, present: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (d, classes) and bias (classes,) float32 of the fit on all of train, which is the last."""
    solved, offsets = basis @ heads.kernels[-1].T, heads.biases[-1]
    if len(present) == 2:  # σ(z) is the softmax of (−z/2, z/2)
        solved, offsets = solved / 2 * [-1, 1], offsets / 2 * [-1, 1]
    kernel = np.zeros((len(basis), classes), np.float32)
    bias = np.full(classes, UNSEEN, np.float32)
    kernel[:, present] = solved
    bias[present] = offsets
    return kernel, bias


def _left_out(logits: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """(rows, classes): of the (fits, classes, rows) logits each example's by the fit that left out its fold."""
    return logits[folds, :, np.arange(len(folds))]


def _judge(fits: Fits, heads: Heads, folds: np.ndarray, labels: np.ndarray) -> tuple[dict, dict]:
    """How well the fit on all of train did on it, and how well the folds' fits did on what each left out."""
    parts: tuple[list, list] = ([], [])
    for rows, logits in fits.logits(heads):
        for part, said in zip(parts, (logits[-1].T, _left_out(logits, folds[rows])), strict=True):
            part.append(_losses_and_hits(softmax(said), labels[rows]))
    fitted, left_out = (_measure(*map(np.concatenate, zip(*part, strict=True))) for part in parts)
    return fitted, left_out


def _losses_and_hits(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.clip(true, 1e-7, 1.0)), probabilities.argmax(axis=1) == labels


def _measure(losses: np.ndarray, hits: np.ndarray) -> dict[str, float | None]:
    """Mean log loss, its standard error, and accuracy; None without examples."""
    if not len(losses):
        return {"loss": None, "error": None, "accuracy": None}
    error = losses.std(ddof=1) / sqrt(len(losses)) if len(losses) > 1 else 0.0
    return {"loss": float(losses.mean()), "error": float(error), "accuracy": float(hits.mean())}
