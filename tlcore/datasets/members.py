"""What sources and archives are made of: files that can be read, and stretches of bytes on the disk."""

import bisect
import io
import os
from collections.abc import Sequence
from copy import copy
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Damaged(Exception):
    """One file can't be read; the others can."""


class Found(NamedTuple):
    """A file in a source. Reading it may raise `Damaged`."""

    name: str
    stream: BinaryIO
    total: int | None  # how many files there are, where that is known
    size: int = 0  # bytes that it unpacks to, where that is known
    lasting: bool = False  # whether any thread may read it at any time, or only until the next one is asked for
    portable: bool = False  # whether it can be pickled, for another process to read it
    fault: str = ""  # why reading it is going to raise `Damaged`, where that is known


class Member(NamedTuple):
    """A file in an archive, whose name is not decoded yet.

    Attributes:
        raw: its path, as bytes.
        text: its path, where the archive says in which encoding it is.
        size: bytes that it unpacks to.
        fault: why it can't be read; "" where nothing is known against it.
        stream: its content; None where only names are wanted.
        lasting: whether any thread and any process may read it at any time, or only until the next one is asked for.
    """

    raw: bytes
    text: str | None
    size: int
    fault: str = ""
    stream: BinaryIO | None = None
    lasting: bool = False


class Broken(io.RawIOBase):
    """The content of a file that can't be read."""

    def __init__(self, fault: str):
        self._fault = fault

    def __reduce__(self):
        return Broken, (self._fault,)

    def read(self, size: int = -1) -> bytes:
        raise Damaged(self._fault)


class Span:
    """A stretch of bytes in a file, or in several that one was cut into."""

    def __init__(self, paths: Sequence[str | Path], start: int = 0, size: int | None = None, keep: object = None):
        """Without `size`, everything from `start` on; `keep` is held for as long as the span is.

        Raises:
            OSError: a file is not there.
        """
        self.paths = tuple(str(path) for path in paths)
        self.sizes = tuple(os.path.getsize(path) for path in self.paths)
        self.start = start
        self.size = max(0, sum(self.sizes) - start) if size is None else size
        self._keep = keep

    def __getstate__(self):
        return {**self.__dict__, "_keep": None}

    def part(self, start: int, size: int) -> "Span":
        """A stretch of it."""
        part = copy(self)
        part.start = self.start + start
        part.size = max(0, min(size, self.size - start))
        return part

    def open(self) -> "SpanReader":
        return SpanReader(self)


class SpanReader(io.RawIOBase):
    """Reads a span; opens its files when they are first read."""

    def __init__(self, span: Span):
        self.span = span
        self._position = 0
        self._ends = list(accumulate(span.sizes))
        self._file: BinaryIO | None = None
        self._opened = -1

    def __reduce__(self):
        return SpanReader, (self.span,)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer at the end of a file that it was cut into."""
        left = self.span.size - self._position
        size = left if size < 0 else min(size, left)
        if size <= 0:
            return b""
        place = self.span.start + self._position
        number = bisect.bisect_right(self._ends, place)
        try:
            if number >= len(self._ends):
                return b""
            if number != self._opened:
                self.close_file()
                self._file, self._opened = open(self.span.paths[number], "rb", buffering=0), number  # noqa: SIM115
            self._file.seek(place - (self._ends[number - 1] if number else 0))
            content = self._file.read(size)
        except OSError as error:
            raise Damaged(f"it may not be read ({error.strerror})") from None
        self._position += len(content)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.span.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def window(self, start: int, size: int) -> None:
        """From now on it is only a stretch of what it was."""
        self.span = self.span.part(start, size)
        self._position = 0

    def close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file, self._opened = None, -1

    def close(self) -> None:
        self.close_file()
        super().close()


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
