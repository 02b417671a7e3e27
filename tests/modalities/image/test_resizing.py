"""A picture becomes the same pixels by the quick way and by the plain one."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tlcore.base.errors import UserError
from tlcore.modalities.image import resizing
from tlcore.modalities.image.decoding import open_rgb

NOISE = np.random.default_rng(0).integers(0, 256, (123, 201, 3)).astype(np.uint8)


def encoded(picture: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def exif(turn: int) -> Image.Exif:
    noted = Image.Exif()
    noted[0x0112] = turn
    return noted


def plain(content: bytes, height: int, width: int) -> np.ndarray:
    return resizing.resize(np.asarray(open_rgb(io.BytesIO(content), size=(width, height))), height, width)


PICTURE = Image.fromarray(NOISE)
JPEGS = {
    "colour": encoded(PICTURE),
    "grey": encoded(PICTURE.convert("L")),
    "progressive": encoded(PICTURE, progressive=True),
    "not subsampled": encoded(PICTURE, subsampling=0),
    "CMYK": encoded(PICTURE.convert("CMYK")),
    "upright by EXIF": encoded(PICTURE, exif=exif(1)),
    **{f"turned by EXIF, {turn}": encoded(PICTURE, exif=exif(turn)) for turn in range(2, 9)},
    "tiny": encoded(PICTURE.resize((15, 9))),
    "bytes after its end": encoded(PICTURE) + b"more",
    "stray bytes between markers": encoded(PICTURE)[:20] + b"\0\0" + encoded(PICTURE)[20:],
}


@pytest.mark.parametrize("size", [(3, 3), (20, 30), (61, 100), (70, 40), (200, 300)])
@pytest.mark.parametrize("kind", JPEGS)
def test_quick_and_plain_give_the_same_pixels(kind, size):
    np.testing.assert_array_equal(resizing.decode(io.BytesIO(JPEGS[kind]), *size), plain(JPEGS[kind], *size))


def test_a_large_jpeg_is_decoded_no_smaller_than_the_size(monkeypatch):
    shapes = []
    resize = resizing.resize
    monkeypatch.setattr(
        resizing, "resize", lambda picture, *size: shapes.append(picture.shape) or resize(picture, *size)
    )
    sizes = {(61, 100): (62, 101, 3), (62, 100): (123, 201, 3), (30, 50): (31, 51, 3), (15, 99): (62, 101, 3)}
    for size in sizes:
        resizing.decode(io.BytesIO(JPEGS["colour"]), *size)
    assert shapes == list(sizes.values())


@settings(max_examples=60, deadline=None)
@given(*[st.integers(1, 90)] * 4)
def test_resizing_is_pillows_but_for_the_last_bit(height, width, new_height, new_width):
    picture = np.random.default_rng(height * width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    down = Image.fromarray(picture).resize((width, new_height), Image.Resampling.BILINEAR)
    pillows = np.asarray(down.resize((new_width, new_height), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(resizing.resize(picture, new_height, new_width) - pillows).max() <= 2


def test_without_the_resizer_pillow_does_it(monkeypatch):
    quick = resizing.decode(io.BytesIO(JPEGS["colour"]), 50, 60).astype(int)
    monkeypatch.setattr(resizing, "Resizer", None)
    assert np.abs(resizing.decode(io.BytesIO(JPEGS["colour"]), 50, 60) - quick).max() <= 2


def test_a_picture_is_squashed_to_the_size(tmp_path):
    halves = np.zeros((4, 40, 3), np.uint8)
    halves[:, 20:] = 200
    Image.fromarray(halves).save(tmp_path / "wide.png")
    small = resizing.decode(tmp_path / "wide.png", 6, 2)
    assert small.shape == (6, 2, 3) and (small[:, 0] < 40).all() and (small[:, 1] > 160).all()


@pytest.mark.parametrize("content", [b"", b"text", JPEGS["colour"][:2000], JPEGS["colour"][:20]])
def test_what_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(UserError, match="broken.jpg"):
        resizing.decode(tmp_path / "broken.jpg", 16, 16)
    with pytest.raises(UserError, match="absent.jpg"):
        resizing.decode(tmp_path / "absent.jpg", 16, 16)
