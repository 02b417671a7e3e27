"""The kinds of suspects: each a table of examples, the worst first, with the reason in words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tlcore.datasets.dataset import SPLITS
from tlcore.evaluation.data_issues.label_errors import confident_classes, doubts, thresholds
from tlcore.evaluation.data_issues.outliers import outlyingness, tukey_outliers
from tlcore.evaluation.predictions import Predictions

KINDS = {
    "label": "Likely wrong labels",
    "conflict": "Near duplicates, labels differ",
    "leak": "In two splits",
    "outlier": "Outliers",
}


def wrong_labels(predictions: Predictions) -> pd.DataFrame:
    """Examples that the confident joint counts as of another class than their label, or that look more like one.

    Args:
        predictions: what is said of each example by those who had not seen it.
    """
    names, probabilities, known = predictions.class_names, predictions.probabilities, predictions.splits != "test"
    counted = confident_classes(probabilities, thresholds(predictions.labels[known], probabilities[known]))
    suggested = np.where((counted >= 0) & (counted != predictions.labels), counted, predictions.predicted)
    doubt = doubts(predictions.labels, probabilities)
    rows = np.flatnonzero(suggested != predictions.labels)
    rows = rows[np.argsort(-doubt[rows], kind="stable")]
    why = [
        f"Looks like {names[other]} ({probabilities[row, other]:.0%}; {names[label]}: {probabilities[row, label]:.0%})"
        for row, label, other in zip(rows, predictions.labels[rows], suggested[rows], strict=True)
    ]
    return _table("label", predictions, rows, doubt[rows], why, suggested=suggested[rows])


def conflicts(predictions: Predictions, pairs: np.ndarray, distances: np.ndarray) -> pd.DataFrame:
    """Near duplicates with different labels: the one whose label is less probable, with the other's label.

    Args:
        predictions: as `wrong_labels` takes it.
        pairs: (m, 2) int, row numbers of near duplicates, the nearest first.
        distances: (m,), how far they are from each other.
    """
    differ = predictions.labels[pairs[:, 0]] != predictions.labels[pairs[:, 1]]
    rows, others = _first(pairs[differ], -doubts(predictions.labels, predictions.probabilities))
    why = ["A near duplicate has a different label"] * len(rows)
    return _table(
        "conflict", predictions, rows, 1 - distances[differ], why, other=others, suggested=predictions.labels[others]
    )


def leaks(predictions: Predictions, pairs: np.ndarray, distances: np.ndarray) -> pd.DataFrame:
    """Near duplicates in two splits: the one of the split that comes first, whose loss hurts least.

    Args:
        predictions: of which the splits matter.
        pairs: as `conflicts` takes them.
        distances: as `conflicts` takes them.
    """
    place = np.array([SPLITS.index(split) for split in predictions.splits.tolist()], int)
    differ = place[pairs[:, 0]] != place[pairs[:, 1]]
    rows, others = _first(pairs[differ], place)
    why = [f"A near duplicate is in {split}" for split in predictions.splits[others].tolist()]
    return _table("leak", predictions, rows, 1 - distances[differ], why, other=others)


def outliers(predictions: Predictions, distances: np.ndarray) -> pd.DataFrame:
    """Examples that are much further from all others than is usual.

    Args:
        predictions: whose examples.
        distances: (n, k) to each one's nearest others, nearest first.
    """
    values = outlyingness(distances)
    rows = np.flatnonzero(tukey_outliers(values))
    rows = rows[np.argsort(-values[rows], kind="stable")]
    why = [f"{value:.1f} times as far from its nearest neighbours as usual" for value in values[rows].tolist()]
    return _table("outlier", predictions, rows, values[rows], why)


def _first(pairs: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The one of each pair that comes first in an order of all rows, and the other one."""
    turned = np.where((order[pairs[:, 0]] <= order[pairs[:, 1]])[:, None], pairs, pairs[:, ::-1])
    return turned[:, 0], turned[:, 1]


def _table(
    kind: str,
    predictions: Predictions,
    rows: np.ndarray,
    scores: np.ndarray,
    why: Sequence[str],
    *,
    other: np.ndarray | None = None,
    suggested: np.ndarray | None = None,
) -> pd.DataFrame:
    names = np.array(predictions.class_names, object)
    columns = {
        "id": predictions.ids[rows],
        "kind": kind,
        "score": scores.astype(float),
        "other": "" if other is None else predictions.ids[other],
        "suggested": "" if suggested is None else names[suggested],
        "why": why,
    }
    return pd.DataFrame(columns, index=range(len(rows))).astype(dict.fromkeys(columns.keys() - {"score"}, str))
