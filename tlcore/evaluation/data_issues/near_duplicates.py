"""Near duplicates: examples that two measures, which know nothing of each other, say are the same."""

from collections.abc import Callable

import numpy as np

_BITS = 10  # of 64 in which the keys of one item, saved anew, may differ
_CLOSE = 0.13  # of the median distance to the nearest other


def near_duplicates(
    indices: np.ndarray,
    distances: np.ndarray,
    wanted: Callable[[np.ndarray, np.ndarray], np.ndarray],
    hashes: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of examples that show the same: almost equal feature vectors, or near ones and almost equal keys.

    Only an example's nearest others are looked at, so the work does not grow with the square of the examples. A pair is
    close by features where its distance is below 0.13 of the median distance to the nearest other, the rule of
    cleanlab's Datalab; and where it is no more than that median, their modality's key (`Modality.duplicate_keys`)
    says it too, by differing in at most 10 of 64 bits.

    Args:
        indices: (n, k) int, each example's nearest others.
        distances: (n, k), how far they are.
        wanted: says of row numbers (m,) and (m,) which pairs matter, (m,) bool.
        hashes: gives these keys of row numbers, uint64; asked only for pairs that need them.

    Returns:
        Row numbers (m, 2) int, the first below the second, each pair once; and their distances (m,), nearest first.
    """
    if not indices.size:
        return np.empty((0, 2), int), np.empty(0, np.float32)
    usual = np.median(distances[:, 0])
    rows, places = np.nonzero(distances <= usual)
    pairs = np.sort(np.stack([rows, indices[rows, places]], axis=1), axis=1)
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    far = distances[rows, places][first]
    keep = wanted(pairs[:, 0], pairs[:, 1])
    pairs, far = pairs[keep], far[keep]
    same = far <= _CLOSE * usual
    doubtful, place = np.unique(pairs[~same], return_inverse=True)
    of = hashes(doubtful)[place.reshape(-1, 2)]
    same[~same] = differing_bits(of[:, 0], of[:, 1]) <= _BITS
    order = np.argsort(far[same], kind="stable")
    return pairs[same][order], far[same][order]


def differing_bits(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n,) int: in how many of their 64 bits keys differ."""
    return np.bitwise_count(first ^ second).astype(int)
