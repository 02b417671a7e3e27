"""Intervals by the bootstrap: how far chance in the choice of examples may have moved a number."""

from collections.abc import Callable, Iterator

import numpy as np

RESAMPLES = 1000
_AT_ONCE = 100_000  # counts at once: what lies in a processor's cache
_TAIL = 0.025  # on either side of a 95 % interval

Statistic = Callable[[np.ndarray], np.ndarray]


def resample(n: int, resamples: int = RESAMPLES, seed: int = 0, *, at_once: int | None = None) -> Iterator[np.ndarray]:
    """Samples of n examples with replacement, each as how often every example is in it.

    Args:
        n: examples, at least 1.
        resamples: how many samples.
        seed: the same gives the same samples, so that whatever is computed from them is paired.
        at_once: how many numbers a part has, at least a row of n; None: what lies in a processor's cache.

    Yields:
        (some, n) float64, rows that add to n.
    """
    random = np.random.default_rng(seed)
    at_once = max(1, (at_once or _AT_ONCE) // n)
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = random.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(float)


def interval(
    statistic: Statistic,
    n: int,
    *,
    estimate: np.ndarray | float | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> np.ndarray:
    """The 95 % interval of a statistic of n examples.

    By percentiles; with `estimate`, those mirrored about it (the basic bootstrap), for a statistic that resampling
    moves to one side. B. Efron and R. J. Tibshirani, An introduction to the bootstrap (1993), chapter 13;
    A. C. Davison and D. V. Hinkley, Bootstrap methods and their application (1997), section 2.4. The difference of
    two statistics of the same examples is a statistic too: its interval is the paired one.

    Args:
        statistic: of how often each example counts, (some, n), a row a sample; gives (some, …), NaN where it says
            nothing, which is left out.
        n: examples, at least 1.
        estimate: the statistic of the examples themselves, (…).
        resamples: how many samples.
        seed: of the samples.

    Returns:
        (2, …): low and high; NaN where no sample says anything.
    """
    values = np.concatenate([statistic(counts) for counts in resample(n, resamples, seed)])
    bounds = np.full((2, *values.shape[1:]), np.nan)
    says = ~np.isnan(values).all(axis=0)
    bounds[:, says] = np.nanquantile(values[:, says], (_TAIL, 1 - _TAIL), axis=0)
    return bounds if estimate is None else 2 * np.asarray(estimate) - bounds[::-1]


def mean_of(values: np.ndarray) -> Statistic:
    """The mean of (n,) values as a statistic."""
    return lambda counts: counts @ values / len(values)
