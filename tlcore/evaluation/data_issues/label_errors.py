"""Likely wrong labels: confident learning on probabilities that were not fitted on the examples themselves.

C. Northcutt, L. Jiang and I. Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70 (2021).
"""

import numpy as np


def thresholds(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How sure the model is of a class, on average, where the label says so (equation 2 of the paper).

    Args:
        labels: (n,) int.
        probabilities: (n, classes), of models that had not seen the example.

    Returns:
        (classes,) float; infinite for a class without an example, so that nothing is counted as of it.
    """
    classes = probabilities.shape[1]
    sums = np.bincount(labels, _of_class(probabilities, labels), classes)
    counts = np.bincount(labels, minlength=classes)
    return np.divide(sums, counts, out=np.full(classes, np.inf), where=counts > 0)


def confident_classes(probabilities: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """(n,) int: the class that each example is counted as in the confident joint (equation 1); −1: as none.

    It is the most probable of the classes whose probability reaches the class's threshold.
    """
    sure = np.where(probabilities >= limits, probabilities, -np.inf)
    return np.where(np.isfinite(sure).any(axis=1), sure.argmax(axis=1), -1)


def doubts(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(n,) float in 0…1: how little an example's label is believed, one less its self-confidence."""
    return 1 - _of_class(probabilities, labels)


def neighbours_votes(
    labels: np.ndarray, indices: np.ndarray, distances: np.ndarray, may_vote: np.ndarray, classes: int
) -> np.ndarray:
    """The share of each class among an example's nearest others, each weighing by its cosine similarity.

    Labels of examples that lie together agree, so that a wrong one stands out without any training (Z. Zhu, Z. Dong
    and Y. Liu, Detecting Corrupted Labels Without Training a Model to Predict, ICML 2022).

    Args:
        labels: (n,) int.
        indices: (n, k) int, its nearest others.
        distances: (n, k), their cosine distances.
        may_vote: (n,) bool, whose labels count.
        classes: how many.

    Returns:
        (n, classes) float32, rows that sum to 1; the same for all where nobody votes.
    """
    weights = np.clip(1 - distances, 0, None) * may_vote[indices]
    votes = np.zeros((len(labels), classes), np.float32)
    np.add.at(votes, (np.arange(len(labels))[:, None], labels[indices]), weights)
    sums = votes.sum(axis=1, keepdims=True)
    return np.divide(votes, sums, out=np.full_like(votes, 1 / classes), where=sums > 0)


def _of_class(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return probabilities[np.arange(len(classes)), classes]
