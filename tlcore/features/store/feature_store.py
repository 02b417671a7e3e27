"""Rows that were computed once and are kept, each under the key of what it was computed from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlcore.features.blocks import release
from tlcore.features.store import eviction, shards

_LARGE_ROW = 4096  # bytes: from here on copying a row takes longer than Python's part in it
_READ_AHEAD = 32 * 2**20  # bytes that are copied out of mapped files before their memory is let go of


class Rows:
    """Some rows of a store in a chosen order: read when indexed, held by no one.

    Indexing with a slice, a list or an array of row numbers gives a numpy array; `np.asarray` gives all. What is
    thrown out of the store meanwhile can still be read.

    Attributes:
        shape: (n, *row shape).
    """

    def __init__(
        self, held: dict[int, tuple[shards.Shard, np.ndarray]], places: tuple[np.ndarray, np.ndarray], shape, dtype
    ):
        self._held = held
        self._shard_of, self._row_of = places
        self.shape = (len(self._shard_of), *shape)
        self.dtype = dtype
        self._copied = 0

    @property
    def sources(self) -> list[np.ndarray]:
        """The memory-mapped arrays that rows are read from."""
        return [rows for _, rows in self._held.values()]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index) -> np.ndarray:
        shard_of, row_of = self._shard_of[index], self._row_of[index]
        if shard_of.ndim == 0:
            return np.array(self._rows(int(shard_of))[row_of])
        rows = np.empty((len(shard_of), *self.shape[1:]), self.dtype)
        order = np.lexsort((row_of, shard_of))  # as they lie on disk
        for part in np.split(order, np.flatnonzero(np.diff(shard_of[order])) + 1) if len(order) else ():
            self._gather(self._rows(int(shard_of[part[0]])), row_of[part], rows, part)
        self._copied += rows.nbytes
        if self._copied > _READ_AHEAD:
            self._copied = 0
            for source in self.sources:
                release(source)
        return rows

    def _gather(self, source: np.ndarray, numbers: np.ndarray, target: np.ndarray, places: np.ndarray) -> None:
        first, count = numbers[0], len(numbers)
        if (np.diff(numbers) == 1).all() and (np.diff(places) == 1).all():
            target[places[0] : places[0] + count] = source[first : first + count]
        elif source[0].nbytes >= _LARGE_ROW:
            for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
                target[place] = source[number]
        else:
            target[places] = source[numbers]

    def _rows(self, number: int) -> np.ndarray:
        shard, rows = self._held[number]
        shard.mark_used()
        return rows

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        rows = self[:]
        return rows if dtype is None else rows.astype(dtype, copy=False)


class RowStore:
    """Rows of one shape under keys of 64 hexadecimal digits (sha256), in a folder that many may write to at once.

    Each `append` makes one shard (see `shards`), so that what can be read is whole; writers never touch each
    other's files, and of a row written twice either is read. What a store object has found or appended stays readable
    as long as the object lives, though it be thrown out by the size limit (see `eviction`).

    Args:
        folder: where it lies; made by the first `append`.
        shape: of one row.
        dtype: of its values.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str):
        self.folder = Path(folder)
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self._index = shards.index_of(self.folder, self.shape, self.dtype)
        self._held: dict[int, tuple[shards.Shard, np.ndarray]] = {}

    def missing(self, keys: Sequence[str]) -> list[str]:
        """The keys that have no row yet: each once, in the order given."""
        shard_of, _ = self._find(keys)
        return list(dict.fromkeys(keys[row] for row in np.flatnonzero(shard_of < 0).tolist()))

    def append(self, keys: Sequence[str], rows: np.ndarray) -> None:
        """Keeps a row under each key; `rows` is (n, *shape)."""
        if not len(keys):
            return
        written = shards.write(self.folder, shards.pack(keys), np.ascontiguousarray(rows, self.dtype))
        self._find(keys)
        for shard, _ in list(self._held.values()):
            shard.mark_used()
        eviction.wrote(written)

    def read(self, keys: Sequence[str]) -> Rows:
        """The rows of these keys, in their order.

        Raises:
            KeyError: one of them has no row.
        """
        places = self._find(keys)
        absent = np.flatnonzero(places[0] < 0)
        if len(absent):
            raise KeyError(keys[absent[0]])
        held = {number: self._held[number] for number in _numbers(places[0])}
        return Rows(held, places, self.shape, self.dtype)

    def _find(self, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Shard and row of each key (see `Index.find`), with all those shards held."""
        while True:
            shard_of, row_of = self._index.find(keys)
            for number in _numbers(shard_of):
                if number not in self._held:
                    try:
                        shard = self._index.shard(number)
                        self._held[number] = (shard, shard.rows())
                    except FileNotFoundError:
                        self._index.forget(number)
                        break
                self._held[number][0].mark_used()
            else:
                return shard_of, row_of


def _numbers(shard_of: np.ndarray) -> list[int]:
    """Each shard once; -1 is none."""
    return np.flatnonzero(np.bincount(shard_of + 1)[1:]).tolist()
