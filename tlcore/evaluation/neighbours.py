"""The nearest examples to feature vectors, exactly, in the full space."""

import numpy as np

_BLOCK = 4096


def nearest(
    vectors: np.ndarray, query: np.ndarray, k: int, among: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows that point most nearly where the query does.

    Args:
        vectors: (n, d); may be memory-mapped, for it is read in blocks.
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
    for start in range(0, len(vectors), _BLOCK):
        block = _unit(np.asarray(vectors[start : start + _BLOCK], np.float32))
        numbers = np.broadcast_to(np.arange(start, start + len(block)), (len(directions), len(block)))
        indices = np.concatenate([indices, numbers], axis=1)
        here = (1 - directions @ block.T).clip(0, 2)
        if among is not None:
            here[:, ~among[start : start + len(block)]] = np.inf
        distances = np.concatenate([distances, here], axis=1)
        best = np.argsort(distances, axis=1, kind="stable")[:, :k]
        indices = np.take_along_axis(indices, best, axis=1)
        distances = np.take_along_axis(distances, best, axis=1)
    return (indices[0], distances[0]) if query.ndim == 1 else (indices, distances)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
