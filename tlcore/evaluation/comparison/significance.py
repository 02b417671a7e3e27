"""How two sets of answers of the same examples differ, and how far chance may have made the difference."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tlcore.evaluation.metrics.bootstrap import resample
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.metrics.measures import MEASURES, Counts
from tlcore.evaluation.predictions import Top1Predictions

DRAWS = 2000
LEVEL = 0.05  # of a difference that is told apart from chance


class McNemar(NamedTuple):
    """McNemar's test of two sets of answers.

    Attributes:
        gained: how many examples only the other has right.
        lost: how many only the baseline has right.
        p: the exact two-sided probability of so uneven a split of gained and lost, or a more uneven one, by chance.
    """

    gained: int
    lost: int
    p: float

    @property
    def outcome(self) -> str:
        """Of the other: "better", "worse", "same" where the two never differ, or "open" where chance may explain it."""
        if not self.gained + self.lost:
            return "same"
        if self.p >= LEVEL:
            return "open"
        return "better" if self.gained > self.lost else "worse"


class Difference(NamedTuple):
    """A measure of the other less that of the baseline, with its 95 % interval."""

    value: float
    low: float
    high: float


def gained_and_lost(baseline: Top1Predictions, other: Top1Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Rows (g,) that only the other has right, and rows (l,) that only the baseline has; surest of the other first."""
    before, after = baseline.predicted == baseline.labels, other.predicted == other.labels
    by_confidence = np.argsort(-other.confidence, kind="stable")
    return by_confidence[(after & ~before)[by_confidence]], by_confidence[(before & ~after)[by_confidence]]


def mcnemar(baseline: Top1Predictions, other: Top1Predictions) -> McNemar:
    """Whether the other is right more often than chance in these examples explains."""
    return mcnemar_of(*(len(rows) for rows in gained_and_lost(baseline, other)))


def mcnemar_of(gained: int, lost: int) -> McNemar:
    """The test of so many examples gained and lost.

    Q. McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12 (1947);
    exact, by the binomial distribution.
    """
    from scipy.special import bdtr

    return McNemar(gained, lost, min(1.0, 2 * float(bdtr(min(gained, lost), gained + lost, 0.5))))


def differences(
    answers: Sequence[Top1Predictions], *, draws: int = DRAWS, seed: int = 0
) -> list[dict[str, Difference]]:
    """By how much each set of answers differs from the first, with paired bootstrap intervals.

    Examples are drawn with replacement, as many as there are; in each draw the measures are those of `summary`, and
    the same draw serves all sets (B. Efron & R. Tibshirani, An Introduction to the Bootstrap, 1993: percentiles).

    Args:
        answers: of the same examples in the same order, with the same labels.
        draws: how often.
        seed: `numpy.random.default_rng(seed).integers(n, size=(draws, n))` are the rows of the draws.

    Returns:
        For each set but the first, a `Difference` for each of `MEASURES`.
    """
    whole = [summary(each) for each in answers]
    parts = [WeightedMeasures(each) for each in answers]
    drawn = [[part.measures(weights) for part in parts] for weights in resample(len(answers[0]), draws, seed)]
    found = []
    for place in range(1, len(answers)):
        found.append({})
        for measure in MEASURES:
            values = np.concatenate([chunk[place][measure] - chunk[0][measure] for chunk in drawn])
            low, high = np.percentile(values, (2.5, 97.5))
            value = whole[place][measure] - whole[0][measure]
            found[-1][measure] = Difference(value, float(low), float(high))
    return found


class WeightedMeasures:
    """A set of answers as columns whose weighted sums give all measures of a draw at once."""

    def __init__(self, predictions: Top1Predictions):
        from scipy.sparse import csr_array

        n, self._k = len(predictions), len(predictions.class_names)
        rows, right = np.arange(n), predictions.predicted == predictions.labels
        columns = (predictions.labels, self._k + predictions.predicted, 2 * self._k + predictions.labels[right])
        places = (np.concatenate([rows, rows, rows[right]]), np.concatenate(columns))
        self._columns = csr_array((np.ones(len(places[0])), places), shape=(n, 3 * self._k)).T.tocsr()
        self._losses = predictions.losses.astype(float)

    def measures(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The measures of each draw, as `summary` has them.

        Args:
            weights: (draws, n).

        Returns:
            (draws,) for each of `MEASURES`.
        """
        k, n = self._k, weights.shape[1]
        sums = (self._columns @ weights.T).T
        counts = Counts(n, sums[:, :k], sums[:, k : 2 * k], sums[:, 2 * k :], weights @ self._losses)
        return {name: measure.of(counts) for name, measure in MEASURES.items()}
