"""Two shares of different examples: how far apart they are, and how far chance may have moved them."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from tlcore.evaluation.metrics.classification import accuracy_interval


def fisher_exact(right: int, n: int, right_rest: int, n_rest: int) -> float:
    """The two-sided probability, by chance, of shares as unlike as these or more so: Fisher's exact test.

    R. A. Fisher, Statistical methods for research workers (1934). Of all tables with these sums, those no more
    probable than this one count.

    Args:
        right: how many of `n` are right.
        n: at least 1.
        right_rest: how many of the others are right.
        n_rest: how many others there are, at least 1.
    """
    from scipy.special import gammaln

    total, whole = right + right_rest, n + n_rest
    possible = np.arange(max(0, total - n_rest), min(n, total) + 1)

    def log_ways(of: int, some: np.ndarray) -> np.ndarray:
        return gammaln(of + 1) - gammaln(some + 1) - gammaln(of - some + 1)

    logs = log_ways(n, possible) + log_ways(n_rest, total - possible) - log_ways(whole, np.array(total))
    of_this = logs[right - possible[0]]
    return float(min(1.0, np.exp(logs[logs <= of_this + 1e-7]).sum()))


def difference_interval(right: int, n: int, right_rest: int, n_rest: int) -> tuple[float, float]:
    """The 95 % interval of `right / n − right_rest / n_rest`.

    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
    (1998), method 10: from the two shares' Wilson intervals.
    """
    share, rest = right / n, right_rest / n_rest
    (low, high), (low_rest, high_rest) = accuracy_interval(right, n), accuracy_interval(right_rest, n_rest)
    below = sqrt((share - low) ** 2 + (high_rest - rest) ** 2)
    above = sqrt((high - share) ** 2 + (rest - low_rest) ** 2)
    return share - rest - below, share - rest + above


def holm(p: Sequence[float]) -> np.ndarray:
    """The p of several tests made at once, so corrected that each can be read as if it were the only one.

    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    Args:
        p: (m,) in 0…1.

    Returns:
        (m,), each at least as large as before and at most 1.
    """
    values = np.asarray(p, float)
    order = np.argsort(values, kind="stable")
    corrected = np.empty(len(values))
    corrected[order] = np.maximum.accumulate(np.minimum(1, values[order] * np.arange(len(values), 0, -1)))
    return corrected
