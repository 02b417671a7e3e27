"""Archives from anyone, read file by file; nothing is ever written under a name that one of them gives."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tlcore import settings
from tlcore.datasets.names import clean, clean_archived
from tlcore.errors import UserError

_LONGEST_HEADER = 1 << 20


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


def read_archive(path: Path) -> Iterator[Found]:
    """Every file of a zip or tar (plain, gz, bz2, xz), in the archive's order.

    Raises:
        UserError: it is no archive; can't be opened; is damaged, encrypted, or larger than the settings allow; or
            holds links, devices, entries that overlap, or names that point outside.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise UserError("The archive can't be read", f"{path}: {error.strerror}", "Check who may read it") from None
    with file:
        head = file.read(512)
        file.seek(0)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            yield from _read_zip(path)
        elif (unpack := _unpacker(head)) is not None:
            file.seek(0)
            yield from _read_tar(path, unpack(file))
        else:
            raise UserError(
                "This is no archive", f"{path.name}: {_what(head)}", "Give a zip or tar archive, or a folder"
            )


def _unpacker(head: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    if head.startswith(b"\x1f\x8b"):
        return lambda file: gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return lambda file: file
    return None


def _is_old_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _what(head: bytes) -> str:
    if not head:
        return "the file is empty"
    if head.startswith(b"Rar!"):
        return "a RAR archive, which is not read"
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return "a 7-Zip archive, which is not read"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer; fetch the file with `git lfs pull`"
    if not head.strip(b"\0"):
        return "it holds nothing"
    if head.lstrip()[:1] == b"<":
        return "a web page; the download may have failed"
    return "neither zip nor tar"


# Zip


def _read_zip(path: Path) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(path)  # which closes itself when none of its entries is left to be read
    except Exception as error:  # a hostile directory of files raises nearly anything
        raise _damaged(path, error) from None
    entries = []
    for entry in archive.infolist():
        name = clean_archived(_zip_name(entry), path.name)
        _check_zip_entry(path, entry)
        if not entry.is_dir():
            entries.append((name, entry))
    check_limits(path, len(entries), sum(entry.file_size for _, entry in entries))
    _check_overlaps(path, archive)
    for name, entry in entries:
        yield Found(name, _ZipEntry(archive, entry), len(entries), entry.file_size, lasting=True)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & 0x800:  # not said to be UTF-8, though it often is
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _check_zip_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise UserError("The archive is encrypted", _place(path, entry), "Pack it without a password")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _linked(_place(path, entry))
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        raise UserError(
            "The archive is packed in a way that is not read",
            f"{_place(path, entry)} has zip's method {entry.compress_type}",
            "Pack it with “deflate”, the usual method",
        )


def _place(path: Path, entry: zipfile.ZipInfo) -> str:
    return f"{path.name}: “{clean(entry.orig_filename)[:200]}”"


def _check_overlaps(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuses entries that share bytes: a small archive that unpacks to any size (CVE-2024-0450)."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in entries), archive.start_dir][1:]
    for entry, end in zip(entries, ends, strict=True):
        archive.fp.seek(max(0, entry.header_offset))
        header = archive.fp.read(30)
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            where = f"{_place(path, entry)} is not where the archive says"
            raise UserError("The archive is damaged", where, "Pack or download it again")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        if entry.header_offset + 30 + name_length + extra_length + entry.compress_size > end:
            raise UserError(
                "The archive holds files that overlap",
                _place(path, entry),
                "Such archives are made to do harm; pack the files yourself",
            )


class _ZipEntry(io.RawIOBase):
    """An entry that opens when it is first read, so that what is left out costs nothing; threads may read several."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo):
        self._archive = archive
        self._entry = entry
        self._stream = None

    def read(self, size: int = -1) -> bytes:
        try:
            if self._stream is None:
                self._stream = self._archive.open(self._entry)
            return self._stream.read(size)
        except Exception as error:  # zlib, bz2, lzma and zipfile each raise their own
            raise Damaged(f"it is damaged inside the archive ({str(error)[:100] or type(error).__name__})") from None

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        super().close()


# Tar


def _read_tar(path: Path, stream: BinaryIO) -> Iterator[Found]:
    count = size = 0
    try:
        with tarfile.open(fileobj=_Limited(path, stream), mode="r:") as archive:
            while (entry := archive.next()) is not None:
                archive.members = []  # it keeps them all
                name = clean_archived(entry.name, path.name)
                if not (entry.isreg() or entry.isdir()):
                    raise _linked(f"{path.name}: “{name[:200]}”")
                if entry.size < 0:
                    raise tarfile.ReadError("a file of negative size")
                if entry.isreg():
                    count += 1
                    size += entry.size
                    check_limits(path, count, size)
                    yield Found(name, _TarEntry(path, archive.extractfile(entry)), None, entry.size)
    except UserError:
        raise
    except Exception as error:  # tarfile and what unpacks for it raise nearly anything on hostile bytes
        if count == 0 and isinstance(error, tarfile.ReadError):
            raise UserError("This is no archive", f"{path.name}: there is no tar in it", "Give a zip or tar") from None
        raise _damaged(path, error) from None


class _TarEntry(io.RawIOBase):
    """A file in a tar; where it can't be read, what comes after it can't either."""

    def __init__(self, path: Path, stream: BinaryIO):
        self._path = path
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except UserError:
            raise
        except Exception as error:
            raise _damaged(self._path, error) from None


class _Limited(io.RawIOBase):
    """Stands between tarfile and the unpacked bytes, since tarfile reads headers of any length into memory."""

    def __init__(self, path: Path, stream: BinaryIO):
        self._path = path
        self._stream = stream
        self._left = settings.max_bytes() + 2048 * settings.max_files()

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header or file with a length of {size:,} bytes")
        self._left -= size
        if self._left < 0:
            raise _too_large(self._path, f"more than {settings.max_bytes():,} bytes")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


# Both


def check_limits(path: Path, files: int, size: int) -> None:
    """Raises a `UserError` when an archive holds more files or bytes than the settings allow."""
    if files > settings.max_files():
        raise _too_large(path, f"more than {settings.max_files():,} files")
    if size > settings.max_bytes():
        raise _too_large(path, f"more than {settings.max_bytes():,} bytes")


def _too_large(path: Path, what: str) -> UserError:
    return UserError(
        "The archive is too large",
        f"{path.name} unpacks to {what}",
        "Pack fewer or smaller files, or have TLCORE_MAX_BYTES and TLCORE_MAX_FILES raised",
    )


def _damaged(path: Path, error: Exception) -> UserError:
    what = str(error)[:200] or type(error).__name__
    return UserError("The archive is damaged", f"{path.name}: {what}", "Pack or download it again")


def _linked(where: str) -> UserError:
    return UserError("The archive holds a link or device", where, "Pack the files themselves, not links to them")
