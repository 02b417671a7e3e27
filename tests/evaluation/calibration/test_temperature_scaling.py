"""Calibration error by Guo's own loop, temperature by scikit-learn's scaling, both by what is known beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

from tests.evaluation.made import any_predictions, drawn, made
from tlcore.base.errors import UserError
from tlcore.evaluation.calibration import temperature_scaling
from tlcore.evaluation.calibration.temperature_scaling import (
    at_temperature,
    calibration_error,
    fit_temperature,
    reliability,
)
from tlcore.evaluation.metrics.bootstrap import resample


def error_by_guos_loop(predictions, bins=15) -> float:
    """As the paper's published code: bins (low, high], gaps weighed by the share of examples."""
    right, confidence = predictions.predicted == predictions.labels, predictions.confidence.astype(float)
    edges, error = np.linspace(0, 1, bins + 1), 0.0
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += abs(right[inside].mean() - confidence[inside].mean()) * inside.mean()
    return error


class SaysItsInput(ClassifierMixin, BaseEstimator):
    """A model whose logits are its input."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return X

    def predict(self, X):
        return self.classes_[X.argmax(axis=1)]


def temperature_of_scikit_learn(predictions) -> float:
    logits = np.log(predictions.probabilities.astype(float))
    model = FrozenEstimator(SaysItsInput().fit(logits, predictions.labels))
    scaled = CalibratedClassifierCV(model, method="temperature").fit(logits, predictions.labels)
    return 1 / scaled.calibrated_classifiers_[0].calibrators[0].beta_


@settings(max_examples=60, deadline=None)
@given(any_predictions())
def test_calibration_error_is_guos(predictions):
    assert calibration_error(predictions) == pytest.approx(error_by_guos_loop(predictions), abs=1e-9)
    assert calibration_error(predictions.answers) == calibration_error(predictions)


def test_reliability_of_full_bins_is_scikit_learns():
    predictions = drawn(400, 4, sharpened=2.0)
    table = reliability(predictions)
    assert table["n"].sum() == 400 and len(table) == 15
    full = table[table["n"] > 0]
    accuracy, confidence = calibration_curve(
        predictions.predicted == predictions.labels, predictions.confidence, n_bins=15
    )
    np.testing.assert_allclose(full["accuracy"], accuracy)
    np.testing.assert_allclose(full["confidence"], confidence, rtol=1e-6)
    assert (full["accuracy_low"] <= full["accuracy"]).all() and (full["accuracy"] <= full["accuracy_high"]).all()
    assert table[table["n"] == 0].drop(columns=["low", "high", "n"]).isna().all(axis=None)


@pytest.mark.parametrize("sharpened", [0.4, 1.0, 2.5])
def test_temperature_is_scikit_learns_and_undoes_the_sharpening(sharpened):
    predictions = drawn(600, 3, seed=3, sharpened=sharpened)
    found = fit_temperature(predictions)
    assert found == pytest.approx(temperature_of_scikit_learn(predictions), rel=1e-3)
    assert found == pytest.approx(sharpened, rel=0.15)


@settings(max_examples=30, deadline=None)
@given(any_predictions(least=5))
def test_no_other_temperature_has_a_lower_loss(predictions):
    found = fit_temperature(predictions)

    def loss(temperature):
        logits = np.log(np.maximum(predictions.probabilities.astype(float), np.finfo(np.float32).tiny))
        return -log_softmax(logits / temperature, axis=1)[np.arange(len(predictions)), predictions.labels].mean()

    others = np.geomspace(temperature_scaling.COOLEST, temperature_scaling.HOTTEST, 200)
    assert loss(found) <= min(map(loss, others)) + 1e-9


def test_scaling_changes_no_answer_and_lowers_error_and_loss_of_a_model_that_is_too_sure():
    predictions = drawn(800, 4, seed=1, sharpened=3.0)
    scaled = at_temperature(predictions, fit_temperature(drawn(800, 4, seed=2, sharpened=3.0)))
    np.testing.assert_array_equal(scaled.predicted, predictions.predicted)
    np.testing.assert_allclose(scaled.probabilities.sum(axis=1), 1, rtol=1e-6)
    table = temperature_scaling.compare_temperatures(predictions, scaled)
    assert table.loc["error", "before"] == pytest.approx(error_by_guos_loop(predictions))
    assert table.loc["error", "after"] == pytest.approx(error_by_guos_loop(scaled))
    for name, predicted in (("before", predictions), ("after", scaled)):
        probabilities = predicted.probabilities / predicted.probabilities.sum(axis=1, keepdims=True, dtype=float)
        expected = log_loss(predicted.labels, probabilities, labels=range(4))
        assert table.loc["loss", name] == pytest.approx(expected, rel=1e-5)
    assert (table["change"] == table["after"] - table["before"]).all()
    assert (table["change_high"] < 0).all()  # so many examples leave no doubt


def test_intervals_are_those_of_the_same_samples_done_one_by_one():
    predictions, scaled = drawn(60, 3, sharpened=3.0), at_temperature(drawn(60, 3, sharpened=3.0), 2.5)
    table = temperature_scaling.compare_temperatures(predictions, scaled)
    draws = [np.repeat(np.arange(60), counts.astype(int)) for counts in np.concatenate(list(resample(60)))]

    def rows(predicted, chosen):
        return made(predicted.labels[chosen], predicted.probabilities[chosen])

    loss = [rows(scaled, chosen).losses.mean() - rows(predictions, chosen).losses.mean() for chosen in draws]
    low, high = table.loc["loss", ["change_low", "change_high"]]
    assert (low, high) == pytest.approx(tuple(np.percentile(loss, [2.5, 97.5])), abs=1e-6)
    error = [error_by_guos_loop(rows(predictions, chosen)) for chosen in draws]
    mirrored = 2 * error_by_guos_loop(predictions) - np.percentile(error, [97.5, 2.5])
    low, high = table.loc["error", ["before_low", "before_high"]]
    assert (low, high) == pytest.approx(tuple(np.maximum(0, mirrored)), abs=1e-6)


def test_a_perfectly_calibrated_models_error_is_rarely_above_what_chance_allows():
    errors = [drawn(100, 3, seed) for seed in range(200)]
    above = np.mean(
        [
            calibration_error(predictions) > temperature_scaling.error_by_chance(predictions, seed)
            for seed, predictions in enumerate(errors)
        ]
    )
    assert 0.01 <= above <= 0.1


def test_chance_allows_less_where_examples_are_many():
    few, many = (temperature_scaling.error_by_chance(drawn(n, 3)) for n in (50, 5000))
    assert many < few / 4


def test_where_every_answer_is_right_the_temperature_is_the_coolest_and_where_none_is_the_hottest():
    probabilities = np.array([[0.7, 0.2, 0.1]] * 6)
    assert fit_temperature(made([0] * 6, probabilities)) == temperature_scaling.COOLEST
    assert fit_temperature(made([2] * 6, probabilities)) == temperature_scaling.HOTTEST


def test_a_probability_of_zero_is_scaled_too():
    predictions = made([0, 1, 1, 0], [[1, 0], [0, 1], [1, 0], [0.5, 0.5]])
    scaled = at_temperature(predictions, fit_temperature(predictions))
    assert np.isfinite(scaled.probabilities).all() and np.isfinite(scaled.losses).all()


def test_no_examples_and_equal_probabilities_get_a_word():
    with pytest.raises(UserError, match="No temperature can be fitted") as none:
        fit_temperature(made([0], [[0.5, 0.5]]).only("val"))
    assert "no val examples" in none.value.detail
    with pytest.raises(UserError) as equal:
        fit_temperature(made([0, 1, 2], np.full((3, 3), 1 / 3)))
    assert "same probability" in equal.value.detail
