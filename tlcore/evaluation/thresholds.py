"""Thresholds: what is left undecided below a confidence, and how good the rest is."""

import numpy as np
import pandas as pd

from tlcore.evaluation.metrics import accuracy_interval
from tlcore.evaluation.predictions import Answers, Predictions

NAMES = ("precision", "recall", "undecided")


def decided(answers: Answers | Predictions, thresholds: float | np.ndarray) -> np.ndarray:
    """(n,) bool: which answers are as sure as the threshold, or as that of the class that they name.

    Args:
        answers: n examples.
        thresholds: in 0…1, one for all or (classes,).
    """
    limits = np.broadcast_to(np.asarray(thresholds, float), len(answers.class_names))
    return answers.confidence >= limits[answers.predicted].astype(answers.confidence.dtype)


def measure(answers: Answers | Predictions, thresholds: float | np.ndarray) -> dict:
    """What the thresholds do to all examples together.

    Returns:
        `precision`, the share of the decided that are right; `recall`, the share of all that are decided and right;
        `undecided`, the share of all; each with its 95 % interval `…_interval` (low, high) (Wilson), and None where
        there is nothing to take a share of; `n` and `decided` are counts.
    """
    rows = decided(answers, thresholds)
    right = int((rows & (answers.predicted == answers.labels)).sum())
    n, said = len(answers), int(rows.sum())
    shares = {"precision": (right, said), "recall": (right, n), "undecided": (n - said, n)}
    found = {"n": n, "decided": said}
    for name, (part, whole) in shares.items():
        found[name] = part / whole if whole else None
        found[f"{name}_interval"] = accuracy_interval(part, whole) if whole else None
    return found


def measure_classes(answers: Answers | Predictions, thresholds: float | np.ndarray) -> pd.DataFrame:
    """The same for each class.

    Returns:
        A row a class: `class`, `n` (its examples), `said` (decided answers that name it), `precision` (of those, the
        share that is right), `recall` (of its examples, the share decided and right), `undecided` (of its examples);
        NaN where there is nothing to take a share of.
    """
    k = len(answers.class_names)
    rows = decided(answers, thresholds)
    n = np.bincount(answers.labels, minlength=k)
    said = np.bincount(answers.predicted[rows], minlength=k)
    right = np.bincount(answers.labels[rows & (answers.predicted == answers.labels)], minlength=k)
    left = np.bincount(answers.labels[~rows], minlength=k)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "class": answers.class_names,
                "n": n,
                "said": said,
                "precision": right / said,
                "recall": right / n,
                "undecided": left / n,
            }
        )


def by_threshold(answers: Answers | Predictions) -> pd.DataFrame:
    """Every threshold that makes a difference, from none to the highest confidence.

    Returns:
        `threshold` rising, and `precision`, `recall` and `undecided` of all examples at it.
    """
    confidence = answers.confidence.astype(float)
    order = np.argsort(-confidence, kind="stable")
    last = np.flatnonzero(np.diff(confidence[order], append=-1.0))  # of those that share a confidence
    right = np.cumsum((answers.predicted == answers.labels)[order])[last]
    said, n = last + 1, len(answers)
    table = pd.DataFrame(
        {
            "threshold": confidence[order][last],
            "precision": right / said,
            "recall": right / n,
            "undecided": 1 - said / n,
        }
    )
    return table[::-1].reset_index(drop=True)
