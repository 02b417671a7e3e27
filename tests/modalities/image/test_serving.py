"""Pictures come out of an exported graph as they come out of `resizing`, to the last bit."""

import io
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.modalities.image.deep_files import png_in_16_bits
from tlcore.modalities.image import resizing as outside
from tlcore.modalities.image import serving

random = np.random.default_rng(0)
NOISE = random.integers(0, 256, (61, 83, 4)).astype(np.uint8)


def encoded(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def both(content: bytes, height=48, width=40):
    inside = serving.decode(tf.constant([content]), height, width).numpy()[0]
    return inside.astype(int), outside.decode(io.BytesIO(content), height, width).astype(int)


def photograph(height: int, width: int) -> Image.Image:
    """Smooth shapes with some noise: all frequencies, and no pixel like another."""
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 17 + y / 31), np.cos(x * y / 9000), np.sin(y / 5) * np.cos(x / 7)], axis=-1)
    noise = random.normal(0, 12, (height, width, 3))
    return Image.fromarray((128 + 100 * waves + noise).clip(0, 255).astype(np.uint8))


PICTURES = {
    "JPEG": encoded(Image.fromarray(NOISE[..., :3]), "JPEG", quality=90),
    "progressive JPEG": encoded(Image.fromarray(NOISE[..., :3]), "JPEG", progressive=True),
    "JPEG, colour at full size": encoded(Image.fromarray(NOISE[..., :3]), "JPEG", subsampling=0),
    "grey JPEG": encoded(Image.fromarray(NOISE[..., 0]), "JPEG"),
    "PNG": encoded(Image.fromarray(NOISE[..., :3]), "PNG"),
    "grey PNG": encoded(Image.fromarray(NOISE[..., 0]), "PNG"),
    "black and white PNG": encoded(Image.fromarray(NOISE[..., 0]).convert("1"), "PNG"),
    "PNG of four colours": encoded(Image.fromarray(NOISE[..., :3]).quantize(4), "PNG"),
    "palette PNG": encoded(Image.fromarray(NOISE[..., :3]).quantize(64), "PNG"),
    "palette PNG, see-through": encoded(Image.fromarray(NOISE[..., :3]).quantize(64), "PNG", transparency=3),
    "alpha PNG": encoded(Image.fromarray(NOISE), "PNG"),
    "grey alpha PNG": encoded(Image.fromarray(NOISE).convert("LA"), "PNG"),
    "GIF": encoded(Image.fromarray(NOISE[..., :3]).quantize(64), "GIF"),
    "BMP": encoded(Image.fromarray(NOISE[..., :3]), "BMP"),
    "16-bit grey PNG": encoded(Image.fromarray(NOISE[..., 0].astype(np.uint16) * 250), "PNG"),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_inside_and_outside_decode_alike(kind):
    inside, outside = both(PICTURES[kind])
    np.testing.assert_array_equal(inside, outside)


TURNED = np.zeros((40, 90, 3), np.uint8)
TURNED[:20, :30] = (255, 120, 0)
TURNED[30:, 60:] = (0, 60, 200)


def turned_by(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a picture", orientation
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(48, 40), (9, 20)])
def test_a_turn_that_exif_notes_is_undone(orientation, format, size):
    content = encoded(Image.fromarray(TURNED), format, exif=turned_by(orientation))
    inside, outside = both(content, *size)
    np.testing.assert_array_equal(inside, outside)
    if orientation > 1:
        upright, _ = both(encoded(Image.fromarray(TURNED), format), *size)
        assert np.abs(inside - upright).max() > 100


@pytest.mark.parametrize("endian", [">", "<"])
def test_exif_of_either_order_of_bytes_is_read(endian):
    exif = turned_by(6)
    exif.endian = endian
    inside, outside = both(encoded(Image.fromarray(TURNED), "JPEG", exif=exif))
    np.testing.assert_array_equal(inside, outside)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_exif_that_was_meddled_with_fails_nothing(data):
    content = bytearray(encoded(Image.fromarray(TURNED), "JPEG", exif=turned_by(6)))
    start = content.index(b"Exif") + 6
    for place in data.draw(st.lists(st.integers(start, start + 45), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    assert serving.decode(tf.constant([bytes(content)]), 8, 8).shape == (1, 8, 8, 3)


@pytest.mark.parametrize("values", [(0.0, 255.0), (0.0, 4095.0), (-100.0, 30000.0), (37.0, 41.5)])
def test_deep_pictures_are_scaled_alike(values):
    deep = random.integers(0, 2**14, (61, 83)).astype(np.uint16)
    content = encoded(Image.fromarray(deep), "PNG")
    inside = serving.decode(tf.constant([content]), 48, 40, values).numpy()[0]
    np.testing.assert_array_equal(inside, outside.decode(io.BytesIO(content), 48, 40, values))


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("values", [(0.0, 4095.0), (-100.0, 30000.0), (37.0, 41.5)])
def test_colours_in_16_bits_are_scaled_alike(values, bands):
    content = png_in_16_bits(random.integers(0, 2**14, (61, 83, bands)).astype(np.uint16))
    inside = serving.decode(tf.constant([content]), 48, 40, values).numpy()[0]
    np.testing.assert_array_equal(inside, outside.decode(io.BytesIO(content), 48, 40, values))


@pytest.mark.parametrize("bands", [1, 3])
def test_a_number_that_stands_for_transparent_is_taken_alike(bands):
    deep = random.integers(0, 5, (61, 83, bands)).astype(np.uint16) * 800
    content = png_in_16_bits(deep, key=(800,) * bands)
    inside = serving.decode(tf.constant([content]), 48, 40, (0.0, 4095.0)).numpy()[0]
    np.testing.assert_array_equal(inside, outside.decode(io.BytesIO(content), 48, 40, (0.0, 4095.0)))


@pytest.mark.parametrize("size", [(95, 81), (96, 80), (97, 161), (191, 160), (192, 161), (401, 333), (517, 643)])
@pytest.mark.parametrize(
    "kind",
    [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"mode": "L"}, {"restart_marker_rows": 1}],
)
def test_large_jpegs_are_decoded_at_the_same_scale(size, kind):
    options = dict(kind)
    picture = photograph(*size).convert(options.pop("mode", "RGB"))
    exif = Image.Exif()
    exif[0x0112] = 1
    inside, outside = both(encoded(picture, "JPEG", quality=85, exif=exif, **options))
    np.testing.assert_array_equal(inside, outside)


def test_a_scaled_decoding_shows_the_same_picture():
    """At an eighth, a quarter and a half, against the whole picture resized."""
    for size in ((384, 320), (192, 160), (96, 80), (95, 79)):
        picture = photograph(*size)
        inside, _ = both(encoded(picture, "JPEG", quality=95))
        whole = np.asarray(picture.resize((40, 48), Image.Resampling.BOX)).astype(int)
        assert np.abs(inside - whole).mean() < 5


def test_a_large_cmyk_jpeg_is_decoded():
    content = encoded(photograph(200, 170).convert("CMYK"), "JPEG", quality=95)
    inside, outside = both(content)
    assert inside.shape == outside.shape == (48, 40, 3)


@settings(max_examples=60, deadline=None)
@given(*[st.integers(1, 70)] * 4)
def test_resizing_is_the_same_to_the_last_bit(height, width, new_height, new_width):
    picture = np.random.default_rng(height * width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    inside = serving.resize(tf.constant(picture), new_height, new_width).numpy()
    np.testing.assert_array_equal(inside, outside.resize(picture, new_height, new_width))


def test_several_at_once_and_none():
    content = [PICTURES["PNG"], PICTURES["JPEG"]]
    together = serving.decode(tf.constant(content), 16, 16).numpy()
    for row, each in zip(together, content, strict=True):
        np.testing.assert_array_equal(row, serving.decode(tf.constant([each]), 16, 16).numpy()[0])
    assert serving.decode(tf.constant([], tf.string), 16, 16).shape == (0, 16, 16, 3)


@pytest.mark.real_data
def test_photographs_decode_alike(real_data):
    with zipfile.ZipFile(real_data / "data" / "ants-bees.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg") and "__MACOSX" not in name]
        assert len(names) > 300
        for name in names[::12]:
            inside, outside = both(archive.read(name), 224, 224)
            np.testing.assert_array_equal(inside, outside, err_msg=name)
