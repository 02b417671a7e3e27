"""Prediction sets: as many classes as it takes to hold the true one with a stated share of examples.

Split conformal prediction with the score 1 − probability of the true class, which gives the smallest sets on average
(least ambiguous sets): M. Sadinle, J. Lei and L. Wasserman, Least ambiguous set-valued classifiers with bounded error
levels, JASA 114 (2019); V. Vovk, A. Gammerman and G. Shafer, Algorithmic learning in a random world (2005).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlcore.base.errors import UserError
from tlcore.evaluation.metrics.bootstrap import interval, mean_of
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.predictions import Predictions
from tlcore.runs import Run


@dataclass(frozen=True)
class PredictionSetRule:
    """Which classes are in an example's set: those at least this probable."""

    coverage: float  # the share of examples whose set is to hold the true class
    least: float  # the probability from which a class is in the set; 0: every class is
    n: int  # examples that it was fitted on

    def sets(self, predictions: Predictions) -> np.ndarray:
        """(n, classes) bool: the classes of each example's set."""
        return predictions.probabilities >= self.least

    @property
    def spread(self) -> tuple[float, float]:
        """Between what shares the coverage of endlessly many new examples lies, 95 times in 100.

        The rule comes from `n` examples that chance chose: its coverage is Beta(rank, n + 1 − rank) distributed, as
        V. Vovk, Conditional validity of inductive conformal predictors, ACML 2012, proposition 2.
        """
        from scipy.stats import beta

        rank = _rank(self.n, self.coverage)
        if rank > self.n:
            return 1.0, 1.0
        low, high = beta.ppf((0.025, 0.975), rank, self.n + 1 - rank)
        return float(low), float(high)


def fit_sets(predictions: Predictions, coverage: float) -> PredictionSetRule:
    """The rule whose sets hold the true class of a new example with at least the stated probability.

    Args:
        predictions: of val, n examples that the model was not trained on. The probability holds where they are as new
            to the model as the example is; where val chose the epoch, or answers are out of fold, it holds nearly
            (`val_in_words` says so).
        coverage: in 0…1, both excluded.

    Returns:
        Its limit is the ⌈(n + 1) · coverage⌉-th highest probability of a true class; 0 where n is too small for
        that, so that every set holds every class.

    Raises:
        UserError: there are no examples.
    """
    n = len(predictions)
    if not n:
        raise UserError(
            "No prediction sets can be made",
            "This dataset has no val examples",
            "Split it again, with some examples in val",
        )
    rank = _rank(n, coverage)
    of_true = np.sort(predictions.probabilities[np.arange(n), predictions.labels])[::-1]
    return PredictionSetRule(coverage, float(of_true[rank - 1]) if rank <= n else 0.0, n)


def val_in_words(run: Run, measure: str = "coverage") -> str:
    """How far a run's answers on val are like those on new examples, as whoever chooses by val supposes.

    Args:
        run: with a result.
        measure: what may be lower on new examples.
    """
    if "val" in run.out_of_fold:
        return (
            "This assumes that the model's predictions on new examples are like those on val. Those are out of fold: "
            "they come from fits on four fifths of train and val, which are a little less confident than the model."
        )
    if run.kept and run.kept["scaled_loss"] is not None:
        return (
            "This assumes that val is as new to the model as future data. But val was used to choose the epoch, so "
            f"{measure} on new data may be a little lower. Measure it on test."
        )
    return "This assumes that val is as new to the model as future data."


def least_examples(coverage: float) -> int:
    """How many examples it takes before a set can leave a class out."""
    return next(n for n in range(1, 10**6) if _rank(n, coverage) <= n)


def measure(rule: PredictionSetRule, predictions: Predictions) -> dict:
    """What a rule's sets are like on examples that it was not fitted on, at least one.

    Returns:
        `coverage` (the share whose set holds the true class) with `coverage_interval` (Wilson, 95 %); `size` (mean
        number of classes in a set) with `size_interval` (bootstrap, 95 %); `sizes` (classes + 1,) how many sets have
        0, 1, … classes; `n`.
    """
    sets = rule.sets(predictions)
    n = len(sets)
    held = int(sets[np.arange(n), predictions.labels].sum())
    sizes = sets.sum(axis=1)
    return {
        "coverage": held / n,
        "coverage_interval": accuracy_interval(held, n),
        "size": float(sizes.mean()),
        "size_interval": tuple(interval(mean_of(sizes), n).tolist()),
        "sizes": np.bincount(sizes, minlength=len(predictions.class_names) + 1),
        "n": n,
    }


def measure_classes(rule: PredictionSetRule, predictions: Predictions) -> pd.DataFrame:
    """The same for the examples of each class, for which nothing is promised.

    Returns:
        A row a class: `class`, `n`, `coverage` and mean `size` of its examples' sets; NaN where it has none.
    """
    k, labels = len(predictions.class_names), predictions.labels
    sets = rule.sets(predictions)
    n = np.bincount(labels, minlength=k)
    held = np.bincount(labels[sets[np.arange(len(sets)), labels]], minlength=k)
    sizes = np.bincount(labels, weights=sets.sum(axis=1), minlength=k)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame({"class": predictions.class_names, "n": n, "coverage": held / n, "size": sizes / n})


def _rank(n: int, coverage: float) -> int:
    return math.ceil((n + 1) * coverage - 1e-9)  # 0.9 · 10 is 9, whatever a float makes of it
