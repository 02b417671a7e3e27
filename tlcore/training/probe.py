"""The linear probe: the head solved, not trained by epochs, on kept feature vectors."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, sqrt

import numpy as np

from tlcore.errors import UserError
from tlcore.plan import Plan
from tlcore.progress import Progress

DEFAULT_C = 0.01  # without val examples: the strength that did best over the samples, and that errs on the strong side
_MAX_ITERATIONS = 1000
_UNSEEN = -30.0  # the bias of a class without train examples: probability about 1e-13


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
    """

    mean: np.ndarray
    scale: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    c: float
    path: tuple[dict, ...] = ()

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n, d) feature vectors to (n, classes) float32 probabilities."""
        standardised = (features.astype(np.float64) - self.mean) / self.scale
        return softmax(standardised @ self.kernel.astype(np.float64) + self.bias).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, classes) logits to probabilities."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def standardisation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale (d,), float32, of (n, d) feature vectors; a constant feature's scale is 1."""
    mean = features.mean(axis=0, dtype=np.float64)
    scale = features.std(axis=0, dtype=np.float64)
    constant = scale <= 1e-6 * np.maximum(1e-6, np.abs(mean))
    return mean.astype(np.float32), np.where(constant, 1.0, scale).astype(np.float32)


def class_weights(labels: np.ndarray, classes: int, plan: Plan) -> dict[int, float] | None:
    """What an example of each class weighs: None for all alike, else n / (classes · n of the class)."""
    if plan.class_weights == "none":
        return None
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return {label: len(labels) / (present * count) if count else 0.0 for label, count in enumerate(counts.tolist())}


def fit_probe(
    features: np.ndarray,
    labels: np.ndarray,
    splits: np.ndarray,
    plan: Plan,
    progress: Progress | None = None,
    classes: int | None = None,
) -> Probe:
    """Solves multinomial logistic regression on standardised features, with the strength that val likes best.

    Strengths are tried from the strongest on, each starting from the one before (scikit-learn's L-BFGS), and
    `choose_strength` chooses. Without val examples it is the strength of the plan that is nearest to `DEFAULT_C`.

    Args:
        features: (n, d) float32.
        labels: (n,) int, 0 … classes − 1.
        splits: (n,) str: "train" fits and "val" chooses; other rows are not looked at.
        plan: `probe_c` and `class_weights` are what matters here.
        progress: hears an event `strength` for each one tried.
        classes: how many there are; None: as many as the labels show.

    Raises:
        UserError: train has examples of fewer than two classes.
        Cancelled: the work was asked to cancel.
    """
    progress = progress or Progress()
    labels = np.asarray(labels, dtype=np.int64)
    classes = classes or int(labels.max()) + 1
    train, val = (np.flatnonzero(np.asarray(splits) == name) for name in ("train", "val"))
    if len(np.unique(labels[train])) < 2:
        raise UserError(
            "Training needs examples of at least two classes",
            f"The train split has {len(train)} examples of {len(np.unique(labels[train]))} class",
            "Add examples, or split the dataset anew so that each class has some in train",
        )
    mean, scale = standardisation(features[train])
    x_train = (features[train].astype(np.float64) - mean) / scale
    x_val = (features[val].astype(np.float64) - mean) / scale
    weights = class_weights(labels[train], classes, plan)

    strengths = sorted(set(plan.probe_c))
    if not len(val):
        strengths = [min(strengths, key=lambda c: (abs(log10(c / DEFAULT_C)), c))]
    path, heads = [], []
    for kernel, bias, c in _solve(x_train, labels[train], classes, weights, strengths):
        train_loss, _, train_accuracy = _loss_error_accuracy(x_train @ kernel + bias, labels[train])
        val_loss, val_loss_error, val_accuracy = _loss_error_accuracy(x_val @ kernel + bias, labels[val])
        tried = {
            "c": c,
            "train_loss": train_loss,
            "train_accuracy": train_accuracy,
            "val_loss": val_loss,
            "val_loss_error": val_loss_error,
            "val_accuracy": val_accuracy,
        }
        path.append(tried)
        heads.append((kernel.astype(np.float32), bias.astype(np.float32)))
        progress.event("strength", **tried)
        progress.check()
    c = choose_strength(path)
    kernel, bias = heads[strengths.index(c)]
    return Probe(mean, scale, kernel, bias, c, tuple(path))


def choose_strength(path: Sequence[dict]) -> float:
    """The strongest L2, as C, whose log loss on val is within one standard error of the lowest.

    The one-standard-error rule of Breiman et al., Classification and Regression Trees (1984): among strengths that so
    few val examples can't tell apart, the simplest head is the safest.

    Args:
        path: an entry a strength that was tried, as the event `strength` has it.
    """
    if path[0]["val_loss"] is None:
        return path[0]["c"]
    lowest = min(path, key=lambda tried: tried["val_loss"])
    limit = lowest["val_loss"] + lowest["val_loss_error"]
    return min(tried["c"] for tried in path if tried["val_loss"] <= limit)


def _solve(x, labels, classes, weights, strengths):
    """Yields kernel (d, classes), bias (classes,) and the strength, each solved from the one before."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(labels)
    weights = weights and {label: weights[label] for label in present.tolist()}
    solver = LogisticRegression(warm_start=True, max_iter=_MAX_ITERATIONS, class_weight=weights)
    for c in strengths:
        solver.set_params(C=c)
        with warnings.catch_warnings():
            # A weak strength that has not settled after so many steps is one that val does not choose.
            warnings.simplefilter("ignore", ConvergenceWarning)
            solver.fit(x, labels)
        kernel = np.zeros((x.shape[1], classes))
        bias = np.full(classes, _UNSEEN)
        if len(present) == 2:
            # scikit-learn solves two classes with one sigmoid: σ(z) is the softmax of (−z/2, z/2).
            kernel[:, present] = solver.coef_.T / 2 * [-1, 1]
            bias[present] = solver.intercept_ / 2 * [-1, 1]
        else:
            kernel[:, present] = solver.coef_.T
            bias[present] = solver.intercept_
        yield kernel, bias, c


def _loss_error_accuracy(logits: np.ndarray, labels: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Mean log loss, its standard error, and accuracy; None without examples."""
    if not len(labels):
        return None, None, None
    true = softmax(logits)[np.arange(len(labels)), labels]
    losses = -np.log(np.clip(true, 1e-7, 1.0))
    error = float(losses.std(ddof=1) / sqrt(len(losses))) if len(losses) > 1 else 0.0
    return float(losses.mean()), error, float((logits.argmax(axis=1) == labels).mean())
