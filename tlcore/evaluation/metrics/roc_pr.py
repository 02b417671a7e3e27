"""Curves of one class against the rest: how well its probability sets its examples apart, at every threshold."""

import numpy as np
import pandas as pd

from tlcore.evaluation.metrics.bootstrap import RESAMPLES, Statistic, interval
from tlcore.evaluation.predictions import Predictions

_WORK = 200_000_000  # counts that may be ordered for one table of areas: some seconds
_FEWEST = 200  # resamples that an interval takes at least
_GRID = np.linspace(0, 1, 501)


def roc(predictions: Predictions, label: int) -> pd.DataFrame:
    """`false_positive_rate`, `true_positive_rate` and `threshold` of a class that has examples, as some have not."""
    from sklearn.metrics import roc_curve

    false, true, threshold = roc_curve(predictions.labels == label, predictions.probabilities[:, label])
    return pd.DataFrame({"false_positive_rate": false, "true_positive_rate": true, "threshold": threshold})


def precision_recall(predictions: Predictions, label: int) -> pd.DataFrame:
    """`recall`, falling, `precision` and `threshold` of a class that has examples; the last row has no threshold."""
    from sklearn.metrics import precision_recall_curve

    positive, probability = predictions.labels == label, predictions.probabilities[:, label]
    precision, recall, threshold = precision_recall_curve(positive, probability, drop_intermediate=True)
    return pd.DataFrame({"recall": recall, "precision": precision, "threshold": np.append(threshold, np.nan)})


def macro_roc(predictions: Predictions) -> pd.DataFrame:
    """The mean of all classes' ROC curves at each `false_positive_rate`; empty where no class has one."""
    curves = [roc(predictions, label) for label in drawable(predictions)]
    of_each = [np.interp(_GRID, curve["false_positive_rate"], curve["true_positive_rate"]) for curve in curves]
    if not curves:
        return pd.DataFrame({"false_positive_rate": [], "true_positive_rate": []})
    mean = np.mean(of_each, axis=0)
    start = pd.DataFrame({"false_positive_rate": [0.0], "true_positive_rate": [0.0]})
    return pd.concat([start, pd.DataFrame({"false_positive_rate": _GRID, "true_positive_rate": mean})])


def macro_precision_recall(predictions: Predictions) -> pd.DataFrame:
    """The mean of all classes' precisions at each `recall`, falling, each at the highest threshold that reaches it."""
    of_each = []
    for label in drawable(predictions):
        curve = precision_recall(predictions, label)[::-1]
        reached = np.searchsorted(curve["recall"].to_numpy(), _GRID - 1e-12)
        of_each.append(curve["precision"].to_numpy()[reached])
    if not of_each:
        return pd.DataFrame({"recall": [], "precision": []})
    return pd.DataFrame({"recall": _GRID, "precision": np.mean(of_each, axis=0)})[::-1]


def drawable(predictions: Predictions) -> list[int]:
    """The classes with examples and with others to set them apart from; only these have curves."""
    n = np.bincount(predictions.labels, minlength=len(predictions.class_names))
    return np.flatnonzero((n > 0) & (n < len(predictions))).tolist()


def resamples_for(predictions: Predictions) -> int:
    """How many samples `areas` takes: fewer where examples and classes are very many, so that it ends in seconds."""
    work = max(1, len(predictions) * len(predictions.class_names))
    return int(np.clip(_WORK // work, _FEWEST, RESAMPLES))


def areas(predictions: Predictions) -> pd.DataFrame:
    """The area under each class's ROC curve, and its average precision, with 95 % bootstrap intervals.

    Both as scikit-learn computes them (`roc_auc_score`, `average_precision_score`); intervals by percentiles over
    `resamples_for(predictions)` samples, the same for every class.

    Returns:
        A row a class, then one for the mean of all classes that have curves: `class` (empty in the last row), `n`
        (examples), `auc`, `auc_low`, `auc_high`, `ap`, `ap_low`, `ap_high`; NaN where a class has no curve.
    """
    labels = drawable(predictions)
    k = len(predictions.class_names)
    found = np.full((3, 2, k + 1), np.nan)
    if labels:
        statistic = _all_areas(predictions, labels)
        places = [*labels, k]
        found[0][:, places] = statistic(np.ones((1, len(predictions))))[0]
        found[1:][..., places] = interval(statistic, len(predictions), resamples=resamples_for(predictions))
    table = pd.DataFrame({"class": [*predictions.class_names, ""]})
    table["n"] = np.append(np.bincount(predictions.labels, minlength=k), len(predictions))
    for place, name in enumerate(("auc", "ap")):
        for end, values in zip(("", "_low", "_high"), found[:, place], strict=True):
            table[name + end] = values
    return table


def _all_areas(predictions: Predictions, labels: list[int]) -> Statistic:
    """(some, 2, classes + 1): area under ROC and average precision of each class, then their means."""
    of_each = [_areas_of(predictions.probabilities[:, label], predictions.labels == label) for label in labels]

    def statistic(counts: np.ndarray) -> np.ndarray:
        values = np.stack([areas_of(counts) for areas_of in of_each], axis=2)
        missing = np.isnan(values)
        sums = np.where(missing, 0, values).sum(axis=2)
        with np.errstate(invalid="ignore"):
            return np.append(values, (sums / (~missing).sum(axis=2))[..., None], axis=2)

    return statistic


def _areas_of(probability: np.ndarray, positive: np.ndarray) -> Statistic:
    """(some, 2) of one class that has examples.

    Both areas are sums over the stretches of examples whose probability is the same, the highest first. Only stretches
    with examples of the class add to either, so the examples between two of them are counted in one lump.
    """
    order = np.argsort(-probability, kind="stable")
    n, positives = len(order), np.flatnonzero(positive[order])
    begins = np.flatnonzero(np.diff(probability[order], prepend=np.inf))
    of_positive = np.searchsorted(begins, positives, side="right") - 1
    stretches, first = np.unique(of_positive, return_index=True)
    start, end = begins[stretches], np.append(begins, n)[stretches + 1]
    bounds = np.unique(np.concatenate([[0], start, end[end < n]]))
    before, after = np.searchsorted(bounds, start), np.searchsorted(np.append(bounds, n), end)

    def statistic(counts: np.ndarray) -> np.ndarray:
        counts = np.take(counts, order, axis=1)
        so_far = np.zeros((len(counts), len(bounds) + 1))
        np.cumsum(np.add.reduceat(counts, bounds, axis=1), axis=1, out=so_far[:, 1:])
        more_true = np.add.reduceat(counts[:, positives], first, axis=1)
        true = np.cumsum(more_true, axis=1)
        more_false = so_far[:, after] - so_far[:, before] - more_true
        of_class = true[:, -1]
        others = so_far[:, -1] - of_class
        below = others[:, None] - (so_far[:, after] - true) + more_false / 2  # ties count a half
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = (more_true * below).sum(axis=1) / (of_class * others)
            precision = np.where(true > 0, true / so_far[:, after], 0)
            ap = (more_true * precision).sum(axis=1) / of_class
        return np.stack([auc, np.where(others > 0, ap, np.nan)], axis=1)

    return statistic
