"""Numbers, matrices and lists from predictions."""

import math

import numpy as np
import pandas as pd

from tlcore.evaluation.metrics.measures import MEASURES, counts_of, f1_of, precision_of, recall_of
from tlcore.evaluation.predictions import Predictions, Top1Predictions

_Z = 1.959963984540054  # two-sided 95 %


def accuracy_interval(correct: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    share = correct / n
    denominator = 1 + _Z**2 / n
    centre = (share + _Z**2 / (2 * n)) / denominator
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def summary(predictions: Predictions | Top1Predictions) -> dict | None:
    """The numbers of a set of predictions, as a run's metrics have them; None where there are no examples.

    Returns:
        A number for each of `measures.MEASURES`, `accuracy_interval` [low, high] (Wilson, 95 %) and `n`.
    """
    if not len(predictions):
        return None
    counts = counts_of(predictions)
    numbers = {name: float(measure.of(counts)) for name, measure in MEASURES.items()}
    interval = list(accuracy_interval(int(counts.right.sum()), counts.n))
    return {"accuracy": numbers.pop("accuracy"), "accuracy_interval": interval, **numbers, "n": counts.n}


def majority(predictions: Predictions) -> dict[str, dict | None]:
    """The baseline that looks at no picture: it always says the most frequent class of train.

    Its probabilities are the classes' shares of train; a class that train has not costs the highest loss.

    Returns:
        For each split an entry as `summary` gives it.
    """
    counts = np.bincount(predictions.only("train").labels, minlength=len(predictions.class_names))
    shares = counts / max(1, counts.sum())
    constant = Predictions(
        predictions.ids,
        predictions.splits,
        predictions.labels,
        np.tile(shares, (len(predictions), 1)),
        predictions.class_names,
    )
    return {split: summary(constant.only(split)) for split in ("train", "val", "test")}


def confusion_matrix(predictions: Predictions | Top1Predictions) -> np.ndarray:
    """(classes, classes) int: how many examples of the row's class were said to be of the column's."""
    k = len(predictions.class_names)
    return np.bincount(predictions.labels * k + predictions.predicted, minlength=k * k).reshape(k, k)


def class_table(predictions: Predictions | Top1Predictions) -> pd.DataFrame:
    """A row a class, in the dataset's order.

    Columns: `class`, `n`, `precision`, `recall`, `f1` (0 where there is nothing to divide by) and `mistaken_for`
    (the class that its examples were most often said to be wrongly; empty where none was).
    """
    counts = counts_of(predictions)
    wrong = confusion_matrix(predictions)
    np.fill_diagonal(wrong, 0)
    mistaken_for = [predictions.class_names[row.argmax()] if row.any() else "" for row in wrong]
    return pd.DataFrame(
        {
            "class": predictions.class_names,
            "n": counts.true,
            "precision": precision_of(counts),
            "recall": recall_of(counts),
            "f1": f1_of(counts),
            "mistaken_for": mistaken_for,
        }
    )


def top_losses(predictions: Predictions | Top1Predictions, k: int) -> list[str]:
    """Ids of the k examples with the highest loss, worst first."""
    worst = np.argsort(-predictions.losses, kind="stable")[:k]
    return predictions.ids[worst].tolist()


def order_by_confusion(matrix: np.ndarray) -> np.ndarray:
    """An order of the classes that puts those that are taken for each other side by side.

    Average-linkage clustering of one minus the share of the two classes' examples that were confused, with leaves
    ordered so that neighbours are closest (Z. Bar-Joseph et al., Bioinformatics 17, 2001).

    Args:
        matrix: (k, k) counts, as `confusion_matrix` gives them.

    Returns:
        (k,) int, a permutation of the classes.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    k = len(matrix)
    if k < 3:
        return np.arange(k)
    examples = matrix.sum(axis=1)
    pairs = np.maximum(1, examples[:, None] + examples[None, :])
    distance = 1 - (matrix + matrix.T) / pairs
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    return leaves_list(linkage(condensed, "average", optimal_ordering=True))
