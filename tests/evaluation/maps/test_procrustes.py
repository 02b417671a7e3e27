"""A map is laid over another as scipy lays it, and what both show alike costs nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from tlcore.evaluation.maps.procrustes import align

CASES = {"n": st.integers(4, 40), "k": st.sampled_from([2, 3]), "seed": st.integers(0, 2**16)}


def maps(n, k, seed):
    random = np.random.default_rng(seed)
    return random.normal(3, 2, (n, k)), random.normal(-5, 9, (n, k))


@settings(max_examples=40, deadline=None)
@given(**CASES)
def test_places_and_what_is_left_are_those_of_scipy(n, k, seed):
    places, target = maps(n, k, seed)
    centre = target.mean(axis=0)
    _, expected, left = procrustes(target, places)
    found = align(places, target)
    np.testing.assert_allclose(found.places, expected * np.linalg.norm(target - centre) + centre, atol=1e-8)
    assert found.left == pytest.approx(left, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(**CASES)
def test_a_map_that_was_shifted_turned_mirrored_and_scaled_is_laid_exactly_over(n, k, seed):
    target, _ = maps(n, k, seed)
    turn = ortho_group.rvs(k, random_state=seed)  # half of these mirror
    found = align((target @ turn) * 0.01 + 7, target)
    np.testing.assert_allclose(found.places, target, atol=1e-8)
    assert found.left == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("n", [1, 5])
def test_maps_whose_points_are_all_one_are_laid_over_each_other(n):
    one, other = np.full((n, 2), 3.0), np.full((n, 2), -1.0)
    np.testing.assert_array_equal(align(one, other).places, other)
    assert align(one, other).left == 0


def test_a_point_that_says_nothing_of_a_spread_map_leaves_all_of_it():
    target, _ = maps(6, 2, 0)
    found = align(np.ones((6, 2)), target)
    np.testing.assert_allclose(found.places, np.tile(target.mean(axis=0), (6, 1)))
    assert found.left == 1
