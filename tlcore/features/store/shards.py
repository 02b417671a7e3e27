"""How rows lie on disk: shards, each two files, and the one index of them that a process has.

A shard is `<name>.rows.npy`, and `<name>.keys.npy` (uint8 (n, 32)), which is written last: a shard is whole when its
keys are there. Who looks for keys reads no rows.
"""

import contextlib
import functools
import mmap
import os
import secrets
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace

KEYS, ROWS = ".keys.npy", ".rows.npy"
_SECONDS_BETWEEN_MARKS = 60
_marked: dict[str, float] = {}  # when this process said last that a file or folder is used


def pack(keys: Sequence[str]) -> np.ndarray:
    """Keys of 64 hexadecimal digits as uint8 (n, 32)."""
    return np.frombuffer(bytes.fromhex("".join(keys)), np.uint8).reshape(len(keys), 32)


def mark_used(path: Path) -> None:
    """Notes on disk, once a minute at most, that a file or folder was used; the size limit goes by that."""
    now = time.monotonic()
    if now - _marked.get(str(path), -np.inf) > _SECONDS_BETWEEN_MARKS:
        _marked[str(path)] = now
        with contextlib.suppress(OSError):  # thrown out meanwhile, or another person's
            os.utime(path)


class Shard:
    """Rows that were written together."""

    def __init__(self, folder: Path, name: str, shape: tuple[int, ...], dtype: np.dtype):
        self.keys_path = folder / f"{name}{KEYS}"
        self.rows_path = folder / f"{name}{ROWS}"
        self._shape = shape
        self._dtype = dtype
        self._rows = None

    def rows(self) -> np.ndarray:
        """All rows, memory-mapped: they can be read as long as someone holds them, even when the file is gone.

        Raises:
            FileNotFoundError: the file is gone, and nobody holds them.
        """
        rows = self._rows() if self._rows else None
        if rows is None:
            with open(self.rows_path, "rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            rows = _values(content, self._dtype, self._shape)
            self._rows = weakref.ref(rows)
        return rows

    @property
    def held(self) -> bool:
        return self._rows is not None and self._rows() is not None

    def mark_used(self) -> None:
        mark_used(self.keys_path)


class Index:
    """Which keys a folder has, and where: kept in memory, brought up to date by a look at the folder's list."""

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: np.dtype):
        self._folder = folder
        self._shape = shape
        self._dtype = dtype
        self._lock = threading.Lock()
        self._shards: list[Shard | None] = []
        self._keys: list[np.ndarray | None] = []
        self._numbers: dict[str, int] = {}
        self._sort()

    def find(self, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The shard (-1: none) and the row in it of each key, two arrays of int."""
        text = "".join(keys)
        with self._lock:
            self._look()
            if self._asked != text:
                self._answer = self._search(pack(keys))
                self._asked = text
            return self._answer

    def _search(self, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        heads, sorted_keys, places = self._heads, self._sorted, self._places
        found = np.full((len(wanted), 2), -1)
        if len(heads):
            wanted_heads = _heads(wanted)
            at = np.searchsorted(heads, wanted_heads)
            open_ = np.arange(len(wanted))
            while len(open_):  # once, but for keys whose first eight bytes another key has too
                open_ = open_[at[open_] < len(heads)]
                open_ = open_[heads[at[open_]] == wanted_heads[open_]]
                same = (sorted_keys[at[open_]] == wanted[open_]).all(axis=1)
                found[open_[same]] = places[at[open_[same]]]
                open_ = open_[~same]
                at[open_] += 1
        return found[:, 0], found[:, 1]

    def shard(self, number: int) -> Shard:
        """A shard by its number.

        Raises:
            FileNotFoundError: it was forgotten.
        """
        shard = self._shards[number]
        if shard is None:
            raise FileNotFoundError(str(self._folder))
        return shard

    def forget(self, number: int) -> None:
        """Drops a shard whose file turned out to be gone."""
        with self._lock:
            self._shards[number] = self._keys[number] = None
            self._sort()

    def _look(self) -> None:
        """Takes in what was written since the last look, and drops what was thrown out and is held by nobody."""
        try:
            names = {entry.name for entry in os.scandir(self._folder) if entry.name.endswith(KEYS)}
        except FileNotFoundError:
            names = set()
        changed = False
        for name in self._numbers.keys() - names:
            shard = self._shards[self._numbers[name]]
            if shard is None or not shard.held:
                number = self._numbers.pop(name)
                self._shards[number] = self._keys[number] = None
                changed = True
        for name in sorted(names - self._numbers.keys()):
            try:
                keys = _values((self._folder / name).read_bytes(), np.dtype(np.uint8), (32,))
            except FileNotFoundError:  # thrown out between
                continue
            self._numbers[name] = len(self._shards)
            self._shards.append(Shard(self._folder, name.removesuffix(KEYS), self._shape, self._dtype))
            self._keys.append(keys)
            changed = True
        if changed:
            self._sort()

    def _sort(self) -> None:
        there = [(number, keys) for number, keys in enumerate(self._keys) if keys is not None]
        keys = np.concatenate([np.empty((0, 32), np.uint8), *(keys for _, keys in there)])
        places = np.empty((len(keys), 2), int)
        places[:, 0] = np.repeat([number for number, _ in there], [len(keys) for _, keys in there])
        places[:, 1] = np.concatenate([np.empty(0, int), *(np.arange(len(keys)) for _, keys in there)])
        heads = _heads(keys)
        order = np.argsort(heads, kind="stable")
        self._heads, self._sorted, self._places = heads[order], keys[order], places[order]
        self._asked = None


@functools.lru_cache(maxsize=64)
def index_of(folder: Path, shape: tuple[int, ...], dtype: np.dtype) -> Index:
    """The one index of a folder in this process."""
    return Index(folder, shape, dtype)


def write(folder: Path, keys: np.ndarray, rows: np.ndarray) -> int:
    """Writes a shard beside its place, syncs and renames it; gives the bytes that it takes."""
    name = secrets.token_hex(8)
    for suffix, array in ((ROWS, rows), (KEYS, keys)):
        beside = workspace.place("tmp") / f"{name}{suffix}"
        try:
            with open(beside, "wb") as file:
                np.save(file, array)
                file.flush()
                os.fsync(file.fileno())
            folder.mkdir(parents=True, exist_ok=True)
            os.replace(beside, folder / beside.name)
        finally:
            beside.unlink(missing_ok=True)
    return keys.nbytes + rows.nbytes


def _values(content: bytes | mmap.mmap, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """What an .npy file holds, as (n, *shape); `np.load` takes five times as long, and there may be thousands."""
    start = 10 + int.from_bytes(content[8:10], "little")
    return np.frombuffer(content, dtype, offset=start).reshape(-1, *shape)


def _heads(keys: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64)[:, 0]
