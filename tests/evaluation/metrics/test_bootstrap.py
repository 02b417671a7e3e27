"""Intervals are those of the same samples done one by one, and of scipy's bootstrap."""

import numpy as np
import pytest
from scipy import stats

from tlcore.evaluation.metrics.bootstrap import interval, mean_of, resample

VALUES = np.random.default_rng(5).gamma(2.0, size=80)


def test_samples_are_of_the_size_of_what_they_are_drawn_from_and_the_same_for_a_seed():
    first, again, other = (np.concatenate(list(resample(7, 50, seed))) for seed in (1, 1, 2))
    assert first.shape == (50, 7) and (first.sum(axis=1) == 7).all() and (first >= 0).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_samples_do_not_depend_on_how_many_are_in_memory_at_once(monkeypatch):
    together = np.concatenate(list(resample(7, 50)))
    monkeypatch.setattr("tlcore.evaluation.metrics.bootstrap._AT_ONCE", 20)
    parts = list(resample(7, 50))
    assert len(parts) > 1
    np.testing.assert_array_equal(np.concatenate(parts), together)


def test_interval_is_the_percentiles_of_each_sample_on_its_own():
    means = [np.repeat(VALUES, counts.astype(int)).mean() for counts in np.concatenate(list(resample(80, 300)))]
    expected = np.percentile(means, [2.5, 97.5])
    np.testing.assert_allclose(interval(mean_of(VALUES), 80, resamples=300), expected)


@pytest.mark.parametrize(("estimate", "method"), [(None, "percentile"), (VALUES.mean(), "basic")])
def test_interval_is_scipys(estimate, method):
    theirs = stats.bootstrap((VALUES,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(1))
    ours = interval(mean_of(VALUES), 80, estimate=estimate, resamples=20_000)
    assert ours == pytest.approx([*theirs.confidence_interval], abs=0.01)


def test_a_paired_difference_is_known_better_than_its_parts():
    better = VALUES + 0.1 + np.random.default_rng(0).normal(0, 0.01, 80)
    low, high = interval(lambda counts: mean_of(better)(counts) - mean_of(VALUES)(counts), 80)
    assert 0.09 < low < high < 0.11
    alone = interval(mean_of(better), 80)
    assert alone[1] - alone[0] > 10 * (high - low)


def test_samples_that_say_nothing_are_left_out():
    def of_first(counts):
        return np.stack([np.where(counts[:, 0] > 0, 3.0, np.nan), np.full(len(counts), np.nan)], axis=1)

    bounds = interval(of_first, 5)
    assert bounds[:, 0].tolist() == [3.0, 3.0] and np.isnan(bounds[:, 1]).all()


def test_one_example_has_an_interval_of_no_width():
    assert interval(mean_of(np.array([0.3])), 1).tolist() == [0.3, 0.3]
