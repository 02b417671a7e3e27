"""How good a run is on each slice, how two runs differ on each, and which of it chance can explain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tlcore.evaluation.comparison.significance import LEVEL, Difference, McNemar, WeightedMeasures, mcnemar_of
from tlcore.evaluation.metrics.bootstrap import interval
from tlcore.evaluation.metrics.classification import accuracy_interval, summary
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.metrics.proportions import difference_interval, fisher_exact, holm
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.slices import Slice


@dataclass(frozen=True, eq=False)
class SliceAccuracy:
    """The accuracy of a slice beside that of the rest of the same examples.

    Attributes:
        slice: with its rows among the answers.
        right: how many of its examples are right.
        n: how many examples it has, at least 1.
        rest_right: the same of the rest.
        rest_n: at least 1.
        p: Fisher's exact test of right and wrong in the slice and in the rest.
        corrected: p after Holm's correction for all slices that were looked at.
        slices: how many these were.
    """

    slice: Slice
    right: int
    n: int
    rest_right: int
    rest_n: int
    p: float
    corrected: float
    slices: int

    @property
    def accuracy(self) -> float:
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson, 95 %."""
        return accuracy_interval(self.right, self.n)

    @property
    def rest_accuracy(self) -> float:
        return self.rest_right / self.rest_n

    @property
    def difference(self) -> Difference:
        """From the rest, with its 95 % interval (Newcombe)."""
        low, high = difference_interval(self.right, self.n, self.rest_right, self.rest_n)
        return Difference(self.accuracy - self.rest_accuracy, low, high)

    @property
    def outcome(self) -> str:
        """Than the rest: "worse", "better", "same" where the two are equal, "open" where chance may explain it."""
        if self.right * self.rest_n == self.rest_right * self.n:
            return "same"
        if self.corrected >= LEVEL:
            return "open"
        return "worse" if self.accuracy < self.rest_accuracy else "better"


def compare_with_rest(predictions: Top1Predictions, slices: Sequence[Slice]) -> list[SliceAccuracy]:
    """Each slice's accuracy against that of all other examples, the worst first.

    They are ordered by the upper end of the interval of the difference, so that no slice is first for having few
    examples. A slice without examples, or without others beside it, is left out.

    Args:
        predictions: at least one example.
        slices: of the same examples, of as many columns as are looked at together: p is corrected for all of them.
    """
    right = predictions.predicted == predictions.labels
    total = int(right.sum())
    found = []
    for each in slices:
        n, of_it = len(each), int(right[each.rows].sum())
        if 0 < n < len(predictions):
            found.append((each, of_it, n, total - of_it, len(predictions) - n))
    p = [fisher_exact(*counts) for _, *counts in found]
    whole = [
        SliceAccuracy(*each, own, float(corrected), len(found))
        for each, own, corrected in zip(found, p, holm(p), strict=True)
    ]
    return sorted(whole, key=lambda each: each.difference.high)


def measures_of(predictions: Top1Predictions, *, seed: int = 0) -> dict[str, Difference]:
    """All measures of some examples with their 95 % intervals: accuracy by Wilson, the others by the bootstrap.

    Args:
        predictions: at least one example.
        seed: of the samples.

    Returns:
        For each of `MEASURES` value, low and high.
    """
    whole, weighted = summary(predictions), WeightedMeasures(predictions)

    def statistic(weights: np.ndarray) -> np.ndarray:
        each = weighted.measures(weights)
        return np.stack([each[measure] for measure in MEASURES], axis=1)

    low, high = interval(statistic, len(predictions), seed=seed)
    found = {
        measure: Difference(whole[measure], float(low[place]), float(high[place]))
        for place, measure in enumerate(MEASURES)
    }
    return found | {"accuracy": Difference(whole["accuracy"], *whole["accuracy_interval"])}


class Paired(NamedTuple):
    """What another run does on a slice against the baseline.

    Attributes:
        test: McNemar's, on the slice's examples.
        corrected: its p after Holm's correction for all slices and runs that were looked at.
        comparisons: how many these were.
    """

    test: McNemar
    corrected: float
    comparisons: int

    @property
    def outcome(self) -> str:
        """As `McNemar.outcome`, by the corrected p."""
        return self.test._replace(p=self.corrected).outcome


@dataclass(frozen=True, eq=False)
class SliceComparison:
    """Several runs on a slice.

    Attributes:
        slice: with its rows among the answers.
        n: how many examples it has, at least 1.
        right: how many of them each run has right.
        others: of each run but the first, against that.
    """

    slice: Slice
    n: int
    right: tuple[int, ...]
    others: tuple[Paired, ...]


def compare_runs_by_slice(answers: Sequence[Top1Predictions], slices: Sequence[Slice]) -> list[SliceComparison]:
    """How runs differ from the first on each slice, those that chance explains least first.

    Args:
        answers: of the same examples in the same order, with the same labels.
        slices: of these examples, of as many columns as are looked at together: p is corrected for all of them.
    """
    there = [each for each in slices if 0 < len(each) < len(answers[0])]
    right = [predictions.predicted == predictions.labels for predictions in answers]
    moved = [(of_other & ~right[0], right[0] & ~of_other) for of_other in right[1:]]
    tests = [
        [mcnemar_of(int(gained[each.rows].sum()), int(lost[each.rows].sum())) for gained, lost in moved]
        for each in there
    ]
    corrected = iter(holm([test.p for row in tests for test in row]))
    comparisons = len(there) * (len(answers) - 1)
    found = [
        SliceComparison(
            each,
            len(each),
            tuple(int(of_run[each.rows].sum()) for of_run in right),
            tuple(Paired(test, float(next(corrected)), comparisons) for test in row),
        )
        for each, row in zip(there, tests, strict=True)
    ]
    return sorted(found, key=lambda each: (min(other.test.p for other in each.others), -each.n))
