"""The measures of a set of answers: one entry each, which every number, table, interval and comparison goes by."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tlcore.evaluation.predictions import Predictions, Top1Predictions


class Counts(NamedTuple):
    """What measures are computed from; leading axes, where there are any, are draws of a bootstrap.

    Attributes:
        n: how many examples; (…) where draws differ in it.
        true: (…, classes), examples of each class.
        predicted: (…, classes), answers that name it.
        right: (…, classes), those of them that are right.
        losses: (…), the sum of the log losses.
    """

    n: int | np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    right: np.ndarray
    losses: np.ndarray | float


class Measure(NamedTuple):
    """One measure.

    Attributes:
        title: what people call it.
        meaning: a sentence on it.
        of: computes it, (…), from `Counts` with at least one example; NaN where it is undefined.
        is_share: whether it is a share between 0 and 1 of which more is better; else a number of which less is better.
    """

    title: str
    meaning: str
    of: Callable[[Counts], np.ndarray]
    is_share: bool = True

    @property
    def sign(self) -> int:
        """1 where more is better, −1 where less is."""
        return 1 if self.is_share else -1


def counts_of(predictions: Predictions | Top1Predictions, rows: np.ndarray | slice = slice(None)) -> Counts:
    """The counts of a set of answers, or of some rows of it, by (n,) bool."""
    labels, predicted, k = predictions.labels[rows], predictions.predicted[rows], len(predictions.class_names)
    each = (labels, predicted, labels[labels == predicted])
    return Counts(len(labels), *(np.bincount(of, minlength=k) for of in each), predictions.losses[rows].sum())


def precision_of(counts: Counts) -> np.ndarray:
    """Of each class, (…, classes): the share of the answers that name it which are right; 0 where none does."""
    return counts.right / np.maximum(1, counts.predicted)


def recall_of(counts: Counts) -> np.ndarray:
    """Of each class: the share of its examples that are right; 0 where it has none."""
    return counts.right / np.maximum(1, counts.true)


def f1_of(counts: Counts) -> np.ndarray:
    """Of each class: the harmonic mean of the two; 0 where both are."""
    return 2 * counts.right / np.maximum(1, counts.predicted + counts.true)


def _macro(of_classes: Callable[[Counts], np.ndarray]) -> Callable[[Counts], np.ndarray]:
    """The mean over the classes that have examples.

    scikit-learn's own averages also take in a class that was only predicted, as 0.
    """
    # a class without examples has nothing right, and adds 0
    return lambda counts: of_classes(counts).sum(axis=-1) / (counts.true > 0).sum(axis=-1)


MEASURES = {
    "accuracy": Measure(
        "Accuracy",
        "The share of examples that are predicted correctly.",
        lambda counts: counts.right.sum(axis=-1) / counts.n,
    ),
    "macro_precision": Measure(
        "Macro precision",
        "The mean over classes of the precision: the share of a class's predictions that are correct.",
        _macro(precision_of),
    ),
    "macro_recall": Measure(
        "Macro recall",
        "The mean over classes of the recall: the share of a class's examples that are predicted correctly.",
        _macro(recall_of),
    ),
    "macro_f1": Measure(
        "Macro F1", "The mean over classes of F1, the harmonic mean of precision and recall.", _macro(f1_of)
    ),
    "loss": Measure(
        "Loss",
        "The mean of −log of the true class's probability; lower is better.",
        lambda counts: counts.losses / counts.n,
        is_share=False,
    ),
}
