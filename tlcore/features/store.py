"""Rows that were computed once and are kept, each under the key of what it was computed from."""

import os
import secrets
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

import tlcore.workspace as workspace


class Rows:
    """Some rows of a store in a chosen order: read when indexed, held by no one.

    Indexing with a slice, a list or an array of row numbers gives a numpy array; `np.asarray` gives all.

    Attributes:
        shape: (n, *row shape).
    """

    def __init__(self, shards: list[np.ndarray], places: np.ndarray, shape: tuple[int, ...], dtype: np.dtype):
        self._shards = shards
        self._places = places  # (n, 2): which shard, and which of its rows
        self.shape = (len(places), *shape)
        self.dtype = np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index) -> np.ndarray:
        places = self._places[index]
        if places.ndim == 1:
            return np.array(self._shards[places[0]]["row"][places[1]])
        rows = np.empty((len(places), *self.shape[1:]), self.dtype)
        for shard in np.unique(places[:, 0]):
            wanted = places[:, 0] == shard
            rows[wanted] = self._shards[shard]["row"][places[wanted, 1]]
        return rows

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        rows = self[:]
        return rows if dtype is None else rows.astype(dtype, copy=False)


class RowStore:
    """Rows of one shape under keys of 64 hexadecimal digits (sha256), in a folder that many may write to at once.

    Each `append` makes one `.npy` file of (key, row) records, written beside its place, synced and renamed, so
    that what can be read is whole; writers never touch each other's files, and a row written twice is read once.

    Args:
        folder: where it lies; made by the first `append`.
        shape: of one row.
        dtype: of its values.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str):
        self.folder = Path(folder)
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self._record = np.dtype([("key", "S32"), ("row", self.dtype, self.shape)])
        self._shards: list[np.ndarray] = []
        self._known: set[str] = set()
        self._places: dict[bytes, tuple[int, int]] = {}

    def missing(self, keys: Sequence[str]) -> list[str]:
        """The keys that have no row yet: each once, in the order given."""
        self._look()
        return [key for key in dict.fromkeys(keys) if bytes.fromhex(key) not in self._places]

    def append(self, keys: Sequence[str], rows: np.ndarray) -> None:
        """Keeps a row under each key; `rows` is (n, *shape)."""
        if not len(keys):
            return
        records = np.empty(len(keys), self._record)
        records["key"] = [bytes.fromhex(key) for key in keys]
        records["row"] = rows
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{secrets.token_hex(8)}.npy"
        beside = workspace.place("tmp") / name
        try:
            with open(beside, "wb") as file:
                np.save(file, records)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.folder / name)
        finally:
            beside.unlink(missing_ok=True)

    def read(self, keys: Sequence[str]) -> Rows:
        """The rows of these keys, in their order.

        Raises:
            KeyError: one of them has no row.
        """
        self._look()
        places = np.array([self._places[bytes.fromhex(key)] for key in keys], int).reshape(-1, 2)
        return Rows(self._shards, places, self.shape, self.dtype)

    def _look(self) -> None:
        """Takes in the files that were written since the last look."""
        for path in sorted(self.folder.glob("*.npy")):
            if path.name in self._known:
                continue
            try:
                shard = np.load(path, mmap_mode="r")
            except FileNotFoundError:  # `delete_unused_rows` came between
                continue
            self._known.add(path.name)
            self._shards.append(shard)
            for number, key in enumerate(shard["key"].tolist()):
                # numpy drops a bytes value's trailing zeros
                self._places.setdefault(key.ljust(32, b"\0"), (len(self._shards) - 1, number))


def delete_unused_rows(keys: Collection[str], seconds: float) -> None:
    """Deletes the files, in all stores, whose rows are of nothing that there is any more.

    Args:
        keys: of everything that there is; a file with a row of any of them stays whole.
        seconds: a file younger than this stays, too.
    """
    known = {bytes.fromhex(key) for key in keys}
    for path in workspace.place("features").glob("*/*.npy"):
        if time.time() - path.stat().st_mtime > seconds:
            kept = np.load(path, mmap_mode="r")["key"]
            if not any(bytes(key).ljust(32, b"\0") in known for key in kept):
                path.unlink()
