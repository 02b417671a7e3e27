"""The kinds of suspects: each a table of examples, the worst first, with the reason in words."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tlcore.datasets.dataset import SPLITS
from tlcore.evaluation.data_issues.label_errors import confident_classes, doubts, thresholds
from tlcore.evaluation.data_issues.outliers import far_out, outlyingness
from tlcore.evaluation.predictions import Predictions

KINDS = {
    "label": "Likely wrong labels",
    "conflict": "Near duplicates, labels differ",
    "leak": "In two splits",
    "outlier": "Outliers",
}


def wrong_labels(said: Predictions) -> pd.DataFrame:
    """Examples that the confident joint counts as of another class than their label, or that look more like one.

    Args:
        said: what is said of each example by those who had not seen it.
    """
    names, probabilities, known = said.class_names, said.probabilities, said.splits != "test"
    counted = confident_classes(probabilities, thresholds(said.labels[known], probabilities[known]))
    suggested = np.where((counted >= 0) & (counted != said.labels), counted, said.predicted)
    doubt = doubts(said.labels, probabilities)
    rows = np.flatnonzero(suggested != said.labels)
    rows = rows[np.argsort(-doubt[rows], kind="stable")]
    why = [
        f"Looks like {names[other]} ({probabilities[row, other]:.0%}; {names[label]}: {probabilities[row, label]:.0%})"
        for row, label, other in zip(rows, said.labels[rows], suggested[rows], strict=True)
    ]
    return _table("label", said, rows, doubt[rows], why, suggested=suggested[rows])


def conflicts(said: Predictions, pairs: np.ndarray, distances: np.ndarray) -> pd.DataFrame:
    """Near duplicates with different labels: the one whose label is less probable, with the other's label.

    Args:
        said: as `wrong_labels` takes it.
        pairs: (m, 2) int, row numbers of near duplicates, the nearest first.
        distances: (m,), how far they are from each other.
    """
    differ = said.labels[pairs[:, 0]] != said.labels[pairs[:, 1]]
    rows, others = _first(pairs[differ], -doubts(said.labels, said.probabilities))
    why = ["Nearly the same picture has another label"] * len(rows)
    return _table("conflict", said, rows, 1 - distances[differ], why, other=others, suggested=said.labels[others])


def leaks(said: Predictions, pairs: np.ndarray, distances: np.ndarray) -> pd.DataFrame:
    """Near duplicates in two splits: the one of the split that comes first, whose loss hurts least.

    Args:
        said: of which the splits matter.
        pairs: as `conflicts` takes them.
        distances: as `conflicts` takes them.
    """
    place = np.array([SPLITS.index(split) for split in said.splits.tolist()], int)
    differ = place[pairs[:, 0]] != place[pairs[:, 1]]
    rows, others = _first(pairs[differ], place)
    why = [f"Nearly the same picture is in {split}" for split in said.splits[others].tolist()]
    return _table("leak", said, rows, 1 - distances[differ], why, other=others)


def outliers(said: Predictions, distances: np.ndarray) -> pd.DataFrame:
    """Examples that are much further from all others than is usual.

    Args:
        said: whose examples.
        distances: (n, k) to each one's nearest others, nearest first.
    """
    values = outlyingness(distances)
    rows = np.flatnonzero(far_out(values))
    rows = rows[np.argsort(-values[rows], kind="stable")]
    why = [f"{value:.1f} times as far from its nearest others as is usual" for value in values[rows].tolist()]
    return _table("outlier", said, rows, values[rows], why)


def _first(pairs: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The one of each pair that comes first in an order of all rows, and the other one."""
    turned = np.where((order[pairs[:, 0]] <= order[pairs[:, 1]])[:, None], pairs, pairs[:, ::-1])
    return turned[:, 0], turned[:, 1]


def _table(
    kind: str,
    said: Predictions,
    rows: np.ndarray,
    scores: np.ndarray,
    why: Sequence[str],
    *,
    other: np.ndarray | None = None,
    suggested: np.ndarray | None = None,
) -> pd.DataFrame:
    names = np.array(said.class_names, object)
    columns = {
        "id": said.ids[rows],
        "kind": kind,
        "score": scores.astype(float),
        "other": "" if other is None else said.ids[other],
        "suggested": "" if suggested is None else names[suggested],
        "why": why,
    }
    return pd.DataFrame(columns, index=range(len(rows))).astype(dict.fromkeys(columns.keys() - {"score"}, str))
