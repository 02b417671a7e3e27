"""Packed bytes unpacked a bounded piece at a time, whatever they claim to be."""

import bz2
import io
import lzma
import struct
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO

from tlcore.datasets.sources.members import UnreadableFile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_MEMORY = 1 << 27  # bytes of a dictionary or window that what is packed may ask for; xz -9 asks for 65 MiB
_CHUNK = 1 << 16  # packed bytes that are read at a time
_PIECE = 1 << 18  # unpacked bytes that are made at a time, where nobody says how many


class Unpacked(io.RawIOBase):
    """The unpacked form of a packed stream.

    No more is unpacked than is read, so that whoever reads can count it and stop. Reading raises `UnreadableFile` where
    the stream is cut off, is none of its kind, or asks for more memory than `MOST_MEMORY`.
    """

    def __init__(self, packed: BinaryIO, new: Callable[[], object], repeated: bool = False):
        """`new` makes a decompressor as those of `bz2` are; where `repeated`, several streams may follow each other."""
        self._packed = packed
        self._new = new
        self._repeated = repeated
        self._rest = b""
        self._decompressor = None
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or a piece of them where it is -1; b"" at the end."""
        if size == 0 or self._ended:
            return b""
        try:
            return self._read(size if size > 0 else _PIECE)
        except (UnreadableFile, EOFError) as error:
            raise UnreadableFile(str(error)) from None
        except MemoryError:
            raise UnreadableFile("unpacking it needs more memory than there is") from None
        except Exception as error:  # zlib, bz2, lzma and zstd each raise their own
            raise UnreadableFile(str(error)[:100] or type(error).__name__) from None

    def _read(self, size: int) -> bytes:
        while True:
            if self._decompressor is None:
                self._decompressor = self._new()
            packed = b""
            if self._decompressor.needs_input:
                packed, self._rest = self._rest or self._packed.read(_CHUNK), b""
            content = self._decompressor.decompress(packed, size)
            if self._decompressor.eof:
                self._next()
                if content or self._ended:
                    return content
            elif content:
                return content
            elif not packed and self._decompressor.needs_input:
                raise EOFError("it is cut off")

    def _next(self) -> None:
        """Goes on to the stream behind one that has ended, if there is one."""
        self._rest = self._decompressor.unused_data
        self._decompressor = None
        if self._repeated:
            self._rest = self._rest or self._packed.read(_CHUNK)
            while self._rest and not self._rest.strip(b"\0"):  # padding
                self._rest = self._packed.read(_CHUNK)
            self._rest = self._rest.lstrip(b"\0")
        self._ended = not (self._repeated and self._rest)


class _Zlib:
    """zlib's decompressor, which counts what it has not consumed in another way than the others do."""

    def __init__(self, window: int):
        self._inner = zlib.decompressobj(window)
        self._tail = b""
        self._full = False

    @property
    def needs_input(self) -> bool:
        return not self._tail and not self._full

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, packed: bytes, size: int) -> bytes:
        content = self._inner.decompress(self._tail + packed if self._tail else packed, size)
        self._tail = self._inner.unconsumed_tail
        self._full = len(content) == size  # so there may be more in it
        return content


def gzip(packed: BinaryIO) -> Unpacked:
    return Unpacked(packed, lambda: _Zlib(31), repeated=True)


def bzip2(packed: BinaryIO) -> Unpacked:
    return Unpacked(packed, bz2.BZ2Decompressor, repeated=True)


def xz(packed: BinaryIO) -> Unpacked:
    return Unpacked(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY), repeated=True)


def zstandard(packed: BinaryIO) -> Unpacked:
    window = MOST_MEMORY.bit_length() - 1
    return Unpacked(
        packed,
        lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window}),
        repeated=True,
    )


def deflate(packed: BinaryIO) -> Unpacked:
    return Unpacked(packed, lambda: _Zlib(-15))


def lzma_in_zip(packed: BinaryIO, size: int) -> Unpacked:
    """What zip calls LZMA: a header, then a stream without an end, which unpacks to `size` bytes."""

    def new() -> lzma.LZMADecompressor:
        header = packed.read(4)
        length = struct.unpack("<H", header[2:])[0] if len(header) == 4 else 0
        properties = packed.read(min(length, 64))
        if length != 5 or len(properties) != 5 or properties[0] >= 9 * 5 * 5:
            raise UnreadableFile("its LZMA header is damaged")
        rest, lc = divmod(properties[0], 9)
        pb, lp = divmod(rest, 5)
        dictionary = min(struct.unpack("<I", properties[1:])[0], max(size, 4096))
        if dictionary > MOST_MEMORY:
            raise UnreadableFile(f"unpacking it needs a dictionary of {dictionary:,} bytes, which is too large")
        options = {"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": lc, "lp": lp, "pb": pb}
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[options])

    return Unpacked(packed, new)
