"""What is kept to save time takes no more than a set number of bytes: the least recently used is thrown out.

That is everything under `features/` (pixels, feature vectors, activations) and `compiled/`. Whoever uses something
says so by its files' times (`shards.mark_used`).
"""

import contextlib
import os
import shutil
import time
from collections.abc import Collection, Iterable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.features.store import shards

SECONDS_SAFE = 10 * 60  # since its last use: a run may be under way that needs it
_MOST = 20 * 1000**3
_SHARE = 0.25  # of what the disk has free: the rest is for what can't be made again
_BIG_WRITE = 256 * 2**20
_since_trim = float("inf")  # bytes that this process wrote; a process's first write looks, too


class CacheEntry(NamedTuple):
    """What is thrown out as one.

    Attributes:
        used: when it was last, in seconds since 1970.
        bytes: what it takes.
        paths: its files or folder, in the order in which they go.
    """

    used: float
    bytes: int
    paths: tuple[Path, ...]


def choose(things: Iterable[CacheEntry], most: int, now: float) -> list[CacheEntry]:
    """What has to go so that the rest takes `most` bytes: the longest unused, and nothing of the last ten minutes."""
    things = sorted(things)
    excess = sum(thing.bytes for thing in things) - most
    chosen = []
    for thing in things:
        if excess <= 0 or now - thing.used < SECONDS_SAFE:
            break
        chosen.append(thing)
        excess -= thing.bytes
    return chosen


def most_bytes(things: Iterable[CacheEntry]) -> int:
    """The limit, for these things and what else there is room for on the disk."""
    most = settings.features_bytes()
    if most is None:
        free = shutil.disk_usage(workspace.home()).free + sum(thing.bytes for thing in things)
        most = min(_MOST, int(_SHARE * free))
    return most


def room() -> int:
    """How many bytes more may be kept, as long as what was used just now stays."""
    things = kept_things()
    now = time.time()
    return most_bytes(things) - sum(thing.bytes for thing in things if now - thing.used < SECONDS_SAFE)


def trim() -> None:
    """Throws out what is beyond the limit."""
    global _since_trim
    _since_trim = 0
    things = kept_things()
    for thing in choose(things, most_bytes(things), time.time()):
        for path in thing.paths:
            _delete(path)


def wrote(count: int) -> None:
    """Hears how many bytes were written, and trims when that is a good part of the limit."""
    global _since_trim
    _since_trim += count
    if _since_trim >= _BIG_WRITE:
        trim()


def kept_things() -> list[CacheEntry]:
    """Everything that the limit counts."""
    things = []
    for folder in _entries(workspace.place("features")):
        files = sorted(_entries(Path(folder.path)), key=lambda file: file.name)
        for _, shard in groupby(files, key=lambda file: file.name.split(".")[0]):
            things.append(_kept(list(shard)))  # keys before rows
    return [*things, *(_kept([folder]) for folder in _entries(workspace.place("compiled")))]


def delete_unused_rows(keys: Collection[str], seconds: float) -> None:
    """Deletes the shards, in all stores, whose rows are of nothing that there is any more.

    Args:
        keys: of everything that there is; a shard with a row of any of them stays whole.
        seconds: what was used later than this ago stays, too.
    """
    known = {bytes.fromhex(key) for key in keys}
    for folder in workspace.place("features").iterdir():
        whole = set()
        for path in folder.glob(f"*{shards.KEYS}"):
            rows = path.with_name(path.name.removesuffix(shards.KEYS) + shards.ROWS)
            whole.add(rows)
            if _age(path) > seconds and known.isdisjoint(_keys(path)):
                _delete(path)
                _delete(rows)
        for path in set(folder.glob(f"*{shards.ROWS}")) - whole:  # its writer was killed, or has not written the keys
            if _age(path) > seconds:
                _delete(path)


def _kept(entries: list[os.DirEntry]) -> CacheEntry:
    used, size = 0.0, 0
    for entry in entries:
        for each in (entry, *(_entries(Path(entry.path)) if entry.is_dir() else ())):
            with contextlib.suppress(FileNotFoundError):
                fact = each.stat()
                used, size = max(used, fact.st_mtime), size + fact.st_size
    return CacheEntry(used, size, tuple(Path(entry.path) for entry in entries))


def _entries(folder: Path) -> list[os.DirEntry]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return list(os.scandir(folder))
    return []


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError, UserError):  # gone already, or open where open files can't be deleted
        if path.is_dir():
            workspace.delete_folder(path.parent.name, path.name)
        else:
            path.unlink()


def _keys(path: Path) -> list[bytes]:
    with contextlib.suppress(FileNotFoundError):  # thrown out by another process
        return [bytes(key) for key in np.load(path)]
    return []


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
