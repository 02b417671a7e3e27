"""Slices are counted under any weights, held against slices by chance, and what chance explains is told by its p."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact, gamma, norm

from tests.evaluation.written import answers
from tlcore.evaluation.metrics.measures import MEASURES, counts_of
from tlcore.evaluation.slices.draws import (
    SlicedCounts,
    by_chance,
    draws_for,
    measured,
    percentiles,
    random_slices,
    swapped_runs,
)

ACCURACY = list(MEASURES).index("accuracy")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.integers(0, 3)), min_size=1))
def test_weighted_counts_are_those_of_the_examples_that_the_weights_repeat(rows):
    labels, predicted, inside, weights = map(np.array, zip(*rows, strict=True))
    whole = answers(labels, predicted, 5)
    slices = [inside, ~inside, np.ones(len(rows), bool)]
    counts = SlicedCounts(whole, slices).of(np.stack([weights, np.ones_like(weights)]).astype(float))
    repeated = np.repeat(np.arange(len(rows)), weights)
    for place, of in enumerate(slices):
        for draw, chosen in enumerate((repeated[of[repeated]], np.flatnonzero(of))):
            expected = counts_of(whole.take(chosen))
            for ours, theirs in zip(counts, expected, strict=True):
                np.testing.assert_allclose(ours[place, draw], theirs, rtol=1e-5)


def some(n: int, share: float, seed: int = 0, k: int = 3):
    random = np.random.default_rng(seed)
    labels = np.random.default_rng(7).integers(0, k, n)
    return answers(labels, np.where(random.random(n) < share, labels, (labels + 1) % k), k)


@pytest.mark.parametrize(("size", "right"), [(40, 30), (40, 36), (7, 4), (1, 0), (150, 120)])
def test_the_test_against_random_slices_agrees_with_fishers_on_accuracy(size, right):
    whole = some(300, 0.85)
    total = int((whole.labels == whole.predicted).sum())
    found = np.full((1, len(MEASURES)), right / size - (total - right) / (300 - size))
    p = by_chance(found, random_slices(whole, [size], draws=4000))[0, ACCURACY]
    table = [[right, size - right], [total - right, 300 - size - total + right]]
    expected = fisher_exact(table).pvalue
    assert expected / 2 < p < 2.2 * expected


@pytest.mark.parametrize(("gained", "lost"), [(30, 10), (10, 1), (1, 0), (15, 15), (60, 10)])
def test_the_test_by_swapping_answers_agrees_with_mcnemars_on_accuracy(gained, lost):
    labels = np.zeros(200, int)
    before, after = np.zeros(200, int), np.zeros(200, int)
    before[:gained], after[gained : gained + lost] = 1, 1
    baseline, other = answers(labels, before, 2), answers(labels, after, 2)
    found = np.full((1, len(MEASURES)), (gained - lost) / 200)
    p = by_chance(found, swapped_runs(baseline, other, [np.ones(200, bool)], draws=4000))[0, ACCURACY]
    expected = binomtest(gained, gained + lost).pvalue
    assert max(expected / 2, 1e-7) < p < min(1.0, 2.2 * max(expected, 1e-7)) + 1e-6


def test_chance_alone_is_seldom_called_more_than_chance():
    whole = some(400, 0.8)
    sizes = np.full(200, 60)
    drawn = random_slices(whole, sizes, draws=1000)
    found = random_slices(whole, [60], draws=200, seed=5)[0]
    p = by_chance(found, drawn)
    assert (p < 0.05).mean(axis=0).max() < 0.1 and (p < 0.5).mean(axis=0).min() > 0.3


@pytest.mark.parametrize("far", [3.5, 4.5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_beyond_what_draws_can_count_the_tail_of_a_skewed_distribution_stands_in(far, mirrored):
    random, sign = np.random.default_rng(0), -1 if mirrored else 1
    draws = np.stack([random.normal(size=1000), random.gamma(4, size=1000) * sign], axis=-1)[None]
    p = by_chance(np.array([[far, sign * (4 + 2 * far)]]), draws)[0]
    assert p[0] == pytest.approx(2 * norm.sf(far), rel=0.9)
    assert p[1] == pytest.approx(2 * gamma(4).sf(4 + 2 * far), rel=0.9)


def test_draws_that_say_nothing_are_left_out_and_where_none_does_nothing_is_said():
    values = np.array([[[1.0, np.nan]], [[np.nan, np.nan]], [[3.0, np.nan]], [[2.0, np.nan]]]).transpose(1, 0, 2)
    low, high = percentiles(values, (0.0, 1.0))
    assert (low[0, 0], high[0, 0]) == (1.0, 3.0) and np.isnan([low[0, 1], high[0, 1]]).all()
    p = by_chance(np.array([[2.0, 2.0]]), values)
    assert p[0, 0] <= 1 and np.isnan(p[0, 1])


@pytest.mark.parametrize(("n", "k", "slices"), [(300, 3, 8), (10_000, 10, 40), (100_000, 1000, 100)])
def test_fewer_draws_are_made_of_more_examples(n, k, slices):
    rows = [np.ones(n, bool)] * slices
    assert 200 <= draws_for(answers(np.zeros(n, int), np.zeros(n, int), k), rows) <= 1000


def test_a_measure_of_nothing_is_undefined():
    assert np.isnan(measured(counts_of(some(4, 0.5), np.zeros(4, bool)))).all()
