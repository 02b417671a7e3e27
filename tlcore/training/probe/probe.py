"""The linear probe: the head solved, not trained by epochs, on kept feature vectors."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.formatting import count
from tlcore.base.progress import Progress
from tlcore.features.store.feature_store import Rows
from tlcore.plans import Plan
from tlcore.training.outcome import choose_strength
from tlcore.training.probe.logistic import (
    UNSEEN,
    Components,
    Fits,
    Heads,
    principal_components,
    solvers,
    with_more_rows,
)
from tlcore.training.temperature import caution, fit_temperature

_FOLDS = 5
_CLEARLY = 3  # standard errors of the log loss in cross-validation
_BLOCK = 4096  # rows of feature vectors that are copied at once
_IN_MEMORY = 1 << 28  # bytes: what is larger is worked on in a file
_NOTHING = 1e-9  # the variance, of standardised features, below which there is none
_EMPTY = np.empty(0, np.float32)


@dataclass(frozen=True)
class Probe:
    """A linear head on standardised feature vectors, and how it came about.

    Attributes:
        mean: (d,) float32, over train.
        scale: (d,) float32, standard deviation over train; 1 where a feature is constant.
        kernel: (d, classes) float32, on standardised features; as it was solved, before the temperature.
        bias: (classes,) float32, likewise.
        c: the inverse strength of L2 that was chosen.
        temperature: what logits are divided by, so that confidence can be believed.
        start: the same fitted on train alone, which is where fine-tuning starts; None: this one is.
        path: an entry a strength that was tried, as the event `strength` has it.
        folds: (n of train and val,) int, the fold of each; None where the probe was read from a file.
        out_of_fold: (n of train and val, classes) float32, what was said of each by the fit that had not seen its fold.
    """

    mean: np.ndarray
    scale: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    c: float
    temperature: float = 1.0
    start: "Probe | None" = None
    path: tuple[dict, ...] = ()
    folds: np.ndarray | None = None
    out_of_fold: np.ndarray | None = None

    @property
    def of_train(self) -> "Probe":
        """The probe that has seen no val example: what may be compared on val with what fine-tuning makes of it."""
        return self.start or self

    @property
    def head(self) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias of the head that gives calibrated logits: both divided by the temperature."""
        temperature = np.float32(self.temperature)
        return self.kernel / temperature, self.bias / temperature

    def probabilities(self, features: np.ndarray | Rows) -> np.ndarray:
        """(n, d) feature vectors to (n, classes) float32 probabilities."""
        found = np.empty((len(features), len(self.bias)), np.float32)
        kernel, bias = (each.astype(np.float64) / self.temperature for each in (self.kernel, self.bias))
        for start in range(0, len(features), _BLOCK):
            block = features[start : start + _BLOCK]
            standardised = (block.astype(np.float64) - self.mean) / self.scale
            found[start : start + len(block)] = softmax(standardised @ kernel + bias)
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

    1. On train alone, strengths are tried from the strongest on, each starting from the one before, in five folds and
       in all of it at once (see `logistic`), until weaker ones have become clearly worse; what the folds say
       of the examples that they left out chooses (`choose_strength`). The temperature of the same answers calibrates.
       The fit on all of train is `start`.
    2. At that strength the probe is fitted once more on train and val together, and in five folds of them.

    So the probe learns from val, and must not be measured on it: its figures on val are `out_of_fold`, where neither
    fit nor strength nor temperature has seen the example. `start` has seen no val example in any way. Whatever is
    compared on val with what comes of fine-tuning, which sees train alone, is to be `start` or `out_of_fold`.

    Args:
        features: (n, d) float32; may be memory-mapped, for it is read in blocks.
        labels: (n,) int, 0 … classes − 1.
        splits: (n,) str: "train" and "val"; other rows are not looked at.
        plan: `probe_c`, `class_weights` and `seed` are what matters here.
        progress: hears an event `strength` for each one tried, and steps between them.
        classes: how many there are; None: as many as the labels show.
        alike: (n,) what exact duplicates have in common, so that they share a fold.

    Raises:
        UserError: train has examples of fewer than two classes, or all its examples have the same features.
        Cancelled: the work was asked to cancel.
    """
    progress = progress or Progress()
    labels = np.asarray(labels, dtype=np.int64)
    classes = classes or int(labels.max()) + 1
    train, val = (np.flatnonzero(np.asarray(splits) == name) for name in ("train", "val"))
    if len(present := np.unique(labels[train])) < 2:
        raise UserError(
            "Training needs examples of at least two classes",
            f"The train split has {count(len(train), 'example')} of {count(len(present), 'class', 'classes')}",
            "Add examples, or split the dataset again so that each class has some in train",
        )
    mean, scale = standardisation(features, train)

    def standardised(rows: np.ndarray) -> Callable[[], Iterator[np.ndarray]]:
        def blocks() -> Iterator[np.ndarray]:
            for block in _blocks(features, rows):
                progress.check()
                yield (block - mean) / scale

        return blocks

    with ExitStack() as stack:

        def make(shape: tuple[int, int]) -> np.ndarray:
            if shape[0] * shape[1] * 4 <= _IN_MEMORY:
                return np.empty(shape, np.float32)
            path = stack.enter_context(workspace.scratch()) / "components"
            components = np.memmap(path, np.float32, "w+", shape=shape)
            workspace.reserve(path)
            return components

        pool = stack.enter_context(solvers())
        d = features.shape[1]
        components = principal_components(standardised(train), len(train), d, make, pool)
        if not (components.variances > _NOTHING).any():
            raise UserError(
                "All examples have the same features",
                f"The module gives the same {d:,} numbers for each of {len(train):,} train examples",
                "Check that the examples differ, and that the module's expected value range is set correctly",
            )
        of_train = _Folds(components, labels, train, plan, classes, alike, pool)
        path, heads = _path(of_train, Probe(mean, scale, _EMPTY, _EMPTY, 0), features[val], labels[val], plan, progress)
        c = choose_strength(path)
        chosen = heads[[tried["c"] for tried in path].index(c)]
        temperature = of_train.temperature(chosen)

        def solved(by: _Folds, heads: Heads, **more) -> Probe:
            return Probe(mean, scale, *by.head(heads), c, temperature, path=tuple(path), **more)

        start, everything = None, of_train
        if len(val):
            alone = of_train.whole
            start = solved(of_train, alone.finished(_last(chosen), progress.check))
            both = np.concatenate([train, val])
            more = with_more_rows(components, standardised(both), standardised(val), len(both), make, pool)
            everything = _Folds(more, labels, both, plan, classes, alike, pool)
            chosen = everything.started_from(chosen, components.basis)
        chosen = everything.fits.finished(chosen, progress.check)
        rows = np.argsort(np.concatenate([train, val]), kind="stable")
        return solved(
            everything,
            chosen,
            start=start,
            folds=everything.folds[rows],
            out_of_fold=everything.out_of_fold(chosen, temperature)[rows],
        )


class _Folds:
    """Five folds of some examples, and all fits that they ask for: one without each, and one on all.

    Attributes:
        components: of the examples.
        labels: (n,) int, counted among `present`.
        present: the classes that the examples are of.
        folds: (n,) int.
        fits: five that each leave out a fold, and the last on all.
        whole: that last one alone.
    """

    def __init__(self, components: Components, labels: np.ndarray, rows: np.ndarray, plan: Plan, classes, alike, pool):
        own = labels[rows]
        self.components, self._classes = components, classes
        self.present, self.labels = np.unique(own, return_inverse=True)
        self.folds = assign_folds(own, plan.seed, None if alike is None else np.asarray(alike)[rows])
        weights = np.ones((_FOLDS + 1, len(rows)), np.float32)
        weights[self.folds, np.arange(len(rows))] = 0
        if of_class := class_weights(own, classes, plan):
            weights *= np.array([of_class[label] for label in own.tolist()], np.float32)
        self.fits, self.whole = (
            Fits(components, self.labels, each, len(self.present), pool) for each in (weights, weights[-1:])
        )

    def head(self, heads: Heads) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (d, classes) and bias (classes,) float32 of the fit on all, which is the last."""
        return _head(heads, self.components.basis, self.present, self._classes)

    def judge(self, heads: Heads) -> tuple[dict, dict]:
        """How well the fit on all did on them, and how well the folds' fits did on what each left out."""
        parts: tuple[list, list] = ([], [])
        for rows, logits in self.fits.logits(heads):
            for part, predictions in zip(parts, (logits[-1].T, _left_out(logits, self.folds[rows])), strict=True):
                part.append(_losses_and_correct(softmax(predictions), self.labels[rows]))
        fitted, left_out = (_measure(*map(np.concatenate, zip(*part, strict=True))) for part in parts)
        return fitted, left_out

    def temperature(self, heads: Heads) -> float:
        """That of the answers out of fold, found with caution where nearly all are right."""
        predictions = np.concatenate([_left_out(logits, self.folds[rows]) for rows, logits in self.fits.logits(heads)])
        return fit_temperature(predictions.astype(np.float64), self.labels, smoothing=caution(len(predictions)))

    def out_of_fold(self, heads: Heads, temperature: float) -> np.ndarray:
        """(n, classes) float32, what was said of each example by the fit that left out its fold."""
        found = np.zeros((len(self.labels), self._classes), np.float32)
        for rows, logits in self.fits.logits(heads):
            found[rows, self.present] = softmax(_left_out(logits, self.folds[rows]) / temperature)
        return found

    def started_from(self, heads: Heads, basis: np.ndarray) -> Heads:
        """Where these fits begin: at the last of others', whose components lie along `basis`."""
        one = _last(heads)
        if heads.biases.shape[1] != self.fits.columns:  # val has classes that train has not
            return self.fits.nothing(heads.c)
        kernels = one.kernels if basis is self.components.basis else one.kernels @ (basis.T @ self.components.basis)
        return Heads(heads.c, *(np.repeat(each, _FOLDS + 1, axis=0) for each in (kernels, one.biases)))


def _path(folds: _Folds, blank: Probe, of_val, labels_of_val, plan: Plan, progress: Progress):
    """Tries strengths until they have become clearly worse: what is told of each, and its heads."""
    strengths = sorted(set(plan.probe_c))
    path: list[dict] = []
    heads: list[Heads] = []
    progress.step(0, len(strengths), "strengths")
    for each in folds.fits.path(strengths, progress.check):
        fitted, left_out = folds.judge(each)
        kernel, bias = folds.head(each)
        predictions = replace(blank, kernel=kernel, bias=bias).probabilities(of_val)
        reported = _measure(*_losses_and_correct(predictions, labels_of_val))
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
    return path, heads


def _is_past_the_best(path: Sequence[dict]) -> bool:
    """Whether weaker L2 has become clearly worse, so that what is weaker still, and costs most, need not be tried."""
    lowest = min(path, key=lambda tried: tried["cv_loss"])
    return path[-1]["cv_loss"] > lowest["cv_loss"] + _CLEARLY * lowest["cv_loss_error"]


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


def _last(heads: Heads) -> Heads:
    return Heads(heads.c, heads.kernels[-1:], heads.biases[-1:])


def _losses_and_correct(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.clip(true, 1e-7, 1.0)), probabilities.argmax(axis=1) == labels


def _measure(losses: np.ndarray, correct: np.ndarray) -> dict[str, float | None]:
    """Mean log loss, its standard error, and accuracy; None without examples."""
    if not len(losses):
        return {"loss": None, "error": None, "accuracy": None}
    error = losses.std(ddof=1) / sqrt(len(losses)) if len(losses) > 1 else 0.0
    return {"loss": float(losses.mean()), "error": float(error), "accuracy": float(correct.mean())}
