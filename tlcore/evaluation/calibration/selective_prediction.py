"""Thresholds: what is left undecided below a confidence, and how good the rest is."""

import numpy as np
import pandas as pd

from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.predictions import Predictions, Top1Predictions

NAMES = ("precision", "recall", "undecided")


def decided(answers: Top1Predictions | Predictions, thresholds: float | np.ndarray) -> np.ndarray:
    """(n,) bool: which answers are as sure as the threshold, or as that of the class that they name.

    Args:
        answers: n examples.
        thresholds: in 0…1, one for all or (classes,).
    """
    limits = np.broadcast_to(np.asarray(thresholds, float), len(answers.class_names))
    return answers.confidence >= limits[answers.predicted].astype(answers.confidence.dtype)


def measure(answers: Top1Predictions | Predictions, thresholds: float | np.ndarray, label: int | None = None) -> dict:
    """What the thresholds do to all examples together, or to one class.

    Returns:
        `precision`, the share of the decided (those that name the class) that are right; `recall`, the share of all
        (of the class's examples) that are decided and right; `undecided`, the share of the same; each with its 95 %
        interval `…_interval` (low, high) (Wilson), and None where there is nothing to take a share of; `n` and
        `decided` are the counts that the shares are of.
    """
    rows = decided(answers, thresholds)
    predicted, mine = _rows_of(answers, label)
    n, of_decided = int(mine.sum()), int((rows & predicted).sum())
    right = int((rows & predicted & (answers.predicted == answers.labels)).sum())
    shares = {"precision": (right, of_decided), "recall": (right, n), "undecided": (int((mine & ~rows).sum()), n)}
    found = {"n": n, "decided": of_decided}
    for name, (part, whole) in shares.items():
        found[name] = part / whole if whole else None
        found[f"{name}_interval"] = accuracy_interval(part, whole) if whole else None
    return found


def measure_classes(answers: Top1Predictions | Predictions, thresholds: float | np.ndarray) -> pd.DataFrame:
    """The same for each class.

    Returns:
        A row a class: `class`, `n` (its examples), `decided` (answers that name it), `precision` (of those, the share
        that is right), `recall` (of its examples, the share decided and right), `undecided` (of its examples); NaN
        where there is nothing to take a share of.
    """
    k = len(answers.class_names)
    rows = decided(answers, thresholds)
    n = np.bincount(answers.labels, minlength=k)
    named = np.bincount(answers.predicted[rows], minlength=k)
    right = np.bincount(answers.labels[rows & (answers.predicted == answers.labels)], minlength=k)
    left = np.bincount(answers.labels[~rows], minlength=k)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "class": answers.class_names,
                "n": n,
                "decided": named,
                "precision": right / named,
                "recall": right / n,
                "undecided": left / n,
            }
        )


def by_threshold(
    answers: Top1Predictions | Predictions,
    thresholds: float | np.ndarray = 0.0,
    *,
    moving: np.ndarray | None = None,
    label: int | None = None,
) -> pd.DataFrame:
    """Every threshold that makes a difference, from none to the highest confidence.

    Args:
        answers: n examples.
        thresholds: of the classes that keep theirs.
        moving: (classes,) bool, which classes have the threshold that is tried; None: all.
        label: the class whose numbers are wanted, as `measure_classes` has them; None: those of all, as `measure`.

    Returns:
        `threshold` rising, and `precision`, `recall` and `undecided` at it, NaN where there is nothing to take a
        share of.
    """
    moves = np.full(len(answers), True) if moving is None else moving[answers.predicted]
    fixed = decided(answers, thresholds) & ~moves
    predicted, mine = _rows_of(answers, label)
    levels = np.unique(answers.confidence[moves])

    def count(rows: np.ndarray) -> np.ndarray:
        below = np.searchsorted(np.sort(answers.confidence[rows & moves]), levels)
        return (rows & fixed).sum() + (rows & moves).sum() - below

    right = count(predicted & (answers.predicted == answers.labels))
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "threshold": levels.astype(float),
                "precision": right / count(predicted),
                "recall": right / mine.sum(),
                "undecided": 1 - count(mine) / mine.sum(),
            }
        )


def _rows_of(answers: Top1Predictions | Predictions, label: int | None) -> tuple[np.ndarray, np.ndarray]:
    """(n,) bool twice: which answers name the class, and which examples are of it; all where none is named."""
    if label is None:
        return np.full(len(answers), True), np.full(len(answers), True)
    return answers.predicted == label, answers.labels == label
