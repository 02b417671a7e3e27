"""A source's files, each read once: pictures checked and set aside, the rest told apart."""

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from tlcore.datasets.archives import Damaged, Found
from tlcore.datasets.checking import WHOLE, Picture, check
from tlcore.datasets.names import OTHER_PICTURES, is_junk, suffix
from tlcore.datasets.sources import Source, read_source
from tlcore.datasets.table import LARGEST, NAME
from tlcore.errors import UserError
from tlcore.progress import Progress

_CHUNK = 1 << 18  # bytes
_BATCH = 8  # files that a thread checks in a row
_MOST_HELD = 1 << 27  # bytes in memory that wait for a thread


@dataclass
class Reading:
    """What a source holds, by name.

    Attributes:
        pictures: those that can be read.
        unreadable: those that can't, and why.
        tables: the bytes of each `labels.csv`.
        junk: what systems leave behind.
        others: files that are no pictures.
        replaced: names that came again later.
    """

    pictures: dict[str, Picture] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    tables: dict[str, bytes] = field(default_factory=dict)
    junk: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    @property
    def picture_names(self) -> list[str]:
        return sorted({*self.pictures, *self.unreadable})


def read_pictures(source: Source, folder: Path, progress: Progress) -> Reading:
    """Reads every file of a source; pictures come to lie in `folder`, named by their hash, once it is known that
    they can be read to their end.

    Threads do it: reading, hashing, decoding and writing all let go of Python's lock.

    Raises:
        UserError: the source can't be read.
    """
    reading = Reading()
    with _Checks(reading, folder) as checks:
        seen, total = 0, None
        for found in read_source(source):
            seen, total = seen + 1, found.total
            if not _is_noted(found, reading):
                checks.add(found)
            if seen % _BATCH == 0:
                progress.step(seen - checks.waiting, total, "files", found.name)
        checks.hand_over()
        while checks.waiting:
            checks.wait()
            progress.step(seen - checks.waiting, seen, "files")
        progress.step(seen, seen, "files")
    return reading


class _Checks:
    """Files on their way through the threads, kept in the order in which they came."""

    def __init__(self, reading: Reading, folder: Path):
        self._reading = reading
        self._folder = folder
        self._threads = min(8, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="check")
        self._batch: list[Found] = []
        self._under_way: deque[tuple[list[str], int, Future]] = deque()
        self._held = self._held_by_batch = 0
        self.waiting = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._pool.shutdown(cancel_futures=True)

    def add(self, found: Found) -> None:
        """Takes a file on; waits where others must be done first."""
        self.waiting += 1
        at_once = not found.lasting and found.size > WHOLE
        if at_once:
            self.hand_over()
        elif not found.lasting:
            found = _in_memory(found)
            self._held_by_batch += found.size
        self._batch.append(found)
        if at_once or len(self._batch) == _BATCH or self._held_by_batch > WHOLE:
            self.hand_over()
        while self._under_way and (at_once or len(self._under_way) > 4 * self._threads or self._held > _MOST_HELD):
            self.wait()

    def hand_over(self) -> None:
        """Gives a thread what has gathered."""
        if self._batch:
            future = self._pool.submit(lambda batch: [check(found, self._folder) for found in batch], self._batch)
            self._under_way.append(([found.name for found in self._batch], self._held_by_batch, future))
            self._held += self._held_by_batch
            self._batch, self._held_by_batch = [], 0

    def wait(self) -> None:
        """Takes what is done, after a moment at most."""
        wait([self._under_way[0][2]], timeout=0.3)
        while self._under_way and self._under_way[0][2].done():
            names, held, future = self._under_way.popleft()
            for name, result in zip(names, future.result(), strict=True):
                _keep(self._reading, name, result)
            self._held -= held
            self.waiting -= len(names)


def _in_memory(found: Found) -> Found:
    """The same file, to be read whenever."""
    try:
        stream = BytesIO(b"".join(iter(lambda: found.stream.read(_CHUNK), b"")))
    except Damaged as error:
        stream = _Broken(error)
    return found._replace(stream=stream)


class _Broken(BytesIO):
    """A file that could not be read when it was there to be read."""

    def __init__(self, error: Damaged):
        super().__init__()
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise self._error


def _is_noted(found: Found, reading: Reading) -> bool:
    """Notes down a file that need not be looked into as a picture."""
    name = found.name
    if is_junk(name):
        reading.junk.append(name)
    elif name.rpartition("/")[2].casefold() == NAME:
        reading.tables[name] = _read_table(found)
    elif suffix(name) in OTHER_PICTURES:
        reading.unreadable[name] = f"{suffix(name)[1:].upper()} is not read; save them as JPEG or PNG"
    else:
        return False
    return True


def _read_table(found: Found) -> bytes:
    try:
        content = b""
        while len(content) <= LARGEST and (chunk := found.stream.read(_CHUNK)):
            content += chunk
    except Damaged as error:
        raise UserError("The table of labels can't be read", f"{found.name}: {error}", "Pack it again") from None
    if len(content) > LARGEST:
        raise UserError(
            "The table of labels is too large", f"{found.name} has more than {LARGEST:,} bytes", "Give a table of text"
        )
    return content


def _keep(reading: Reading, name: str, result: Picture | str | None) -> None:
    if result is None:
        reading.others.append(name)
        return
    if name in reading.pictures or name in reading.unreadable:
        reading.replaced.append(name)
        reading.pictures.pop(name, None)
        reading.unreadable.pop(name, None)
    if isinstance(result, Picture):
        reading.pictures[name] = result
    else:
        reading.unreadable[name] = result
