"""Prediction sets by the paper's quantile, and what is promised of them, seen on many draws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.made import any_predictions, drawn, made
from tlcore.base.errors import UserError
from tlcore.evaluation.calibration import conformal

COVERAGES = st.sampled_from([0.5, 0.8, 0.9, 0.95])


@settings(max_examples=60, deadline=None)
@given(any_predictions(most=60), COVERAGES)
def test_sets_are_those_of_the_papers_quantile(predictions, coverage):
    scores = np.sort(
        [1 - float(row[label]) for row, label in zip(predictions.probabilities, predictions.labels, strict=True)]
    )
    rank = math.ceil(round((len(predictions) + 1) * coverage, 9))
    limit = scores[rank - 1] if rank <= len(predictions) else 1.0
    rule = conformal.fit_sets(predictions, coverage)
    expected = 1 - predictions.probabilities.astype(float) <= limit
    np.testing.assert_array_equal(rule.sets(predictions), expected)
    found = conformal.measure(rule, predictions)
    held = expected[np.arange(len(predictions)), predictions.labels]
    assert found["coverage"] == held.mean() and found["size"] == expected.sum(axis=1).mean()
    assert found["coverage"] >= coverage - 1e-9  # on the examples that it was fitted on
    assert [(expected.sum(axis=1) == size).sum() for size in range(len(found["sizes"]))] == found["sizes"].tolist()
    table = conformal.measure_classes(rule, predictions)
    for label in range(len(predictions.class_names)):
        rows = predictions.labels == label
        np.testing.assert_allclose(table["coverage"][label], held[rows].mean() if rows.any() else np.nan)
        np.testing.assert_allclose(table["size"][label], expected[rows].sum(axis=1).mean() if rows.any() else np.nan)


@pytest.mark.parametrize("sharpened", [0.3, 1.0, 5.0])
def test_coverage_of_new_examples_is_what_was_stated_however_wrong_the_probabilities(sharpened):
    found = []
    for seed in range(60):
        predictions = drawn(180, 4, seed, sharpened=sharpened)
        val, test = (
            made(predictions.labels[rows], predictions.probabilities[rows]) for rows in (slice(80), slice(80, None))
        )
        found.append(conformal.measure(conformal.fit_sets(val, 0.9), test)["coverage"])
    assert 0.88 < np.mean(found) < 0.9 + 1 / 81 + 0.02


def test_the_spread_is_what_many_draws_show():
    predictions = [drawn(540, 3, seed) for seed in range(150)]
    rules = [conformal.fit_sets(made(each.labels[:40], each.probabilities[:40]), 0.8) for each in predictions]
    low, high = rules[0].spread
    new = drawn(20_000, 3, 999)
    inside = [
        low <= conformal.measure_classes(rule, new)["coverage"] @ np.bincount(new.labels) / 20_000 <= high
        for rule in rules
    ]
    assert 0.88 <= np.mean(inside) <= 1 and 0.6 < low < 0.8 < high < 0.95


def test_too_few_examples_leave_every_class_in_every_set():
    assert [conformal.least_examples(coverage) for coverage in (0.8, 0.9, 0.95, 0.99)] == [4, 9, 19, 99]
    for n, whole in ((18, True), (19, False)):
        predictions = drawn(n, 3)
        rule = conformal.fit_sets(predictions, 0.95)
        assert (rule.least == 0) == whole and rule.sets(predictions).all() == whole
    assert conformal.fit_sets(drawn(18, 3), 0.95).spread == (1.0, 1.0)


def test_equal_probabilities_put_every_class_in_every_set():
    predictions = made([0, 1, 2] * 10, np.full((30, 3), 1 / 3))
    found = conformal.measure(conformal.fit_sets(predictions, 0.9), predictions)
    assert found["coverage"] == 1 and found["size"] == 3 and found["size_interval"] == (3.0, 3.0)


def test_no_examples_get_a_word():
    with pytest.raises(UserError, match="No prediction sets can be made"):
        conformal.fit_sets(drawn(5, 3).only("val"), 0.9)
