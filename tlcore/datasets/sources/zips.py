"""Zip archives: their directory of files, and each file in them, none of it believed before it is checked.

Python's `zipfile` holds any directory whole, decodes names one by one, lets entries overlap (CVE-2024-0450), and
unpacks bzip2 and LZMA without a bound. This reads the same format (PKWARE's APPNOTE 6.3) with a bound on everything.
"""

import bisect
import io
import stat
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.datasets.sources import decompression
from tlcore.datasets.sources.members import Broken, Member, Span, SpanReader, UnreadableFile, read_exactly

STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
LONGEST_NAME = 1024  # bytes
_END, _END64, _LOCATOR64, _ENTRY, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02", b"PK\x03\x04"
_UNPACKERS = {
    8: lambda packed, size: decompression.deflate(packed),
    12: lambda packed, size: decompression.bzip2(packed),
    14: decompression.lzma_in_zip,
    93: lambda packed, size: decompression.zstandard(packed),
    95: lambda packed, size: decompression.xz(packed),
}
_METHODS = {9: "Deflate64, as Windows packs very large files", 98: "PPMd", 99: "encryption"}
_MOST_BY_DEFLATE = 1032  # bytes that one byte can unpack to, at most
_AHEAD = 1 << 18  # bytes that are read together with what comes before them
_ENCRYPTED, _UTF8 = 0x1, 0x800


class _Entry(NamedTuple):
    raw: bytes
    text: str | None
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    fault: str


def read_zip(span: Span, name: str) -> list[Member]:
    """The files of a zip called `name`, in its directory's order; its folders are left away.

    Only the directory is read. A file that is encrypted, a link, or packed in a way that is not known has a fault.

    Raises:
        UserError: there is no directory, or it is of more files or bytes than the settings allow; or files overlap.
    """
    try:
        entries, begin, faults = _directory(span.open(), span.size, name)
    except UnreadableFile as error:
        raise _damaged(name, str(error)) from None
    ends = _ends(entries, begin, name)
    members = [
        Member(
            entry.raw,
            entry.text,
            entry.size,
            entry.fault,
            lasting=True,
            open=partial(_ZipEntry, span, entry, end),
        )
        for entry, end in zip(entries, ends, strict=True)
    ]
    return [*members, *(Member(b"", None, 0, fault, Broken(fault), lasting=True) for fault in faults)]


def _directory(reader: SpanReader, size: int, name: str) -> tuple[list[_Entry], int, list[str]]:
    """The entries, where the directory begins, and what is wrong with the archive as a whole."""
    position, count, length, start = _end(reader, size, name)
    shift = position - length - start  # bytes that were put before the archive
    begin = start + shift
    faults = []
    if shift > 0:
        faults.append(f"its first {shift:,} bytes are not part of it: archives were joined, or one was cut off")
    if length > position or shift < 0:
        raise _damaged(name, "its directory of files is not where it should be")
    most, most_bytes = settings.max_files(), settings.max_bytes()
    reader.seek(begin)
    buffered = io.BufferedReader(_Readable(reader), 1 << 20)
    entries, seen, total = [], 0, 0
    left = length
    while left >= 46:
        fixed = read_exactly(buffered, 46)
        if len(fixed) < 46 or not fixed.startswith(_ENTRY):
            if not entries:
                raise _damaged(name, "its directory of files is damaged")
            return entries, begin, [*faults, "its directory of files is damaged: files may be missing"]
        (flags, method, _, _, crc, packed, unpacked, n, m, k, disk, _, attributes, offset) = struct.unpack(
            "<8x4H3I5H2I", fixed
        )
        variable = read_exactly(buffered, n + m + k)
        left -= 46 + n + m + k
        seen += 1
        if seen > 4 * most + 1000:  # folders too
            raise too_large(name, f"more than {most:,} files")
        raw, extra = variable[:n], variable[n : n + m]
        if raw.endswith(b"/"):
            continue
        fault, text = "", None
        if len(raw) > LONGEST_NAME:
            raw, fault = raw[:80], f"its name is too long ({n:,} bytes; at most {LONGEST_NAME:,} are allowed)"
        else:
            text = _text(raw, flags, extra)
        try:
            unpacked, packed, offset = _large(extra, unpacked, packed, offset)
        except (struct.error, UnreadableFile):
            fault = fault or "its size in the archive's directory is damaged"
        fault = fault or _fault(fixed[5], flags, method, packed, unpacked, disk, attributes)
        if not fault:
            total += unpacked
        entries.append(_Entry(raw, text, offset + shift, packed, unpacked, crc, method, fault))
        if len(entries) > most:
            raise too_large(name, f"more than {most:,} files")
        if total > most_bytes:
            raise too_large(name, f"more than {most_bytes:,} bytes")
    return entries, begin, faults


class _Readable(io.RawIOBase):
    """A span's reader as `BufferedReader` wants it."""

    def __init__(self, reader: SpanReader):
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        content = self._reader.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def _end(reader: SpanReader, size: int, name: str) -> tuple[int, int, int, int]:
    """Where the directory ends, how many entries it has, its length, and where it says that it begins."""
    tail_start = max(0, size - 22 - 0xFFFF)
    reader.seek(tail_start)
    tail = read_exactly(reader, size - tail_start)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        raise CutOff(
            "The archive is cut off",
            f"{name}: its directory of files, which comes last in a zip, is missing",
            "Download or copy it again",
        )
    disk, _, _, count, length, start = struct.unpack("<4xHHHHII", tail[place : place + 20])
    position = tail_start + place
    if position >= 20:
        reader.seek(position - 20)
        locator = read_exactly(reader, 20)
        if locator.startswith(_LOCATOR64):
            reader.seek(max(0, position - 76))
            record = read_exactly(reader, 56)
            if not record.startswith(_END64):
                raise _damaged(name, "the end of its directory is not where it should be")
            disk, _, _, count, length, start = struct.unpack("<16xIIQQQQ", record)
            position -= 76
    if disk not in (0, 0xFFFF, 0xFFFFFFFF):
        raise UserError(
            "This is one part of a multi-part archive",
            f"{name} is the last of {disk + 1:,} parts",
            "Join them first: zip -s 0 PARTS.zip --out WHOLE.zip",
        )
    return position, count, length, start


def _text(raw: bytes, flags: int, extra: bytes) -> str | None:
    """A name, where it is said in which encoding it is: by the field 0x7075 (Info-ZIP's), or the flag for UTF-8."""
    if raw.isascii() and not extra:
        return raw.decode("ascii")
    try:
        for kind, content in _fields(extra):
            known = kind == 0x7075 and content[:1] == b"\x01" and len(content) <= 5 + 4 * LONGEST_NAME
            if known and content[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
                return content[5:].decode("utf-8")
        if flags & _UTF8 or raw.isascii():
            return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return None


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        yield kind, extra[place + 4 : place + 4 + length]
        place += 4 + length


def _large(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and place of an entry, from zip64's field where the others are too narrow for them."""
    wide = [value == 0xFFFFFFFF for value in (size, packed, offset)]
    if not any(wide):
        return size, packed, offset
    content = next((content for kind, content in _fields(extra) if kind == 1), b"")
    values = iter(struct.unpack(f"<{sum(wide)}Q", content[: 8 * sum(wide)]))
    narrow = (size, packed, offset)
    return tuple(next(values) if is_wide else value for is_wide, value in zip(wide, narrow, strict=True))


def _fault(system: int, flags: int, method: int, packed: int, size: int, disk: int, attributes: int) -> str:
    kind = stat.S_IFMT(attributes >> 16)
    if flags & _ENCRYPTED:
        return "it is encrypted; pack it without a password"
    if system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a link or device, not a file"
    if method != 0 and method not in _UNPACKERS:
        which = f"{method} ({_METHODS[method]})" if method in _METHODS else method
        return f"it is packed with zip method {which}, which is not supported; use “deflate”, the usual method"
    if disk not in (0, 0xFFFF):
        return "it is in another part of a multi-part archive"
    if (method == 0 and packed != size) or (method == 8 and size > _MOST_BY_DEFLATE * packed + 64):
        return "the size that the archive gives for it can't be right"
    return ""


def _ends(entries: list[_Entry], begin: int, name: str) -> list[int]:
    """Where the bytes of each entry must have ended.

    Raises:
        UserError: entries share bytes, by which a small archive unpacks to any size.
    """
    good = [entry for entry in entries if not entry.fault]
    offsets = sorted(entry.offset for entry in good)
    ends = []
    for entry in entries:
        place = bisect.bisect_right(offsets, entry.offset)
        end = offsets[place] if place < len(offsets) else begin
        if not entry.fault and entry.offset < begin:
            shared = place > 1 and offsets[place - 2] == entry.offset
            if shared or entry.offset + 30 + entry.packed > end:
                raise UserError(
                    "The archive holds files that overlap",
                    f"{name}: “{entry.raw[:200].decode('utf-8', 'replace')}”",
                    "Such archives can be malicious; pack the files yourself",
                )
        ends.append(end)
    return ends


class _ZipEntry(io.RawIOBase):
    """An entry's content, unpacked as it is read; whatever else it is than its directory says, is `UnreadableFile`."""

    def __init__(self, span: Span, entry: _Entry, end: int):
        self._span = span
        self._entry = entry
        self._end = end
        self._left = entry.size
        self._crc = 0
        self._stream: BinaryIO | None = None
        self._done = False

    def __reduce__(self):
        return _ZipEntry, (self._span, self._entry, self._end)

    def read(self, size: int = -1) -> bytes:
        if self._done or size == 0:
            return b""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        try:
            return self._read(size)
        except UnreadableFile as error:
            raise UnreadableFile(f"it is damaged inside the archive ({error})") from None

    def _read(self, size: int) -> bytes:
        if self._stream is None:
            reader = self._reader()
            unpack = _UNPACKERS.get(self._entry.method)
            self._stream = unpack(reader, self._entry.size) if unpack else reader
        content = self._stream.read(min(size, self._left + 1))
        if len(content) > self._left:
            raise UnreadableFile("it unpacks to more than the archive says")
        if not content and self._left:
            raise UnreadableFile("it is shorter than the archive says")
        self._left -= len(content)
        self._crc = zlib.crc32(content, self._crc)
        if not self._left:
            self._end_here()
        return content

    def span(self) -> Span | None:
        """Where its content lies, if it is not packed."""
        return self._reader().span if self._entry.method == 0 and not self._entry.fault else None

    def _reader(self) -> SpanReader:
        raw, _, offset, packed, *_ = self._entry
        reader = self._span.open(offset, self._end - offset)
        begun = read_exactly(reader, 30 + len(raw) + 64 + min(packed, _AHEAD))
        if len(begun) < 30 or not begun.startswith(_LOCAL):
            raise UnreadableFile("it is not where the archive says")
        start = 30 + sum(struct.unpack_from("<HH", begun, 26))
        if offset + start + packed > self._end:
            raise UnreadableFile("it overlaps another file")
        reader.window(offset + start, packed, begun[start:])
        return reader

    def _end_here(self) -> None:
        """Once all has come that was said; lets go of what was read ahead."""
        stream, self._stream, self._done = self._stream, None, True
        try:
            more = stream.read(1)
        except UnreadableFile:  # zip's LZMA has no end
            more = b""
        if more:
            raise UnreadableFile("it unpacks to more than the archive says")
        if self._crc != self._entry.crc:
            raise UnreadableFile("its checksum is wrong")

    def close(self) -> None:
        self._stream = None
        super().close()


class CutOff(UserError):
    """The archive ends before its end."""


class TooLarge(UserError):
    """More files or bytes than the settings allow."""


def too_large(name: str, what: str) -> TooLarge:
    return TooLarge(
        "The archive is too large",
        f"{name} unpacks to {what}",
        "Pack fewer or smaller files, or have TLCORE_MAX_BYTES and TLCORE_MAX_FILES raised",
    )


def _damaged(name: str, what: str) -> UserError:
    return UserError("The archive is damaged", f"{name}: {what}", "Pack or download it again")
