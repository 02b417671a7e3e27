"""The nearest examples to feature vectors, exactly, in the full space."""

import numpy as np

from tlcore.base.progress import Progress
from tlcore.features.blocks import read_blocks

_ROWS = 4096  # that a mean is taken of at once
_QUERIES = 4096  # rows between two steps of progress
_ROUNDING = 1e-6  # of a cosine of float32


def nearest(
    vectors: np.ndarray, query: np.ndarray, k: int, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows that point most nearly where the query does.

    Args:
        vectors: (n, d), or what gives such rows when indexed; it is read in blocks, and none stays in memory.
        query: (d,), or (m, d) for several at once.
        k: how many; fewer come back where there are fewer rows.
        among: (n,) bool, the rows that may come back; None: all.

    Returns:
        Row numbers (k,) or (m, k) int, and cosine distances of the same shape, float32 in 0…2, nearest first; of
        equals the first row comes first. A vector of zeros is at distance 1 from all.
    """
    query = np.asarray(query, np.float32)
    directions = _unit(np.atleast_2d(query))
    k = min(k, len(vectors) if among is None else np.count_nonzero(among))
    indices = np.empty((len(directions), 0), int)
    distances = np.empty((len(directions), 0), np.float32)
    for start, block in read_blocks(vectors):
        here = _distances(directions, block)
        if among is not None:
            here[:, ~among[start : start + len(block)]] = np.inf
        numbers = np.broadcast_to(np.arange(start, start + len(block)), here.shape)
        best = _smallest(here, k)
        indices = np.concatenate([indices, np.take_along_axis(numbers, best, axis=1)], axis=1)
        distances = np.concatenate([distances, np.take_along_axis(here, best, axis=1)], axis=1)
        best = np.argsort(distances, axis=1, kind="stable")[:, :k]
        indices = np.take_along_axis(indices, best, axis=1)
        distances = np.take_along_axis(distances, best, axis=1)
    return (indices[0], distances[0]) if query.ndim == 1 else (indices, distances)


def more_like(
    vectors: np.ndarray, numbers: np.ndarray, k: int, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Some rows, and those that are most like them: nearest to the mean of their directions.

    Each of the rows counts the same in the mean, however long it is.

    Args:
        vectors: (n, d), or what gives such rows when indexed; it is read in blocks, and none stays in memory.
        numbers: (m,) int, some rows, at least one.
        k: how many others; fewer come back where there are fewer.
        among: (n,) bool, the rows that the others may be of; None: all.

    Returns:
        Row numbers (m + k,) int, and their cosine distances from the mean, float32 in 0…2, nearest first.
    """
    parts = np.array_split(numbers, -(-len(numbers) // _ROWS))
    mean = sum(_unit(np.asarray(vectors[part], np.float32)).sum(axis=0) for part in parts)
    own = [_distances(_unit(mean[None]), np.asarray(vectors[part], np.float32))[0] for part in parts]
    others = np.ones(len(vectors), bool) if among is None else among.copy()
    others[numbers] = False
    near, distances = nearest(vectors, mean, k, others)
    found, all_distances = np.concatenate([numbers, near]), np.concatenate([*own, distances])
    order = np.argsort(all_distances, kind="stable")
    return found[order], all_distances[order]


def _distances(directions: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(m, n): cosine distances of directions (m, d), one long each, from rows (n, d)."""
    lengths = np.sqrt(np.einsum("nd,nd->n", block, block))
    return (1 - directions @ block.T / np.where(lengths > 0, lengths, 1)).clip(0, 2)


def nearest_others(vectors: np.ndarray, k: int, progress: Progress | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The rows that point most nearly where each row does, itself left out.

    Args:
        vectors: (n, d) float32, in memory: few columns for many rows, such as principal components.
        k: how many; fewer come back where there are fewer others.
        progress: hears steps in rows.

    Returns:
        Row numbers (n, k) int, and cosine distances (n, k) float32 in 0…2, nearest first. Equal rows, zeros too, are
        at distance 0.
    """
    from sklearn.neighbors import NearestNeighbors

    progress = progress or Progress()
    n, k = len(vectors), max(0, min(k, len(vectors) - 1))
    indices, distances = np.empty((n, k), int), np.empty((n, k), np.float32)
    if not k:
        return indices, distances
    units = _unit(vectors)
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(units)
    for start in range(0, n, _QUERIES):
        progress.step(start, n, "rows", "nearest neighbours")
        part = slice(start, min(start + _QUERIES, n))
        far, found = search.kneighbors(units[part])
        own = found == np.arange(part.start, part.stop)[:, None]
        own[~own.any(axis=1), -1] = True  # of many equal rows it need not be among its own nearest
        indices[part] = found[~own].reshape(-1, k)
        distances[part] = (far[~own] ** 2 / 2).reshape(-1, k)  # of unit vectors
    distances[distances < _ROUNDING] = 0
    progress.step(n, n, "rows", "nearest neighbours")
    return indices, distances


def _smallest(values: np.ndarray, k: int) -> np.ndarray:
    """(m, at most k): the places of each row's smallest values, in no order but that of equals the first are taken."""
    if values.shape[1] <= k:
        return np.broadcast_to(np.arange(values.shape[1]), values.shape)
    limits = np.partition(values, k - 1, axis=1)[:, k - 1]
    return np.stack([_first_below(row, limit, k) for row, limit in zip(values, limits, strict=True)])


def _first_below(values: np.ndarray, limit: float, k: int) -> np.ndarray:
    below, at = np.flatnonzero(values < limit), np.flatnonzero(values == limit)
    return np.sort(np.concatenate([below, at[: k - len(below)]]))


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
