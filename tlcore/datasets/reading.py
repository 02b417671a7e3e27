"""A source's files, read once: pictures checked and set aside, the rest told apart."""

import hashlib
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tlcore.datasets import images
from tlcore.datasets.archives import Damaged, Found
from tlcore.datasets.names import OTHER_PICTURES, PICTURES, is_junk, suffix
from tlcore.datasets.sources import Source, read_source
from tlcore.datasets.table import LARGEST, NAME
from tlcore.errors import UserError
from tlcore.progress import Progress

_CHUNK = 1 << 18  # bytes
_HEAD = 512


@dataclass(frozen=True)
class Picture:
    """A picture that can be read to its end."""

    path: Path
    sha256: str
    size: int
    suffix: str
    width: int
    height: int


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


class _Copy(NamedTuple):
    name: str
    path: Path
    sha256: str
    size: int
    damage: str


def read_pictures(source: Source, folder: Path, progress: Progress) -> Reading:
    """Reads every file of a source; pictures come to lie in `folder`, decoded once each to know that they can be.

    Raises:
        UserError: the source can't be read.
    """
    reading = Reading()
    pending: deque[tuple[str, Future]] = deque()
    seen, total = 0, None
    pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1))

    def tell(name: str = "") -> None:
        while pending and pending[0][1].done():
            checked, future = pending.popleft()
            _keep(reading, checked, future.result())
        progress.step(seen - len(pending), total, "files", name)

    try:
        for found in read_source(source):
            total = found.total
            copy = _set_aside(found, reading, folder / str(seen), tell)
            seen += 1
            if copy:
                pending.append((copy.name, pool.submit(_check, copy)))
            tell(found.name)
        total = seen
        while pending:
            wait([pending[0][1]], timeout=0.3)
            tell()
    finally:
        pool.shutdown(cancel_futures=True)
    return reading


def _set_aside(found: Found, reading: Reading, path: Path, tell: Callable[[str], None]) -> _Copy | None:
    """Writes what may be a picture to `path`, and notes down all else."""
    name = found.name
    if is_junk(name):
        reading.junk.append(name)
    elif name.rpartition("/")[2].casefold() == NAME:
        reading.tables[name] = _read_table(found)
    elif suffix(name) in OTHER_PICTURES:
        reading.unreadable[name] = f"{suffix(name)[1:].upper()} is not read; save them as JPEG or PNG"
    else:
        try:
            head = found.stream.read(_HEAD)
        except Damaged as error:
            return _Copy(name, path, "", 0, str(error))
        if suffix(name) in PICTURES or images.looks_like_picture(head):
            return _copy(found, head, path, tell)
        reading.others.append(name)
    return None


def _copy(found: Found, head: bytes, path: Path, tell: Callable[[str], None]) -> _Copy:
    digest, size, chunk, damage = hashlib.sha256(), 0, head, ""
    with open(path, "wb") as file:
        try:
            while chunk:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                chunk = found.stream.read(_CHUNK)
                if len(chunk) == _CHUNK:
                    tell(found.name)
        except Damaged as error:
            damage = str(error)
    return _Copy(found.name, path, digest.hexdigest(), size, damage)


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


def _check(copy: _Copy) -> Picture | str:
    """The picture, or why it can't be read."""
    if copy.damage:
        return copy.damage
    try:
        suffix, width, height = images.inspect(copy.path)
    except UserError as error:
        return f"{error.title.lower()} ({error.detail.removeprefix(f'{copy.path}: ')})"
    return Picture(copy.path, copy.sha256, copy.size, suffix, width, height)


def _keep(reading: Reading, name: str, result: Picture | str) -> None:
    if name in reading.pictures or name in reading.unreadable:
        reading.replaced.append(name)
        reading.pictures.pop(name, None)
        reading.unreadable.pop(name, None)
    if isinstance(result, Picture):
        reading.pictures[name] = result
    else:
        reading.unreadable[name] = result
