"""Tar archives, plain and packed, read header by header, none of it believed before it is checked.

Python's `tarfile` parses each single header here; what it would read in one piece, whatever its length, and by patterns
that take quadratic time (long names, pax records), is read with a bound (POSIX.1-2001's pax, GNU tar's manual).
"""

import contextlib
import io
import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.datasets.filenames import is_archive
from tlcore.datasets.sources import decompression
from tlcore.datasets.sources.members import Broken, Member, Span, SpanReader, UnreadableFile, read_exactly
from tlcore.datasets.sources.zips import LONGEST_NAME, too_large

_BLOCK = 512
_LONGEST_PAX = 1 << 20  # bytes; a file's attributes may be in it
_LONG_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_METADATA = (*_LONG_NAMES, *_PAX, tarfile.XGLTYPE)
_FOLDERS = (tarfile.DIRTYPE, b"D", b"V")  # GNU's lists of folders, and labels, too
_EMPTY = (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
_CHUNK = 1 << 18
_UNPACKERS = (
    (b"\x1f\x8b", decompression.gzip),
    (b"BZh", decompression.bzip2),
    (b"\xfd7zXZ\0", decompression.xz),
    (b"\x28\xb5\x2f\xfd", decompression.zstandard),
)
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_SPARSE = "it is packed as a sparse file; pack it without --sparse"
_FAULTS = {
    tarfile.SYMTYPE: "it is a link; pack the file itself",
    tarfile.LNKTYPE: "it is a link to another file of the archive; pack the file itself",
    tarfile.GNUTYPE_SPARSE: _SPARSE,
}


def unpacker(head: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    """What unpacks a file that begins so; None where it is not packed in a way that is known."""
    return next((unpack for start, unpack in _UNPACKERS if head.startswith(start)), None)


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar, of any age."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return False
    return True


def read_tar(span: Span, name: str, head: bytes, listed: bool = False) -> Iterator[Member]:
    """The files of a tar called `name`, in its order.

    Those of a packed tar can be read only until the next one is asked for. Where the archive is cut off or damaged, a
    last member without a name has this as its fault.

    Args:
        span: where it lies.
        name: what it is called.
        head: its first bytes.
        listed: whether names alone are wanted, and what is wrong with the bytes of each; but for archives in it, no
            content is then given.

    Raises:
        UserError: there is no tar in it, or it has more files or bytes than the settings allow.
    """
    unpack = unpacker(head)
    reader = span.open()
    tar = _Tar(unpack(reader) if unpack else reader, name, None if unpack else span)
    last = b""
    try:
        for member in tar.members(listed):
            last = member.raw
            yield member
    except UnreadableFile as error:
        if not tar.headers:
            raise UserError("The archive is damaged", f"{name}: {error}", "Pack or download it again") from None
        after = f"“{last[-100:].decode('utf-8', 'replace')}”" if last else "this"
        fault = f"{error}: everything after {after} is lost"
        yield Member(b"", None, 0, fault, Broken(fault), lasting=True)


class _Extended(NamedTuple):
    """What headers before a file's own say of it."""

    raw: bytes | None = None
    text: str | None = None
    size: int | None = None
    fault: str = ""


class _Tar:
    """The unpacked bytes of a tar, which are gone through once."""

    def __init__(self, stream: BinaryIO, name: str, span: Span | None):
        """`span` is where the bytes of one lie that is not packed, in which one can jump."""
        self._stream = stream
        self._name = name
        self._span = span
        self._place = 0
        self._most_files, self._most_bytes = settings.max_files(), settings.max_bytes()
        self._left = self._most_bytes + 2048 * self._most_files + (1 << 20)
        self._metadata_left = 1 << 24
        self.headers = 0

    def members(self, listed: bool) -> Iterator[Member]:
        """Its files; raises `UnreadableFile` where what follows can't be read."""
        files = size = 0
        extended = _Extended()
        while (header := self._header()) is not None:
            if header.type in _METADATA:
                extended = self._metadata(header, extended)
                continue
            raw = extended.raw or header.name.encode("utf-8", "surrogateescape")
            stored = 0 if header.type in _EMPTY else header.size if extended.size is None else extended.size
            fault = extended.fault or (
                "" if header.type in _FILES else _FAULTS.get(header.type, "it is not a regular file")
            )
            if len(raw) > LONGEST_NAME:
                extended, raw, fault = extended._replace(text=None), raw[:80], _too_long(len(raw))
            end = self._place + stored
            cut = self._span is not None and end > self._span.size
            if header.type not in _FOLDERS:
                member = Member(raw, extended.text, 0 if cut else stored, fault)
                files, size = files + 1, size + member.size
                self._check_limits(files, size)
                if listed and not is_archive(raw.decode("latin-1")):
                    yield self._checked(member, end)
                elif fault:
                    yield member._replace(stream=Broken(fault), lasting=True)
                else:
                    yield member._replace(stream=self._content(stored), lasting=self._span is not None)
            self._skip_to(end)
            self._read(-stored % _BLOCK)
            self._metadata_left += _BLOCK * 8
            extended = _Extended()

    def _header(self) -> tarfile.TarInfo | None:
        """The next header; None at the end."""
        block = self._read(_BLOCK)
        if self.headers and not block.strip(b"\0"):
            return None
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError, OverflowError):
            header = None
        if header is None or header.size < 0:
            if self.headers:
                raise UnreadableFile("the archive is cut off" if len(block) < _BLOCK else "a header is damaged")
            if len(block) == _BLOCK and not block.strip(b"\0"):
                return None
            raise UserError("This is not an archive", f"{self._name}: there is no tar in it", "Give a zip or tar")
        self.headers += 1
        if self.headers > 4 * self._most_files + 1000:
            raise too_large(self._name, f"more than {self._most_files:,} files")
        more = header.type == tarfile.GNUTYPE_SPARSE and block[482]
        while more:  # blocks that tell where the holes are
            block = self._read(_BLOCK)
            more = len(block) == _BLOCK and block[504]
        return header

    def _metadata(self, header: tarfile.TarInfo, extended: _Extended) -> _Extended:
        """What a header says of the file that comes behind it, added to what others said."""
        if header.type == tarfile.XGLTYPE or header.type == tarfile.GNUTYPE_LONGLINK:
            content, longest = b"", 0
        else:
            longest = _LONGEST_PAX if header.type in _PAX else 4 * LONGEST_NAME
            content = self._read(header.size) if header.size <= longest else b""
        self._metadata_left -= len(content)
        if self._metadata_left < 0:
            raise UnreadableFile("its headers are far too long")
        self._skip_to(self._place + header.size - len(content))
        self._read(-header.size % _BLOCK)
        if longest and header.size > longest:
            return extended._replace(fault=_too_long(header.size))
        if header.type == tarfile.GNUTYPE_LONGNAME:
            return extended._replace(raw=content.split(b"\0", 1)[0], text=None)
        return _pax(content, extended) if header.type in _PAX else extended

    def _checked(self, member: Member, end: int) -> Member:
        """A member with what is found wrong with its bytes."""
        try:
            self._skip_to(end)
        except UnreadableFile as error:
            return member._replace(fault=member.fault or f"it is damaged inside the archive ({error})")
        return member

    def _content(self, size: int) -> BinaryIO:
        if self._span is None:
            return _TarEntry(self, size)
        return _TarEntry(self._span.open(self._place, size), size)

    def _check_limits(self, files: int, size: int) -> None:
        if files > self._most_files:
            raise too_large(self._name, f"more than {self._most_files:,} files")
        if size > self._most_bytes:
            raise too_large(self._name, f"more than {self._most_bytes:,} bytes")

    def _skip_to(self, end: int) -> None:
        if self._span is not None:
            self._place = min(end, self._span.size)
            self._stream.seek(self._place)
        while self._place < end and self.read(min(end - self._place, _CHUNK)):
            pass
        if self._place < end:
            raise UnreadableFile("the archive is cut off")

    def _read(self, size: int) -> bytes:
        return read_exactly(self, size)

    def read(self, size: int) -> bytes:
        """Up to `size` of the bytes that come next."""
        if size == 0:
            return b""
        content = self._stream.read(size)
        self._place += len(content)
        self._left -= len(content)
        if self._left < 0:
            raise too_large(self._name, f"more than {self._most_bytes:,} bytes")
        return content


class _TarEntry(io.RawIOBase):
    """A file's content, where it lies or as it passes by."""

    def __init__(self, stream: BinaryIO, size: int):
        self._stream = stream
        self._left = size

    def __reduce__(self):
        return _TarEntry, (self._stream, self._left)

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        try:
            content = self._stream.read(min(size, self._left))
        except UnreadableFile as error:
            raise UnreadableFile(f"it is damaged inside the archive ({error})") from None
        if not content and size and self._left:
            raise UnreadableFile("it is damaged inside the archive (the archive is cut off)")
        self._left -= len(content)
        return content

    def span(self) -> Span | None:
        """Where its content lies, if the tar is not packed."""
        return self._stream.span if isinstance(self._stream, SpanReader) else None


def _too_long(length: int) -> str:
    return f"its name is too long ({length:,} bytes; at most {LONGEST_NAME:,} are allowed)"


def _pax(content: bytes, extended: _Extended) -> _Extended:
    """What the records of a pax header, each `LENGTH KEY=VALUE` and a newline, say of a file."""
    place, records = 0, {}
    while place < len(content) and content[place]:
        space = content.find(b" ", place, place + 12)
        digits = content[place : max(space, place)]
        length = int(digits) if digits.isdigit() else 0
        if not len(digits) + 3 <= length <= len(content) - place:
            raise UnreadableFile("a pax header is damaged")
        key, _, value = content[space + 1 : place + length - 1].partition(b"=")
        if key in (b"path", b"size", b"hdrcharset", b"GNU.sparse.name") or key.startswith(b"GNU.sparse."):
            records[key] = value
        place += length
    raw = records.get(b"GNU.sparse.name", records.get(b"path", extended.raw))
    text = None
    if raw is not None and records.get(b"hdrcharset") != b"BINARY":
        with contextlib.suppress(UnicodeDecodeError):
            text = raw.decode("utf-8")
    size = records.get(b"size")
    if size is not None and not (size.isdigit() and len(size) < 20):
        raise UnreadableFile("a pax header is damaged")
    sparse = any(key.startswith(b"GNU.sparse.") for key in records)
    return _Extended(raw, text, extended.size if size is None else int(size), _SPARSE if sparse else extended.fault)
