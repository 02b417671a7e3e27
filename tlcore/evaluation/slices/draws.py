"""The measures of slices on examples drawn by chance: what their intervals and tests are made of.

Examples are drawn for all slices at once: thousands of slices' samples cost little more than those of one.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tlcore.evaluation.metrics.bootstrap import RESAMPLES, resample
from tlcore.evaluation.metrics.measures import MEASURES, Counts
from tlcore.evaluation.predictions import Top1Predictions

_FEWEST = 200  # draws that an interval or a test takes at least
_WORK = 300_000_000  # numbers that may be added up for one table: about a second
_AT_ONCE = 400_000  # numbers at once: what lies in a processor's cache
_COUNTED = 10  # draws as extreme as what was seen, from which on they are counted
_SYMMETRIC = 1e-3  # skewness under which a distribution is taken for normal
_ALIKE = 1e-9  # two values no further apart are the same: they are added up in different orders


def draws_for(predictions: Top1Predictions, rows: Sequence[np.ndarray], *, runs: int = 1) -> int:
    """How many draws are made: fewer where examples, classes or slices are very many, so that it ends in a second.

    Args:
        predictions: that are drawn.
        rows: which of them each slice has, (n,) bool each.
        runs: how many are held against something.
    """
    each = 20 * len(predictions) + 4 * sum(int(of.sum()) for of in rows)
    each += 60 * len(rows) * len(predictions.class_names)
    return int(np.clip(_WORK // max(1, runs * each), _FEWEST, RESAMPLES))


def measured(counts: Counts) -> np.ndarray:
    """All of `MEASURES` along a new last axis; NaN where one is undefined, as all are where nothing is counted."""
    shape = np.shape(counts.losses)
    with np.errstate(all="ignore"):
        each = [np.broadcast_to(np.asarray(measure.of(counts), float), shape) for measure in MEASURES.values()]
    values = np.stack(each, axis=-1)
    return np.where(np.isfinite(values) & (np.asarray(counts.n) > 0)[..., None], values, np.nan)


def less(whole: Counts, part: Counts) -> Counts:
    """The counts of the examples that are not in a part."""
    return Counts(*(of_whole - of_part for of_whole, of_part in zip(whole, part, strict=True)))


class SlicedCounts:
    """The counts of each of several slices, whatever weights their examples have.

    Attributes:
        matrix: what an example adds to each of the counts, sparse (slices · (3 · classes + 1), n).
    """

    def __init__(self, predictions: Top1Predictions, rows: Sequence[np.ndarray]):
        from scipy.sparse import csr_array, vstack

        n, self._k = len(predictions), len(predictions.class_names)
        k, slices = self._k, len(rows)
        where = [np.flatnonzero(of) for of in rows]
        which, where = np.repeat(np.arange(slices), [len(of) for of in where]), np.concatenate(where)
        cells, of_cell = np.unique(
            (which * k + predictions.labels[where]) * k + predictions.predicted[where], return_inverse=True
        )
        counted = csr_array((np.ones(len(where), np.float32), (of_cell, where)), shape=(len(cells), n))
        lost = csr_array((predictions.losses[where].astype(np.float32), (which, where)), shape=(slices, n))
        self._cells = vstack([counted, lost]).tocsr()
        width = 3 * k + 1
        start, label, answer = cells // k**2 * width, cells // k % k, cells % k
        right, places = label == answer, np.arange(len(cells))
        to = (
            start + label,
            start + k + answer,
            (start + 2 * k + label)[right],
            np.arange(slices) * (3 * k + 1) + 3 * k,
        )
        of = (places, places, places[right], len(cells) + np.arange(slices))
        self._sums = csr_array(
            (np.ones(sum(map(len, of)), np.float32), (np.concatenate(to), np.concatenate(of))),
            shape=(slices * width, len(cells) + slices),
        )

    @property
    def matrix(self):
        return (self._sums @ self._cells).tocsr()

    def of(self, weights: np.ndarray) -> Counts:
        """The counts, (slices, draws, …), with `weights` (draws, n)."""
        return self.read(self._sums @ (self._cells @ np.ascontiguousarray(weights.T, np.float32)))

    def read(self, sums: np.ndarray) -> Counts:
        """The same of what `matrix` gives, (slices · (3 · classes + 1), draws)."""
        k, draws = self._k, sums.shape[1]
        sums = np.ascontiguousarray(sums.reshape(-1, 3 * k + 1, draws).transpose(0, 2, 1), float)
        true, predicted, right = (sums[..., part * k : (part + 1) * k] for part in range(3))
        return Counts(true.sum(axis=-1), true, predicted, right, sums[..., -1])


def resampled(
    answers: Sequence[Top1Predictions],
    rows: Sequence[np.ndarray],
    read: Callable[..., np.ndarray],
    *,
    draws: int,
    seed: int = 0,
) -> np.ndarray:
    """Slices measured on bootstrap samples of all examples, the same for every set of answers.

    Args:
        answers: of the same examples in the same order.
        rows: (n,) bool, of each slice.
        read: makes (…, slices, some, measures) of each set's counts, (slices, some, …).
        draws: how many samples.
        seed: of the samples.

    Returns:
        (…, slices, draws, measures)
    """
    n, sliced = len(answers[0]), [SlicedCounts(predictions, rows) for predictions in answers]
    samples = resample(n, draws, seed, at_once=_AT_ONCE)
    return np.concatenate([read(*(each.of(weights) for each in sliced)) for weights in samples], axis=-2)


def random_slices(predictions: Top1Predictions, sizes: Sequence[int], *, draws: int, seed: int = 0) -> np.ndarray:
    """How slices differ from the rest whose examples are drawn by chance: what a slice is held against.

    Args:
        predictions: of all examples.
        sizes: (slices,), from 1 to less than all.
        draws: how many of each size.
        seed: of the draws.

    Returns:
        (slices, draws, measures), each slice's measures less those of all others.
    """
    n, k, random = len(predictions), len(predictions.class_names), np.random.default_rng(seed)
    different, of_size = np.unique(sizes, return_inverse=True)
    largest, groups = int(different[-1]), len(different)
    between = np.searchsorted(different, np.arange(largest), side="right")
    right = predictions.labels == predictions.predicted
    each = (predictions.labels, predictions.predicted, np.where(right, predictions.labels, k))
    whole = Counts(n, *(np.bincount(of, minlength=k + 1)[:k] for of in each), predictions.losses.sum())

    def drawn(some: int) -> np.ndarray:
        chosen = np.stack([random.permutation(n)[:largest] for _ in range(some)])
        place = between + groups * np.arange(some)[:, None]

        def sums(of: np.ndarray, width: int, weights: np.ndarray | None = None) -> np.ndarray:
            codes = (place * width + of).ravel()
            found = np.bincount(codes, weights, some * groups * width).reshape(some, groups, width)
            return found.cumsum(axis=1).swapaxes(0, 1)

        counts = [sums(of[chosen], k + 1)[..., :k] for of in each]
        losses = sums(np.zeros(1, int), 1, predictions.losses[chosen].ravel())[..., 0]
        part = Counts(np.broadcast_to(different[:, None], losses.shape), *counts, losses)
        return measured(part) - measured(less(whole, part))

    return np.concatenate([drawn(some) for some in _parts(draws, n)], axis=1)[of_size]


def swapped_runs(
    baseline: Top1Predictions, other: Top1Predictions, rows: Sequence[np.ndarray], *, draws: int, seed: int = 0
) -> np.ndarray:
    """How two runs differ on slices where chance decides, example by example, which of the two gave which answer.

    E. W. Noreen, Computer-intensive methods for testing hypotheses (1989), approximate randomization; of right and
    wrong answers it is McNemar's test.

    Args:
        baseline: of the examples.
        other: of the same, with the same labels.
        rows: (n,) bool, of each slice.
        draws: how often.
        seed: of the draws.

    Returns:
        (slices, draws, measures), the other's measures less the baseline's.
    """
    n, random = len(baseline), np.random.default_rng(seed)
    before, after = SlicedCounts(baseline, rows), SlicedCounts(other, rows)
    moved, ones = after.matrix - before.matrix, np.ones((n, 1), np.float32)
    moved.eliminate_zeros()
    sums = before.matrix @ ones, after.matrix @ ones

    def drawn(some: int) -> np.ndarray:
        change = moved @ random.integers(0, 2, (n, some), np.int8).astype(np.float32)
        return measured(after.read(sums[1] - change)) - measured(before.read(sums[0] + change))

    return np.concatenate([drawn(some) for some in _parts(draws, n)], axis=1)


def _parts(draws: int, n: int) -> Iterator[int]:
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, draws, at_once):
        yield min(at_once, draws - start)


def percentiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Percentiles along the draws, (…, draws, measures), of those that say something; NaN where none does.

    Returns:
        (shares, …, measures)
    """
    ordered = np.sort(values, axis=-2)  # NaN comes last
    last = np.maximum(0, (~np.isnan(ordered)).sum(axis=-2, keepdims=True) - 1)
    found = []
    for share in shares:
        place = share * last
        low = np.floor(place).astype(int)
        below = np.take_along_axis(ordered, low, axis=-2)
        above = np.take_along_axis(ordered, np.minimum(low + 1, last), axis=-2)
        found.append((below + (place - low) * (above - below))[..., 0, :])
    return np.stack(found)


def by_chance(found: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The two-sided probability, by chance, of differences as large as these or larger.

    Twice the share of draws on the side where fewer are as extreme. Where these are too few to count, the tail of the
    Pearson type III distribution with the draws' mean, deviation and skewness stands in: P. W. Mielke and K. J. Berry,
    Permutation methods (2007), chapter 2.

    Args:
        found: (…, measures).
        drawn: (…, draws, measures), NaN where a draw says nothing.

    Returns:
        (…, measures) in 0…1; NaN where nothing was found or drawn.
    """
    from scipy.special import gammainc, gammaincc, ndtr

    n = (~np.isnan(drawn)).sum(axis=-2)
    apart = drawn - found[..., None, :]
    below, above = (apart <= _ALIKE).sum(axis=-2), (apart >= -_ALIKE).sum(axis=-2)
    fewer = np.minimum(below, above)
    counted = (fewer + 1) / (n + 1)
    with np.errstate(all="ignore"):
        mean = np.where(n > 0, np.nansum(drawn, axis=-2) / n, np.nan)
        centred = drawn - mean[..., None, :]
        deviation = np.sqrt(np.nansum(centred**2, axis=-2) / n)
        skewness = np.nansum(centred**3, axis=-2) / n / deviation**3
        z = (found - mean) / deviation
        shape = 4 / skewness**2
        x = shape + np.sign(skewness) * z * np.sqrt(shape)  # of a gamma distribution, mirrored where skewed to the left
        upper = (z > 0) == (skewness > 0)
        tail = np.where(upper, gammaincc(shape, np.maximum(0, x)), gammainc(shape, np.maximum(0, x)))
        tail = np.where(np.abs(skewness) < _SYMMETRIC, ndtr(-np.abs(z)), tail)
    tail = np.maximum(tail, counted.clip(max=1 / (n + 1)) ** 2)  # so few draws say no more
    one_sided = np.where((fewer >= _COUNTED) | (deviation <= _ALIKE), counted, tail)
    return np.where((n > 0) & ~np.isnan(found), np.minimum(1, 2 * one_sided), np.nan)
