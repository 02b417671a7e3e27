"""Principal components of many vectors, in a memory that does not grow with them."""

from collections.abc import Iterator

import numpy as np

from tlcore.base.progress import Progress
from tlcore.features.blocks import read_blocks

_SMALL = 512  # columns of a matrix that is solved whole
_MORE = 10  # directions that are followed beside those that are wanted
_ROUNDS = 100


def principal_components(
    vectors: np.ndarray, components: int, seed: int = 0, progress: Progress | None = None
) -> np.ndarray:
    """Vectors in the coordinates of their directions of greatest variance.

    One pass over the vectors for their covariance, its leading eigenvectors, and a second pass to project; of fewer
    rows than columns, the rows' products with each other say the same. A large matrix is not solved whole: its leading
    subspace is found by iteration from a random one (N. Halko, P. Martinsson and J. Tropp, SIAM Review 53, 2011), until
    the variances stand still to a millionth.

    Args:
        vectors: (n, d) finite, n at least 1, or what gives such rows when indexed; it is read in blocks.
        components: how many; with fewer rows or columns, fewer come back.
        seed: what chance depends on.
        progress: hears steps in rows.

    Returns:
        float32 (n, min(components, n, d)), the greatest variance first. Of each direction's two senses it is the one
        in which the largest loading is positive.
    """
    progress = progress or Progress()
    n, d = vectors.shape
    components = min(components, n, d)

    def blocks(work: int):
        for start, block in read_blocks(vectors):
            progress.step(work * n + start, 2 * n, "rows", "principal components")
            yield start, block

    directions, centre = (_of_few if n <= d else _of_many)((block for _, block in blocks(0)), d, components, seed)
    largest = np.abs(directions).argmax(axis=0)
    directions *= np.where(directions[largest, np.arange(components)] < 0, -1, 1).astype(np.float32)
    placed = np.empty((n, components), np.float32)
    for start, block in blocks(1):
        placed[start : start + len(block)] = (block - centre) @ directions
    progress.step(2 * n, 2 * n, "rows", "principal components")
    return placed


def _of_few(blocks: Iterator[np.ndarray], d: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Directions (d, k) and centre (d,), float32, of rows that are no more than their columns."""
    rows = np.concatenate(list(blocks))
    centre = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    rows -= centre
    return np.linalg.qr(rows.T @ _leading(rows @ rows.T, k, seed).astype(np.float32))[0], centre


def _of_many(blocks: Iterator[np.ndarray], d: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of any number of rows, none of which stays in memory."""
    sums, products, n = np.zeros(d), np.zeros((d, d)), 0
    near = None  # the mean, about: from it the products lose no digits
    for block in blocks:
        near = block.mean(axis=0) if near is None else near
        moved = block - near
        sums += moved.sum(axis=0, dtype=np.float64)
        products += moved.T @ moved
        n += len(block)
    directions = _leading(products - np.outer(sums, sums / n), k, seed)
    return directions.astype(np.float32), (near + sums / n).astype(np.float32)


def _leading(matrix: np.ndarray, k: int, seed: int) -> np.ndarray:
    """(d, k): the eigenvectors of a symmetric (d, d) matrix with the greatest eigenvalues, these first."""
    if len(matrix) <= _SMALL or k + _MORE > len(matrix) // 4:
        return np.linalg.eigh(matrix)[1][:, ::-1][:, :k]
    matrix = matrix.astype(np.float32)
    basis = np.random.default_rng(seed).standard_normal((len(matrix), k + _MORE)).astype(np.float32)
    before = np.zeros(k)
    for _ in range(_ROUNDS):
        for _ in range(3):
            basis = np.linalg.qr(matrix @ basis)[0]
        values, vectors = np.linalg.eigh(basis.T @ (matrix @ basis))
        now = values[::-1][:k]
        if np.allclose(now, before, rtol=1e-6, atol=1e-6 * max(now[0], 0)):
            break
        before = now
    return basis @ vectors[:, ::-1][:, :k]
