"""Tests and intervals of two shares agree with scipy and with formulas written anew."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tlcore.evaluation.metrics.proportions import difference_interval, fisher_exact, holm


@st.composite
def tables(draw, most=400):
    n, n_rest = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n)), n, draw(st.integers(0, n_rest)), n_rest


@settings(max_examples=60, deadline=None)
@given(tables())
def test_fishers_test_is_scipys(table):
    right, n, right_rest, n_rest = table
    expected = stats.fisher_exact([[right, n - right], [right_rest, n_rest - right_rest]]).pvalue
    assert fisher_exact(*table) == pytest.approx(expected, rel=1e-6)


def test_fishers_test_stands_large_numbers():
    expected = stats.fisher_exact([[9000, 1000], [45500, 4500]]).pvalue
    assert fisher_exact(9000, 10000, 45500, 50000) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(tables(5000))
def test_the_interval_is_newcombes(table):
    right, n, right_rest, n_rest = table
    low, high = difference_interval(*table)
    one, two = (stats.binomtest(*each).proportion_ci(0.95, method="wilson") for each in (table[:2], table[2:]))
    p, q = right / n, right_rest / n_rest
    assert low == pytest.approx(p - q - sqrt((p - one.low) ** 2 + (two.high - q) ** 2), abs=1e-9)
    assert high == pytest.approx(p - q + sqrt((one.high - p) ** 2 + (q - two.low) ** 2), abs=1e-9)
    assert -1 - 1e-12 <= low <= p - q <= high <= 1 + 1e-12


def test_the_interval_is_that_of_newcombes_own_example():
    low, high = difference_interval(56, 70, 48, 80)  # his table II, (a), method 10
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def plainly_corrected(p: list[float]) -> list[float]:
    """Holm, step by step: a test is rejected at a level while it and all smaller ones are."""

    def is_rejected(place: int, level: float) -> bool:
        order = sorted(range(len(p)), key=lambda each: p[each])
        for step, each in enumerate(order):
            if p[each] > level / (len(p) - step):
                return False
            if each == place:
                return True
        raise AssertionError

    levels = sorted({min(1.0, value * factor) for value in p for factor in range(1, len(p) + 1)} | {1.0})
    return [
        next((level for level in levels if is_rejected(place, level * (1 + 1e-12))), 1.0) for place in range(len(p))
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.001, 0.004, 0.01, 0.03, 0.05, 0.2, 0.7, 1.0]), max_size=9))
def test_a_corrected_p_is_the_lowest_level_at_which_holm_rejects(p):
    np.testing.assert_allclose(holm(p), plainly_corrected(p))
