"""Many rows, a block after the other, none of which stays in memory."""

import contextlib
import mmap
from collections.abc import Iterator

import numpy as np

_BYTES = 16 * 2**20


def read_blocks(rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Reads rows in order, and lets go of each block's memory once the next is asked for.

    Args:
        rows: (n, d), in memory, memory-mapped, or kept ones (`features.store.feature_store.Rows`).

    Yields:
        The number of a block's first row, and float32 (some, d).
    """
    size = max(1, _BYTES // max(1, 4 * rows.shape[1]))
    for start in range(0, len(rows), size):
        yield start, np.asarray(rows[start : start + size], np.float32)
        release(rows)


def release(rows: np.ndarray) -> None:
    """Lets go of the memory of the mapped files that rows lie in; what is read again comes from the disk again."""
    for mapped in _mapped(rows):
        with contextlib.suppress(AttributeError, OSError):  # not every system can
            mapped.madvise(mmap.MADV_DONTNEED)


def _mapped(rows: object) -> Iterator[mmap.mmap]:
    """The files in memory that rows are views of."""
    for source in getattr(rows, "sources", ()):
        yield from _mapped(source)
    while rows is not None and not isinstance(rows, mmap.mmap):
        rows = rows.obj if isinstance(rows, memoryview) else getattr(rows, "base", None)
    if rows is not None:
        yield rows
