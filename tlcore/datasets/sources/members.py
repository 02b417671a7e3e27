"""What sources and archives are made of: files that can be read, and stretches of bytes on the disk."""

import bisect
import io
import os
import threading
from collections.abc import Callable, Sequence
from copy import copy
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple


class UnreadableFile(Exception):
    """One file can't be read; the others can."""


class SourceFile(NamedTuple):
    """A file in a source. Reading it may raise `UnreadableFile`."""

    name: str
    stream: BinaryIO
    total: int | None  # how many files there are, where that is known
    size: int = 0  # bytes that it unpacks to, where that is known
    lasting: bool = False  # whether any thread may read it at any time, or only until the next one is asked for
    portable: bool = False  # whether it can be pickled, for another process to read it
    fault: str = ""  # why reading it is going to raise `UnreadableFile`, where that is known


class Member(NamedTuple):
    """A file in an archive, whose name is not decoded yet.

    Attributes:
        raw: its path, as bytes.
        text: its path, where the archive says in which encoding it is.
        size: bytes that it unpacks to.
        fault: why it can't be read; "" where nothing is known against it.
        stream: its content, which can be read once; None where only names are wanted, or it is opened.
        open: opens its content, where that can be done at any time.
        lasting: whether any thread and any process may read it at any time, or only until the next one is asked for.
    """

    raw: bytes
    text: str | None
    size: int
    fault: str = ""
    stream: BinaryIO | None = None
    lasting: bool = False
    open: Callable[[], BinaryIO] | None = None


class Broken(io.RawIOBase):
    """The content of a file that can't be read."""

    def __init__(self, fault: str):
        self._fault = fault

    def __reduce__(self):
        return Broken, (self._fault,)

    def read(self, size: int = -1) -> bytes:
        raise UnreadableFile(self._fault)


class Span:
    """A stretch of bytes in a file, or in several that one was cut into."""

    def __init__(self, paths: Sequence[str | Path], keep: object = None):
        """All bytes of some files; `keep` is held for as long as the span and its parts are.

        Raises:
            OSError: a file is not there.
        """
        self.files = _Files([str(path) for path in paths], keep)
        self.start = 0
        self.size = self.files.ends[-1]

    def part(self, start: int, size: int) -> "Span":
        """A stretch of it."""
        part = copy(self)
        part.start = self.start + start
        part.size = max(0, min(size, self.size - start))
        return part

    def open(self, start: int = 0, size: int | None = None) -> "SpanReader":
        """Reads it, or a stretch of it."""
        return SpanReader(self, start, self.size if size is None else size)


class _Files:
    """Files that are opened when they are first read, and closed when nobody has them any more."""

    def __init__(self, paths: list[str], keep: object):
        self.paths = paths
        self.ends = list(accumulate(os.path.getsize(path) for path in paths))
        self._keep = keep
        self._opened: dict[int, BinaryIO] = {}
        self._lock = threading.Lock()

    def __reduce__(self):
        return _Files, (self.paths, None)

    def read(self, place: int, size: int) -> bytes:
        """Up to `size` bytes from a place in all of them joined; any thread may."""
        number = bisect.bisect_right(self.ends, place)
        if number >= len(self.ends):
            return b""
        place -= self.ends[number - 1] if number else 0
        try:
            file = self._opened.get(number) or self._open(number)
            if hasattr(os, "pread"):
                return os.pread(file.fileno(), size, place)
            with self._lock:
                file.seek(place)
                return file.read(size)
        except OSError as error:
            raise UnreadableFile(f"it can't be read ({error.strerror})") from None

    def _open(self, number: int) -> BinaryIO:
        with self._lock:
            if number not in self._opened:
                self._opened[number] = open(self.paths[number], "rb", buffering=0)  # noqa: SIM115
            return self._opened[number]


class SpanReader(io.RawIOBase):
    """Reads a stretch of a span."""

    def __init__(self, span: Span, start: int, size: int):
        self._whole = span
        self.window(start, size)

    def __reduce__(self):
        return SpanReader, (self._whole, self._start, self._size)

    @property
    def span(self) -> Span:
        """What it reads."""
        return self._whole.part(self._start, self._size)

    def window(self, start: int, size: int, ahead: bytes = b"") -> None:
        """From now on it reads another stretch of the span, whose first bytes may have been read already."""
        self._start = start
        self._size = max(0, min(size, self._whole.size - start))
        self._ahead = ahead[: self._size]
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer at the end of a file that it was cut into."""
        left = self._size - self._position
        size = left if size < 0 else min(size, left)
        if size <= 0:
            return b""
        if self._position < len(self._ahead):
            content = self._ahead[self._position : self._position + size]
        else:
            content = self._whole.files.read(self._whole.start + self._start + self._position, size)
        self._position += len(content)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer where the stream ends before."""
    content = stream.read(size)
    if len(content) == size or not content:
        return content
    parts, got = [content], len(content)
    while got < size and (content := stream.read(size - got)):
        parts.append(content)
        got += len(content)
    return b"".join(parts)
