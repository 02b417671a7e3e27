"""How good a run is on each slice, how two runs differ on each, and which of it chance can explain.

Every entry of `MEASURES` is treated alike, but for accuracy, whose intervals and tests are exact ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np

from tlcore.evaluation.comparison.significance import LEVEL, Difference, McNemar, mcnemar_of
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.metrics.measures import MEASURES, Counts, counts_of
from tlcore.evaluation.metrics.proportions import difference_interval, fisher_exact, holm
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.draws import (
    by_chance,
    draws_for,
    less,
    measured,
    percentiles,
    random_slices,
    resampled,
    swapped_runs,
)
from tlcore.evaluation.slices.slices import Slice

EXACT = "accuracy"
_ENDS = (0.025, 0.975)
_EQUAL = 1e-12
_ROUNDED = 1e-6  # how far resampled values may lie apart by rounding


class Compared(NamedTuple):
    """One measure of a slice beside that of the rest, or of a run beside that of the baseline.

    Attributes:
        difference: with its 95 % interval; NaN where it is unknown.
        p: the probability of so large a difference, or a larger one, by chance; NaN where the measure is undefined.
        corrected: p after Holm's correction for all that was compared by this measure.
        comparisons: how many these were.
        outcome: "worse", "better", "same" where the two are equal, "open" where chance may explain the difference,
            "undefined" where one of them is.
    """

    difference: Difference
    p: float
    corrected: float
    comparisons: int
    outcome: str


@dataclass(frozen=True, eq=False)
class SliceMeasures:
    """All measures of a slice beside those of the rest of the same examples.

    Attributes:
        slice: with its rows among the answers.
        n: how many examples it has, at least 1.
        right: how many of them are right.
        rest_n: how many examples the rest has, at least 1.
        values: of each of `MEASURES`, with its 95 % interval; NaN where it is unknown.
        rest: of each, the value of the rest.
        compared: of each, the slice beside the rest.
    """

    slice: Slice
    n: int
    right: int
    rest_n: int
    values: dict[str, Difference]
    rest: dict[str, float]
    compared: dict[str, Compared]


@dataclass(frozen=True, eq=False)
class SliceComparison:
    """Several runs on a slice.

    Attributes:
        slice: with its rows among the answers.
        n: how many examples it has, at least 1.
        right: how many of them each run has right.
        values: of each run, each of `MEASURES` with its 95 % interval.
        tests: of each run but the first, McNemar's against that.
        compared: of each run but the first, each measure beside that of the first.
    """

    slice: Slice
    n: int
    right: tuple[int, ...]
    values: tuple[dict[str, Difference], ...]
    tests: tuple[McNemar, ...]
    compared: tuple[dict[str, Compared], ...]


def measures_of(predictions: Top1Predictions) -> dict[str, float]:
    """Each of `MEASURES` of some examples, at least one; NaN where it is undefined."""
    return dict(zip(MEASURES, measured(counts_of(predictions)).tolist(), strict=True))


def compare_with_rest(predictions: Top1Predictions, slices: Sequence[Slice]) -> list[SliceMeasures]:
    """Each slice's measures against those of all other examples, the worst by accuracy first.

    Accuracy: Wilson's interval, Newcombe's of the difference, and Fisher's exact test. The others: the bootstrap's
    interval (Wilson's, for a share that it never moves), that of the difference made of those of the two as Newcombe's
    is, and a permutation test. G. Y. Zou and A. Donner, Construction of confidence limits about effect measures: a
    general approach, Statistics in Medicine 27 (2008).

    Args:
        predictions: at least one example.
        slices: of the same examples, of as many columns as are looked at together: p is corrected for all of them. One
            without examples, or without others beside it, is left out.
    """
    there = [each for each in slices if 0 < len(each) < len(predictions)]
    if not there:
        return []
    rows, whole = [each.rows for each in there], counts_of(predictions)
    parts = [counts_of(predictions, of) for of in rows]
    own = np.stack([measured(part) for part in parts])
    rest = np.stack([measured(less(whole, part)) for part in parts])
    draws = draws_for(predictions, rows)

    def of_both(counts: Counts) -> np.ndarray:
        part, total = (Counts(*(each[place] for each in counts)) for place in (slice(-1), slice(-1, None)))
        return np.stack([measured(part), measured(less(total, part))])

    everything = np.ones(len(predictions), bool)
    bounds = percentiles(resampled([predictions], [*rows, everything], of_both, draws=draws), _ENDS)
    p = by_chance(own - rest, random_slices(predictions, [part.n for part in parts], draws=draws))
    total = int(whole.right.sum())
    right = [int(part.right.sum()) for part in parts]
    counts = [(ours, part.n, total - ours, whole.n - part.n) for ours, part in zip(right, parts, strict=True)]
    p[:, list(MEASURES).index(EXACT)] = [fisher_exact(*each) for each in counts]
    judged = _judged(p)
    found = []
    for place, (each, (ours, n, others_right, others)) in enumerate(zip(there, counts, strict=True)):
        values = _with_intervals(own[place], bounds[:, 0, place], ours, n)
        of_rest = _with_intervals(rest[place], bounds[:, 1, place], others_right, others)
        apart = {measure: _apart(values[measure], of_rest[measure]) for measure in MEASURES}
        apart[EXACT] = Difference(apart[EXACT].value, *difference_interval(*counts[place]))
        compared = {measure: judged(place, measure, apart[measure]) for measure in MEASURES}
        found.append(
            SliceMeasures(each, n, ours, others, values, {name: of_rest[name].value for name in MEASURES}, compared)
        )
    return worst_first(found)


def compare_runs_by_slice(answers: Sequence[Top1Predictions], slices: Sequence[Slice]) -> list[SliceComparison]:
    """How runs differ from the first on each slice; those on which the second is worse by accuracy come first.

    Accuracy: Wilson's intervals and McNemar's exact test. The others: the bootstrap's (as in `compare_with_rest`), and
    a test in which chance decides which run gave which answer. Intervals of differences are the paired bootstrap's.

    Args:
        answers: of the same examples in the same order, with the same labels.
        slices: of these examples, of as many columns as are looked at together: p is corrected for all of them and all
            runs.
    """
    there = [each for each in slices if 0 < len(each) < len(answers[0])]
    if not there:
        return []
    rows, baseline, others = [each.rows for each in there], answers[0], len(answers) - 1
    right = [[int((each.predicted == each.labels)[of].sum()) for each in answers] for of in rows]
    values = np.stack([[measured(counts_of(each, of)) for of in rows] for each in answers])
    draws = draws_for(baseline, rows, runs=others)

    def of_runs(*counts: Counts) -> np.ndarray:
        first, *after = (measured(each) for each in counts)
        return np.stack([first, *after, *(each - first for each in after)])

    bounds = percentiles(resampled(answers, rows, of_runs, draws=draws), _ENDS)
    tests = [[_mcnemar(baseline, other, of) for of in rows] for other in answers[1:]]
    drawn = (swapped_runs(baseline, other, rows, draws=draws) for other in answers[1:])
    p = np.stack([by_chance(each - values[0], chance) for each, chance in zip(values[1:], drawn, strict=True)])
    p[:, :, list(MEASURES).index(EXACT)] = [[test.p for test in row] for row in tests]
    judged = _judged(p.reshape(-1, len(MEASURES)))
    found = []
    for place, each in enumerate(there):
        n = len(each)
        of_each = [
            _with_intervals(values[run, place], bounds[:, run, place], right[place][run], n)
            for run in range(others + 1)
        ]
        compared = []
        for other in range(others):
            by_measure = {}
            for measure, low, high in zip(MEASURES, *bounds[:, 1 + others + other, place].tolist(), strict=True):
                difference = _apart(of_each[1 + other][measure], of_each[0][measure])
                if _varies(low, high) or abs(difference.value) <= _EQUAL:
                    difference = _holding(difference.value, low, high)
                agree = tests[other][place].outcome == "same" if measure == EXACT else None
                by_measure[measure] = judged(other * len(there) + place, measure, difference, agree=agree)
            compared.append(by_measure)
        found.append(
            SliceComparison(
                each,
                len(each),
                tuple(right[place]),
                tuple(of_each),
                tuple(row[place] for row in tests),
                tuple(compared),
            )
        )
    return worst_first(found)


def worst_first(
    found: Sequence[SliceMeasures | SliceComparison], measure: str = EXACT, other: int = 1
) -> list[SliceMeasures | SliceComparison]:
    """Slices in the order in which they need a look, by one measure.

    They are ordered by the better end of the difference's interval, so that no slice is first merely for having few
    examples; those whose interval is unknown come last.

    Args:
        found: of a run, or of several.
        measure: one of `MEASURES`.
        other: of several runs, the place of the one that is held against the first.
    """
    sign = MEASURES[measure].sign

    def place(each: SliceMeasures | SliceComparison) -> tuple[float, float, int]:
        difference = compared_of(each, other)[measure].difference
        best = max(sign * difference.low, sign * difference.high)
        value = sign * difference.value
        return (np.inf if np.isnan(best) else best, np.inf if np.isnan(value) else value, -each.n)

    return sorted(found, key=place)


def compared_of(each: SliceMeasures | SliceComparison, other: int = 1) -> dict[str, Compared]:
    """A slice beside the rest; of several runs, one at its place beside the first."""
    return each.compared if isinstance(each, SliceMeasures) else each.compared[other - 1]


def _mcnemar(baseline: Top1Predictions, other: Top1Predictions, rows: np.ndarray) -> McNemar:
    before, after = ((each.predicted == each.labels)[rows] for each in (baseline, other))
    return mcnemar_of(int((after & ~before).sum()), int((before & ~after).sum()))


def _with_intervals(values: np.ndarray, bounds: np.ndarray, right: int, n: int) -> dict[str, Difference]:
    """Each measure with its interval: (measures,) values and (2, measures) percentiles of resampled ones."""
    found = {}
    for measure, value, low, high in zip(MEASURES, values.tolist(), *bounds.tolist(), strict=True):
        if measure == EXACT:
            found[measure] = Difference(value, *accuracy_interval(right, n))
        elif _varies(low, high):
            found[measure] = _holding(value, low, high)
        elif MEASURES[measure].is_share and 0 <= value <= 1:  # resampling what is all alike tells nothing
            found[measure] = Difference(value, *accuracy_interval(value * n, n))
        else:
            found[measure] = Difference(value, np.nan, np.nan)
    return found


def _varies(low: float, high: float) -> bool:
    return high - low > _ROUNDED * max(1.0, abs(low), abs(high))


def _holding(value: float, low: float, high: float) -> Difference:
    """A value with an interval that holds it: resampling may move a measure to one side."""
    return Difference(value, min(low, value), max(high, value))


def _apart(own: Difference, other: Difference) -> Difference:
    """The difference of two values of different examples; its interval is made of theirs (Zou and Donner)."""
    value = own.value - other.value
    below = hypot(own.value - own.low, other.high - other.value)
    above = hypot(own.high - own.value, other.value - other.low)
    return Difference(value, value - below, value + above)


def _judged(p: np.ndarray) -> Callable[..., Compared]:
    """What says whether chance explains a difference, by the p of all (comparisons, measures).

    Each measure is corrected by itself; where one is undefined, it is no comparison.

    Returns:
        Takes the number of a comparison, the measure, the difference and, where it says so better than the difference
        does, whether the two agree.
    """
    corrected, defined = np.full_like(p, np.nan), ~np.isnan(p)
    for number in range(p.shape[1]):
        corrected[defined[:, number], number] = holm(p[defined[:, number], number])
    comparisons = dict(zip(MEASURES, defined.sum(axis=0).tolist(), strict=True))

    def judge(place: int, measure: str, difference: Difference, *, agree: bool | None = None) -> Compared:
        number = list(MEASURES).index(measure)
        if np.isnan(difference.value) or not defined[place, number]:
            outcome = "undefined"
        elif abs(difference.value) <= _EQUAL if agree is None else agree:
            outcome = "same"
        elif corrected[place, number] >= LEVEL:
            outcome = "open"
        else:
            outcome = "better" if MEASURES[measure].sign * difference.value > 0 else "worse"
        numbers = float(p[place, number]), float(corrected[place, number])
        return Compared(difference, *numbers, comparisons[measure], outcome)

    return judge
