"""Paired tests and intervals agree with scipy and scikit-learn, draw for draw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap
from sklearn import metrics as reference

from tests.evaluation.written import answers
from tlcore.evaluation.comparison import significance
from tlcore.evaluation.metrics.measures import MEASURES


@st.composite
def pairs(draw, least=1):
    """Two or three sets of answers of the same examples."""
    k, n = draw(st.integers(2, 5)), draw(st.integers(least, 25))
    classes = st.lists(st.integers(0, k - 1), min_size=n, max_size=n)
    labels = draw(classes)
    return [answers(labels, draw(classes), k, seed) for seed in range(draw(st.integers(2, 3)))]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5))
def test_mcnemar_is_the_exact_binomial_test_of_gained_and_lost(gained, lost, both):
    before = [1] * gained + [0] * lost + [0] * both
    after = [0] * gained + [1] * lost + [0] * both
    if not before:
        return
    found = significance.mcnemar(answers([0] * len(before), before), answers([0] * len(before), after))
    assert (found.gained, found.lost) == (gained, lost)
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert found.p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("gained", "lost", "outcome"),
    [(23, 9, "better"), (9, 23, "worse"), (5, 4, "open"), (0, 0, "same"), (5, 0, "open"), (6, 0, "better")],
)
def test_the_outcome_is_told_only_where_chance_does_not_explain_it(gained, lost, outcome):
    assert significance.McNemar(
        gained, lost, binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    ).outcome == (outcome)


@settings(max_examples=60, deadline=None)
@given(pairs())
def test_gained_and_lost_are_the_examples_that_only_one_has_right(predictions):
    baseline, other = predictions[:2]
    gained, lost = significance.gained_and_lost(baseline, other)
    right = [set(each.ids[each.predicted == each.labels]) for each in (baseline, other)]
    assert set(other.ids[gained]) == right[1] - right[0] and set(other.ids[lost]) == right[0] - right[1]
    for rows in (gained, lost):
        assert (np.diff(other.confidence[rows]) <= 0).all(), "surest first"


def by_scikit_learn(predictions, rows) -> dict[str, float]:
    labels, predicted = predictions.labels[rows], predictions.predicted[rows]
    macro = {"labels": np.unique(labels), "average": "macro", "zero_division": 0}
    return {
        "accuracy": reference.accuracy_score(labels, predicted),
        "macro_precision": reference.precision_score(labels, predicted, **macro),
        "macro_recall": reference.recall_score(labels, predicted, **macro),
        "macro_f1": reference.f1_score(labels, predicted, **macro),
        "loss": predictions.losses[rows].mean(),
    }


@settings(max_examples=15, deadline=None)
@given(pairs(), st.integers(0, 99))
def test_differences_and_intervals_are_those_of_scikit_learns_measures_in_each_draw(predictions, seed):
    n, draws = len(predictions[0]), 30
    found = significance.differences(predictions, draws=draws, seed=seed)
    assert len(found) == len(predictions) - 1
    drawn = np.random.default_rng(seed).integers(n, size=(draws, n))
    measured = [[by_scikit_learn(each, rows) for rows in (np.arange(n), *drawn)] for each in predictions]
    for place, entry in enumerate(found, start=1):
        assert set(entry) == set(MEASURES)
        for measure, difference in entry.items():
            values = [b[measure] - a[measure] for a, b in zip(measured[0], measured[place], strict=True)]
            expected = (values[0], *np.quantile(values[1:], [0.025, 0.975]))
            assert difference == pytest.approx(expected, abs=1e-9), measure


def test_the_interval_of_accuracy_is_scipys_paired_bootstrap_but_for_chance():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 300)
    predictions = [
        answers(labels, np.where(random.random(300) < share, (labels + 1) % 3, labels)) for share in (0.3, 0.2)
    ]
    right = [(each.predicted == each.labels).astype(float) for each in predictions]
    expected = bootstrap(
        right, lambda a, b, axis: b.mean(axis) - a.mean(axis), paired=True, vectorized=True, method="percentile",
        n_resamples=5000, rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    found = significance.differences(predictions)[0]["accuracy"]
    assert found.value == pytest.approx(right[1].mean() - right[0].mean())
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.01)


def test_equal_answers_differ_in_nothing():
    same = answers([0, 1, 2, 2], [0, 1, 1, 2])
    assert set(significance.differences([same, same])[0].values()) == {significance.Difference(0.0, 0.0, 0.0)}
