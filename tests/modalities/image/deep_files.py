"""Files of 16 bits a channel that Pillow does not write."""

import struct
import zlib

import numpy as np


def png_in_16_bits(pixels: np.ndarray, *, key: tuple[int, ...] = ()) -> bytes:
    """A PNG: grey, grey with alpha, RGB or RGBA, uint16 (h, w, 1 to 4)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, bands = pixels.shape
    rows = pixels.astype(">u2").reshape(height, -1).view(np.uint8)
    step = 2 * bands
    lines = [b"\0" + rows[0].tobytes()]
    for row in rows[1:]:  # filtered by the pixel to the left
        lines.append(b"\1" + (row - np.concatenate([np.zeros(step, np.uint8), row[:-step]])).tobytes())
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[bands]
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))]
    parts += [chunk(b"tRNS", np.array(key, ">u2").tobytes())] if key else []
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [*parts, chunk(b"IDAT", zlib.compress(b"".join(lines))), chunk(b"IEND", b"")]
    )


def tiff_in_16_bits(pixels: np.ndarray, order: str, *, packed=False, apart=False, extra=None, kind=2) -> bytes:
    """A TIFF of several bands, uint16 (h, w, bands): `apart`, one band after another; `kind` 5 is CMYK."""
    height, width, bands = pixels.shape
    end = {"II": "<", "MM": ">"}[order]
    planes = [pixels[..., band] for band in range(bands)] if apart else [pixels]
    data = [plane.astype(f"{end}u2").tobytes() for plane in planes]
    data = [zlib.compress(each) for each in data] if packed else data
    tags = {
        256: [width], 257: [height], 258: [16] * bands, 259: [8 if packed else 1], 262: [kind], 273: [0] * len(data),
        277: [bands], 278: [height], 279: [len(each) for each in data], 284: [2 if apart else 1],
    } | ({} if extra is None else {338: [extra]})  # fmt: skip
    start = 8 + 2 + 12 * len(tags) + 4
    place = start + 4 * sum(len(values) for values in tags.values() if len(values) > 1)
    tags[273] = [place + sum(map(len, data[:number])) for number in range(len(data))]
    entries, more = b"", b""
    for tag, values in tags.items():
        content = struct.pack(f"{end}{len(values)}I", *values)
        at = content if len(values) == 1 else struct.pack(f"{end}I", start + len(more))
        more += b"" if len(values) == 1 else content
        entries += struct.pack(f"{end}HHI", tag, 4, len(values)) + at
    head = {"II": b"II*\0", "MM": b"MM\0*"}[order] + struct.pack(f"{end}I", 8) + struct.pack(f"{end}H", len(tags))
    return head + entries + bytes(4) + more + b"".join(data)
