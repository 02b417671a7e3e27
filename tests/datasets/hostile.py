"""Archives that are made to do harm, each as small as it can be."""

import bz2
import gzip
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZEROS = 1 << 27  # bytes that a few packed ones unpack to


def tar_entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, size: int | None = None) -> bytes:
    """A header and its content, which the header may lie about."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, len(content) if size is None else size
    return entry.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


GOOD = tar_entry("ants/1.png", b"good")


def zip_of(name: str, packed: bytes, method: int, says: int, crc: int = 0) -> bytes:
    """A zip with one sound file, and one whose bytes and size are as given."""
    parts, directory = [], []
    for entry, content, how, size, check in (
        (b"ants/1.png", b"good", 0, 4, zlib.crc32(b"good")),
        (name.encode(), packed, method, says, crc),
    ):
        offset = sum(map(len, parts))
        fields = struct.pack("<HHHHIIIHH", 0, how, 0, 0, check, len(content), size, len(entry), 0)
        parts.append(b"PK\x03\x04\x14\0" + fields + entry + content)
        fields += struct.pack("<HHHII", 0, 0, 0, 0, offset)
        directory.append(b"PK\x01\x02\x14\0\x14\0" + fields + entry)
    start, length = sum(map(len, parts)), sum(map(len, directory))
    return b"".join(parts + directory) + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2, 2, length, start, 0)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def lzma_for_zip(content: bytes, dictionary: int = 1 << 16) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
    return (
        b"\x09\x14\x05\0\x5d" + struct.pack("<I", dictionary) + lzma.compress(content, lzma.FORMAT_RAW, filters=filters)
    )


def xz_with_dictionary(content: bytes, code: int) -> bytes:
    """An xz stream whose header asks for a dictionary: 40 for nearly 4 GiB."""
    packed = bytearray(lzma.compress(content, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]))
    length = 4 * (packed[12] + 1)
    packed[12 + 4] = code
    packed[12 + length - 4 : 12 + length] = struct.pack("<I", zlib.crc32(packed[12 : 12 + length - 4]))
    return bytes(packed)


def zstd_with_window(content: bytes, code: int) -> bytes:
    """A zstd frame whose header asks for a window: 0xA8 for 2 GiB."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.content_size_flag: 0})
    packed = bytearray(packer.compress(content) + packer.flush())
    packed[5] = code
    return bytes(packed)


def pax(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    return tar_entry("pax", records, kind)


def sparse() -> bytes:
    """A file of a billion bytes, none of which is there, in GNU's old form, with another block of its map."""
    header = bytearray(tar_entry("ants/holes.png", kind=tarfile.GNUTYPE_SPARSE))
    header[482] = 1
    header[483:495] = b"%011o " % 10**9
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header) + bytes(512)


def negative_size() -> bytes:
    header = bytearray(tar_entry("ants/2.png"))
    header[124:136] = (-1024).to_bytes(12, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def quine() -> bytes:
    """A zip in a zip in a zip in a zip."""
    content = b"good"
    for name in ("ants/1.png", "a.zip", "b.zip", "c.zip"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
            archive.writestr("ants/1.png" if name != "ants/1.png" else "ants/2.png", b"good")
        content = buffer.getvalue()
    return content


def wide(size: int, offset: int) -> bytes:
    """A zip64 whose second entry has these sizes."""
    content = bytearray(zip_of("ants/2.png", b"bad!", 0, 0xFFFFFFFF))
    second = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    content[second + 20 : second + 28] = b"\xff" * 8
    content[second + 42 : second + 46] = b"\xff" * 4
    extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
    content[second + 30 : second + 32] = struct.pack("<H", len(extra))
    content[end:end] = extra
    end += len(extra)
    content[end + 12 : end + 16] = struct.pack("<I", struct.unpack_from("<I", content, end + 12)[0] + len(extra))
    return bytes(content)


_NULL = bytes(ZEROS)
_ENDLESS = tar_entry("ants/2.png", size=1 << 40)

ARCHIVES = {
    # what a person sees of each: the good file, and a word of the fault, or of the refusal
    "pax of digits": (gzip.compress(pax(b"1" * 500_000) + GOOD), "damaged"),
    "pax far too long": (gzip.compress(GOOD + pax(b"1" * (1 << 21)) + tar_entry("ants/2.png")), "too long"),
    "pax without an end": (gzip.compress(GOOD + pax(b"99999999999 path=x\n")), "pax header is damaged"),
    "pax of a huge size": (gzip.compress(GOOD + pax(b"30 size=1" + b"9" * 20 + b"\n") + GOOD), "pax header is damaged"),
    "a name of 60,000 letters in a tar": (
        gzip.compress(GOOD + tar_entry("long", b"n" * 60_000, tarfile.GNUTYPE_LONGNAME) + tar_entry("ants/2.png")),
        "60,000 bytes",
    ),
    "a name of 60,000 letters in pax": (
        gzip.compress(GOOD + pax(b"60012 path=" + b"n" * 60_000 + b"\n") + tar_entry("ants/2.png")),
        "60,000 bytes",
    ),
    "a name of 60,000 letters in a zip": (zip_of("n" * 60_000, b"bad!", 0, 4), "60,000 bytes"),
    "a name of a gigabyte": (
        gzip.compress(GOOD + tar_entry("long", b"", tarfile.GNUTYPE_LONGNAME, 1 << 30) + bytes(1 << 20)),
        "cut off",
    ),
    "headers without files": (gzip.compress(GOOD + pax(b"9 a=bcde\n") * 30_000), "more than 1,000 files"),
    "long headers without files": (gzip.compress(GOOD + pax(b"9 a=bcde\n" * 100_000) * 40), "headers are far too long"),
    "a sparse file": (gzip.compress(GOOD + sparse() + GOOD.replace(b"1.png", b"1.png")), "sparse"),
    "a sparse file in pax": (
        gzip.compress(GOOD + pax(b"29 GNU.sparse.realsize=99999\n") + tar_entry("ants/2.png", b"x")),
        "sparse",
    ),
    "a negative size": (gzip.compress(GOOD + negative_size()), "a header is damaged"),
    "a size of a terabyte": (gzip.compress(GOOD + _ENDLESS), "more than 100,000,000 bytes"),
    "a size of a terabyte in a plain tar": (GOOD + _ENDLESS, "cut off"),
    "empty gzip members": (gzip.compress(b"") * 50_000 + gzip.compress(GOOD + bytes(1024)), ""),
    "empty xz streams": (lzma.compress(b"") * 5_000 + lzma.compress(GOOD + bytes(1024)), ""),
    "a dictionary of 4 GiB": (xz_with_dictionary(GOOD, 40), "emory"),
    "a window of 2 GiB": (zstd_with_window(GOOD * 100, 0xA8), "memory"),
    "bzip2 without an end": (zip_of("ants/2.png", bz2.compress(_NULL), 12, 100), "more than the archive says"),
    "LZMA without an end": (zip_of("ants/2.png", lzma_for_zip(_NULL), 14, 100), "more than the archive says"),
    "deflate without an end": (zip_of("ants/2.png", raw_deflate(_NULL), 8, 100), "more than the archive says"),
    "xz without an end": (zip_of("ants/2.png", lzma.compress(_NULL), 95, 100), "more than the archive says"),
    "zstd without an end": (zip_of("ants/2.png", zstd.compress(_NULL), 93, 100), "more than the archive says"),
    "an LZMA dictionary of 4 GiB": (
        zip_of("ants/2.png", lzma_for_zip(b"x" * 100, 0xFFFFFFFF), 14, 99_000_000),
        "shorter|cut off|checksum",
    ),
    "a shorter file than said": (zip_of("ants/2.png", raw_deflate(b"x" * 50), 8, 60), "shorter|cut off"),
    "a stored file that says it is larger": (zip_of("ants/2.png", b"bad!", 0, 5), "size"),
    "a deflated file that says it is far larger": (zip_of("ants/2.png", raw_deflate(b"x"), 8, 90_000_000), "size"),
    "a file larger than the limit": (zip_of("ants/2.png", bz2.compress(b"x"), 12, 200_000_000), "100,000,000 bytes"),
    "a wrong checksum": (zip_of("ants/2.png", raw_deflate(b"x" * 50), 8, 50, 1), "checksum"),
    "zip64 beyond the end": (wide(4, 1 << 62), "not where the archive says"),
    "zip64 of a huge size": (wide(1 << 62, 44), "more than 100,000,000 bytes"),
    "a zip in a zip in a zip": (quine(), "archive inside an archive"),
}
