"""Pairs that show the same are found, each once, by features alone or by features and hashes together."""

import numpy as np
import pytest

from tlcore.evaluation.data_issues.near_duplicates import near_duplicates
from tlcore.evaluation.maps.neighbours import nearest_others

ALL = np.uint64(2**64 - 1)


def everything(first, second):
    return np.ones(len(first), bool)


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(60, 16)).astype(np.float32)


def test_almost_equal_vectors_need_no_hash(vectors):
    vectors[9] = vectors[4] + 0.001
    pairs, distances = near_duplicates(*nearest_others(vectors, 5), everything, lambda rows: rows.astype(np.uint64) * 0)
    assert pairs[0].tolist() == [4, 9] and distances[0] < 1e-3
    pairs, _ = near_duplicates(
        *nearest_others(vectors, 5), everything, lambda rows: ALL // (rows + 1).astype(np.uint64)
    )
    assert [4, 9] in pairs.tolist()


def test_near_vectors_need_equal_hashes(vectors):
    vectors[9] = vectors[4] + 0.5 * vectors[30]
    indices, distances = nearest_others(vectors, 5)
    hashes = np.random.default_rng(1).integers(0, 2**63, 60).astype(np.uint64)
    pairs, _ = near_duplicates(indices, distances, everything, lambda rows: hashes[rows])
    assert [4, 9] not in pairs.tolist()
    hashes[9] = hashes[4] ^ np.uint64(0b1011)
    pairs, _ = near_duplicates(indices, distances, everything, lambda rows: hashes[rows])
    assert pairs.tolist() == [[4, 9]]


def test_hashes_are_asked_of_pairs_that_matter_alone(vectors):
    vectors[[9, 19]] = vectors[[4, 14]] + 0.5 * vectors[30]
    asked = []

    def hashes(rows):
        asked.extend(rows.tolist())
        return np.zeros(len(rows), np.uint64)

    pairs, _ = near_duplicates(*nearest_others(vectors, 5), lambda first, second: (first == 4) | (second == 4), hashes)
    assert [4, 9] in pairs.tolist() and [14, 19] not in pairs.tolist()
    assert all(4 in pair for pair in pairs.tolist()) and not {14, 19} & {*asked}


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_few_or_equal_examples_are_no_trouble(n):
    pairs, distances = near_duplicates(
        *nearest_others(np.ones((n, 3), np.float32), 4), everything, lambda rows: np.zeros(len(rows), np.uint64)
    )
    assert len(pairs) == len(distances) == n * (n - 1) // 2
    assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs)
