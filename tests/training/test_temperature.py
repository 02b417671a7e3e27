"""One temperature for all answers, and a loss that does not mind how sure a model is."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from tlcore.training.temperature import at_temperature, caution, fit_temperature, scaled_loss


def _answers(n=200, classes=4, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    logits = random.normal(0, 1, (n, classes)) + 1.5 * np.eye(classes)[labels]
    return logits, labels


def _loss(logits, labels, temperature, smoothing):
    log_probabilities = scipy.special.log_softmax(logits / temperature, axis=1)
    wanted = (1 - smoothing) * np.eye(logits.shape[1])[labels] + smoothing / logits.shape[1]
    return -(wanted * log_probabilities).sum(axis=1).mean()


@pytest.mark.parametrize("smoothing", [0.0, 0.05])
@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_it_is_where_a_search_finds_the_lowest_loss(smoothing, factor):
    logits, labels = _answers()
    found = fit_temperature(factor * logits, labels, smoothing=smoothing)
    best = scipy.optimize.minimize_scalar(
        lambda log: _loss(factor * logits, labels, np.exp(log), smoothing), bounds=(-3, 3), method="bounded"
    )
    assert found == pytest.approx(np.exp(best.x), rel=1e-3)


@given(st.floats(0.2, 5))
def test_the_scaled_loss_is_the_same_however_sure_the_model_is(factor):
    logits, labels = _answers(60)
    losses = [scaled_loss(scipy.special.softmax(each, axis=1), labels) for each in (logits, factor * logits)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_a_model_that_tells_classes_better_apart_has_a_lower_scaled_loss_though_its_raw_one_is_higher():
    logits, labels = _answers()
    modest, better = logits, 12 * (logits + 0.5 * np.eye(4)[labels])
    raw = [_loss(each, labels, 1, 0) for each in (modest, better)]
    scaled = [scaled_loss(scipy.special.softmax(each, axis=1), labels) for each in (modest, better)]
    assert raw[0] < raw[1] and scaled[0] > scaled[1]


def test_with_caution_answers_that_are_all_right_are_not_taken_for_certain():
    labels = np.arange(50) % 2
    logits = 6.0 * np.eye(2)[labels]
    assert fit_temperature(logits, labels) == 0.05
    temperature = fit_temperature(logits, labels, smoothing=caution(50))
    sure = at_temperature(scipy.special.softmax(logits, axis=1), temperature).max(axis=1)
    assert sure == pytest.approx(1 - caution(50) / 2, rel=1e-3)
