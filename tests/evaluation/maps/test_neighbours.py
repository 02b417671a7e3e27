"""Neighbours are exactly scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from tlcore.evaluation.maps.neighbours import more_like, nearest, nearest_others


def test_neighbours_agree_with_scikit_learn_over_several_blocks():
    vectors = np.random.default_rng(0).normal(size=(9000, 12)).astype(np.float32)
    queries = vectors[[3, 8000]] + 0.1
    expected_distances, expected = NearestNeighbors(n_neighbors=7, metric="cosine").fit(vectors).kneighbors(queries)
    indices, distances = nearest(vectors, queries, 7)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, expected_distances, atol=1e-5)
    one, far = nearest(vectors, queries[1], 7)
    np.testing.assert_array_equal(one, indices[1])
    np.testing.assert_allclose(far, distances[1], atol=1e-6)


def test_the_example_itself_is_nearest():
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    indices, distances = nearest(vectors, vectors[17], 3)
    assert indices[0] == 17 and distances[0] < 1e-6


def test_fewer_rows_than_asked_for_and_zero_vectors():
    indices, distances = nearest(np.array([[0, 0], [1, 0]], np.float32), np.array([2, 0], np.float32), 5)
    assert indices.tolist() == [1, 0] and distances.tolist() == [0, 1]
    assert nearest(np.empty((0, 2), np.float32), np.ones(2), 3)[0].shape == (0,)


def test_only_rows_that_may_come_back_do():
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    among = np.arange(40) % 3 == 0
    indices, distances = nearest(vectors, vectors[1], 100, among)
    alone, same = nearest(vectors[among], vectors[1], 100)
    assert indices.tolist() == np.flatnonzero(among)[alone].tolist()
    np.testing.assert_allclose(distances, same, atol=1e-6)


@pytest.mark.parametrize("rows", [[5], [5, 700, 6500]])
def test_what_is_like_some_rows_is_nearest_to_the_mean_of_their_directions(rows):
    vectors = np.random.default_rng(0).normal(size=(7000, 8)).astype(np.float32)
    vectors[:, 0] += 1
    among = np.arange(len(vectors)) % 2 == 0
    numbers, distances = more_like(vectors, np.array(rows), 9, among)
    mean = normalize(vectors[rows]).mean(axis=0, keepdims=True)
    expected = cosine_distances(mean, vectors)[0]
    others = [number for number in np.argsort(expected) if among[number] and number not in rows][:9]
    assert numbers.tolist() == sorted([*rows, *others], key=expected.__getitem__)
    np.testing.assert_allclose(distances, expected[numbers], atol=1e-5)


def test_where_no_others_are_left_rows_are_like_themselves_alone():
    vectors = np.eye(3, dtype=np.float32)
    numbers, distances = more_like(vectors, np.array([0, 1, 2]), 5)
    assert numbers.tolist() == [0, 1, 2] and len(distances) == 3
    assert more_like(vectors, np.array([1]), 5, np.zeros(3, bool))[0].tolist() == [1]


def test_vectors_of_zeros_are_like_nothing():
    numbers, distances = more_like(np.zeros((4, 2), np.float32), np.array([3]), 2)
    assert numbers.tolist() == [3, 0, 1] and distances.tolist() == [1, 1, 1]


def test_nearest_others_agree_with_scikit_learn_and_leave_out_the_row_itself():
    vectors = np.random.default_rng(0).normal(size=(5000, 6)).astype(np.float32)
    vectors[17] = vectors[4321]
    expected, _ = NearestNeighbors(n_neighbors=4, metric="cosine").fit(vectors).kneighbors()
    indices, distances = nearest_others(vectors, 4)
    np.testing.assert_allclose(distances, expected, atol=1e-5)
    assert not (indices == np.arange(5000)[:, None]).any()
    assert (indices[17, 0], indices[4321, 0]) == (4321, 17) and distances[17, 0] < 1e-6


def test_equal_rows_are_each_others_nearest_and_few_have_fewer():
    indices, distances = nearest_others(np.zeros((3, 4), np.float32), 9)
    assert sorted(indices[0].tolist()) == [1, 2] and distances.shape == (3, 2) and not distances.any()
    assert nearest_others(np.ones((1, 4), np.float32), 3)[0].shape == (1, 0)
