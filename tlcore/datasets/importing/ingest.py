"""A source's files, each read once: those of its modality checked and set aside, the rest told apart."""

import os
from collections import deque
from collections.abc import Container, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.progress import Progress
from tlcore.datasets.filenames import is_junk, suffix
from tlcore.datasets.importing.validate import WHOLE, ValidFile, check
from tlcore.datasets.importing.validate_pool import Checkers
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile
from tlcore.modalities import Modality

_CHUNK = 1 << 18  # bytes
_BATCH = 8  # files that a thread checks in a row
_LARGE_BATCH = 32  # files that a process does
MANY = 3000  # files, from which on processes save more time than they take to start
_MOST_HELD = 1 << 27  # bytes in memory that wait for a thread


@dataclass
class Files:
    """What a source holds, by name.

    Attributes:
        modality: of the files that are sought.
        valid: those that can be read.
        unreadable: those that can't, and why.
        faults: what else can't be read, and why: links, folders, archives.
        junk: what systems leave behind.
        others: files of other kinds.
        replaced: names that came again later.
    """

    modality: Modality
    valid: dict[str, ValidFile] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    junk: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    @property
    def item_names(self) -> list[str]:
        return sorted({*self.valid, *self.unreadable})


def ingest(
    source: Iterable[SourceFile], modality: Modality, tables: Container[str], folder: Path, progress: Progress
) -> Files:
    """Reads every file of a source but its tables; those of a modality come to lie in `folder`, named by their hash,
    once it is known that they can be read to their end.

    Threads do it: reading, hashing, decoding and writing all let go of Python's lock. Where there are many files, the
    threads have processes do it.

    Raises:
        UserError: the source can't be read.
    """
    files = Files(modality)
    with workspace.syncing(), _Checks(files, folder, progress) as checks:
        for found in source:
            checks.take(found, noted=found.name in tables)
        checks.finish()
    return files


class _Checks:
    """Files on their way through the threads, kept in the order in which they came."""

    def __init__(self, files: Files, folder: Path, progress: Progress):
        self._files = files
        self._folder = folder
        self._progress = progress
        self._threads = min(8, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="check")
        self._checkers: Checkers | None = None
        self._batch: list[SourceFile] = []
        self._under_way: deque[tuple[list[str], int, Future]] = deque()
        self._held = self._held_by_batch = 0
        self._seen = self._waiting = 0
        self._total: int | None = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._checkers:
            self._checkers.end()
        self._pool.shutdown()
        if self._checkers:
            self._checkers.close()

    def take(self, found: SourceFile, noted: bool = False) -> None:
        """Takes a file on that has not been noted elsewhere; waits where others must be done first."""
        self._seen, self._total = self._seen + 1, found.total
        if not self._checkers and (found.total or self._seen) >= MANY:
            self._hand_over()  # to threads, which may read what no other process can
            self._checkers = Checkers(self._threads, self._files.modality, self._folder)
        if not noted and not _is_noted(found, self._files):
            self._add(found)
        if self._seen % _BATCH == 0:
            self._step(found.name)

    def finish(self) -> None:
        """Waits for all that were taken."""
        self._total = self._seen
        self._hand_over()
        while self._waiting:
            self._wait()
        self._step()

    def _add(self, found: SourceFile) -> None:
        self._waiting += 1
        large = found.size > WHOLE  # which a thread looks into by itself
        stays = found.portable if self._checkers and not large else found.lasting
        if large:
            self._hand_over()
        elif not stays:
            found = _in_memory(found)
            self._held_by_batch += found.size
        self._batch.append(found)
        if large or len(self._batch) == (_LARGE_BATCH if self._checkers else _BATCH) or self._held_by_batch > WHOLE:
            self._hand_over(large)
        at_once = large and not stays
        while self._under_way and (at_once or len(self._under_way) > 4 * self._threads or self._held > _MOST_HELD):
            self._wait()

    def _hand_over(self, large: bool = False) -> None:
        """Gives a thread what has gathered."""
        if self._batch:
            work = self._checkers.check if self._checkers and not large else self._check
            future = self._pool.submit(work, self._batch)
            self._under_way.append(([found.name for found in self._batch], self._held_by_batch, future))
            self._held += self._held_by_batch
            self._batch, self._held_by_batch = [], 0

    def _check(self, batch: list[SourceFile]) -> list[ValidFile | str | None]:
        return [check(found, self._files.modality, self._folder) for found in batch]

    def _wait(self) -> None:
        """Takes what is done, after a moment at most."""
        wait([self._under_way[0][2]], timeout=0.3)
        while self._under_way and self._under_way[0][2].done():
            names, held, future = self._under_way.popleft()
            for name, result in zip(names, future.result(), strict=True):
                _keep(self._files, name, result)
            self._held -= held
            self._waiting -= len(names)
        self._step()

    def _step(self, name: str = "") -> None:
        self._progress.step(self._seen - self._waiting, self._total, "files", name)


def _in_memory(found: SourceFile) -> SourceFile:
    """The same file, to be read whenever."""
    try:
        stream = BytesIO(b"".join(iter(lambda: found.stream.read(_CHUNK), b"")))
    except UnreadableFile as error:
        stream = _Broken(error)
    return found._replace(stream=stream)


class _Broken(BytesIO):
    """A file that could not be read when it was there to be read."""

    def __init__(self, error: UnreadableFile):
        super().__init__()
        self._error = error

    def __reduce__(self):
        return _Broken, (self._error,)

    def read(self, size: int = -1) -> bytes:
        raise self._error


def _is_noted(found: SourceFile, files: Files) -> bool:
    """Notes down a file that need not be looked into."""
    if is_junk(found.name):
        files.junk.append(found.name)
    elif found.fault and suffix(found.name) not in files.modality.suffixes:
        files.faults[found.name] = found.fault
    elif suffix(found.name) in files.modality.unread_suffixes:
        files.unreadable[found.name] = files.modality.why_not_read(suffix(found.name))
    else:
        return False
    return True


def _keep(files: Files, name: str, result: ValidFile | str | None) -> None:
    if result is None:
        files.others.append(name)
        return
    if name in files.valid or name in files.unreadable:
        files.replaced.append(name)
        files.valid.pop(name, None)
        files.unreadable.pop(name, None)
    if isinstance(result, ValidFile):
        files.valid[name] = result
    else:
        files.unreadable[name] = result
