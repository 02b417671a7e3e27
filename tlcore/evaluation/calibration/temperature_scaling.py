"""Calibration: is what is said with a confidence of 80 % right in 80 of 100 cases; and a temperature to mend it.

All as in C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks, ICML 2017.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from tlcore.base.errors import UserError
from tlcore.evaluation.metrics.bootstrap import RESAMPLES, Statistic, interval, mean_of
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.predictions import Predictions, Top1Predictions
from tlcore.training import temperature as scaling
from tlcore.training.temperature import COOLEST as COOLEST
from tlcore.training.temperature import HOTTEST as HOTTEST

BINS = 15
_AT_ONCE = 50  # samples in memory


def reliability(answers: Top1Predictions | Predictions) -> pd.DataFrame:
    """How often the answers of each confidence are right.

    Returns:
        A row for each of `BINS` equally wide bins (low, high] of confidence: `low`, `high`, `n`, mean `confidence`,
        `accuracy`, and its 95 % interval `accuracy_low`, `accuracy_high` (Wilson); NaN where a bin is empty.
    """
    edges = np.linspace(0, 1, BINS + 1)
    places = _bins(answers)
    right = answers.predicted == answers.labels
    n = np.bincount(places, minlength=BINS)
    of_right = np.bincount(places[right], minlength=BINS)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(places, weights=answers.confidence, minlength=BINS) / n
        accuracy = of_right / n
    bounds = [accuracy_interval(*each) if each[1] else (np.nan, np.nan) for each in zip(of_right, n, strict=True)]
    low, high = np.transpose(bounds)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "confidence": confidence,
            "accuracy": accuracy,
            "accuracy_low": low,
            "accuracy_high": high,
        }
    )


def calibration_error(answers: Top1Predictions | Predictions) -> float:
    """Expected calibration error in 0…1: the gap between confidence and accuracy in a bin, weighed by its examples."""
    return float(_error(answers)(np.ones((1, len(answers))))[0])


def error_by_chance(answers: Top1Predictions | Predictions, seed: int = 0) -> float:
    """The calibration error that a perfectly calibrated model of these confidences stays below 95 times in 100.

    It is not 0 where examples are few. J. Bröcker and L. A. Smith, Increasing the reliability of reliability
    diagrams, Weather and Forecasting 22 (2007).
    """
    random = np.random.default_rng(seed)
    confidence = answers.confidence.astype(float)
    bins = np.eye(BINS)[_bins(answers)]
    errors = []
    for _ in range(RESAMPLES // _AT_ONCE):
        right = random.random((_AT_ONCE, len(confidence))) < confidence
        errors.append(np.abs((right - confidence) @ bins).sum(axis=1) / len(confidence))
    return float(np.quantile(np.concatenate(errors), 0.95))


def fit_temperature(predictions: Predictions) -> float:
    """The temperature at which these examples' mean −log of the true class's probability is lowest.

    Above 1 the model was surer than it should be, below 1 less sure.

    Args:
        predictions: of val, so that test is left to measure on.

    Returns:
        In `COOLEST`…`HOTTEST`; one of these two where the loss still falls there, as it does towards the coolest
        when every answer is right.

    Raises:
        UserError: there are no examples, or all probabilities are equal.
    """
    if not len(predictions):
        raise UserError(
            "No temperature can be fitted",
            "This dataset has no val examples",
            "Split it again, with some examples in val",
        )
    if are_all_equal(predictions):
        raise UserError(
            "No temperature can be fitted",
            "The model gives every class the same probability, for every example",
            "Train it for longer, or check its learning curves",
        )
    return scaling.fit_temperature(scaling.logits_of(predictions.probabilities), predictions.labels)


def at_temperature(predictions: Predictions, temperature: float) -> Predictions:
    """The same answers with the confidence that they have at a temperature: softmax(logits / temperature)."""
    return replace(predictions, probabilities=scaling.at_temperature(predictions.probabilities, temperature))


def are_all_equal(answers: Top1Predictions | Predictions) -> bool:
    """Whether every class has the same probability for every example, so that nothing is said."""
    return bool((answers.confidence < 1 / len(answers.class_names) + 1e-6).all())


def compare_temperatures(before: Predictions, after: Predictions) -> pd.DataFrame:
    """Calibration error and loss before and after temperature scaling, with 95 % bootstrap intervals.

    The loss's are by percentiles, the calibration error's mirrored about the estimate, since resampling adds to that
    error: of a true error of 5 %, 60 and 240 examples had it in 26 and 71 of 100 intervals by percentiles, and in 95
    and 91 of the mirrored ones.

    Args:
        before: at least one example.
        after: the same examples.

    Returns:
        Rows "error" and "loss"; columns `before`, `before_low`, `before_high`, the same of `after`, and of `change`:
        after − before on the same examples, paired.
    """
    rows = {
        "error": _changes(_error(before), _error(after), len(before), mirrored=True),
        "loss": _changes(mean_of(before.losses), mean_of(after.losses), len(before), mirrored=False),
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _changes(before: Statistic, after: Statistic, n: int, *, mirrored: bool) -> dict[str, float]:
    def all_three(counts: np.ndarray) -> np.ndarray:
        first, second = before(counts), after(counts)
        return np.stack([first, second, second - first], axis=1)

    estimate = all_three(np.ones((1, n)))[0]
    low, high = interval(all_three, n, estimate=estimate if mirrored else None)
    low[:2], high[:2] = np.maximum(0, low[:2]), np.maximum(0, high[:2])
    named = zip(("before", "after", "change"), estimate, low, high, strict=True)
    return {
        f"{name}{end}": float(value)
        for name, *values in named
        for end, value in zip(("", "_low", "_high"), values, strict=True)
    }


def _error(answers: Top1Predictions | Predictions) -> Statistic:
    gap = (answers.predicted == answers.labels) - answers.confidence.astype(float)
    gaps = np.eye(BINS)[_bins(answers)] * gap[:, None]
    return lambda counts: np.abs(counts @ gaps).sum(axis=1) / len(answers)


def _bins(answers: Top1Predictions | Predictions) -> np.ndarray:
    return np.digitize(answers.confidence, np.linspace(0, 1, BINS + 1)[1:-1], right=True)
