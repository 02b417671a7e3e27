"""Examples that lie far from all others."""

import numpy as np


def outlyingness(distances: np.ndarray) -> np.ndarray:
    """How many times as far as usual an example's k-th nearest other is.

    S. Ramaswamy, R. Rastogi and K. Shim, Efficient Algorithms for Mining Outliers from Large Data Sets, SIGMOD 2000.

    Args:
        distances: (n, k) to the nearest others, nearest first.

    Returns:
        (n,) float: the distance over its median; 1 for all where there are no others, or all are equal.
    """
    if not distances.size:
        return np.ones(len(distances))
    furthest = distances[:, -1].astype(float)
    usual = np.median(furthest)
    return furthest / usual if usual > 0 else np.ones(len(furthest))


def tukey_outliers(values: np.ndarray) -> np.ndarray:
    """(n,) bool: which values lie above the upper quartile by 1.5 times the quartiles' distance.

    J. Tukey, Exploratory Data Analysis (1977).
    """
    if not len(values):
        return np.zeros(0, bool)
    low, high = np.quantile(values, (0.25, 0.75))
    return values > high + 1.5 * (high - low)
