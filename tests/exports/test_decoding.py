"""Pictures come out of the graph as they come out of Pillow, to the last bit."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tlcore.features import pixels

tf = pytest.importorskip("tensorflow")
from tlcore.exports import decoding  # noqa: E402

random = np.random.default_rng(0)
NOISE = random.integers(0, 256, (61, 83, 4)).astype(np.uint8)


def encoded(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def both(content: bytes, height=48, width=40):
    inside = decoding.decode(tf.constant([content]), height, width).numpy()[0]
    return inside.astype(int), pixels.decode(io.BytesIO(content), height, width).astype(int)


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
def test_graph_and_pillow_decode_alike(kind):
    inside, outside = both(PICTURES[kind])
    np.testing.assert_array_equal(inside, outside)


@settings(max_examples=60, deadline=None)
@given(*[st.integers(1, 70)] * 4)
def test_each_way_of_resizing_is_pillows_to_the_last_bit(height, width, new_height, new_width):
    picture = np.random.default_rng(height * width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    across = Image.fromarray(picture).resize((new_width, height), Image.Resampling.BILINEAR)
    expected = np.asarray(across.resize((new_width, new_height), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(decoding.resize(tf.constant(picture), new_height, new_width).numpy(), expected)


def test_several_at_once_and_none():
    content = [PICTURES["PNG"], PICTURES["JPEG"]]
    together = decoding.decode(tf.constant(content), 16, 16).numpy()
    for row, each in zip(together, content, strict=True):
        np.testing.assert_array_equal(row, decoding.decode(tf.constant([each]), 16, 16).numpy()[0])
    assert decoding.decode(tf.constant([], tf.string), 16, 16).shape == (0, 16, 16, 3)


@pytest.mark.real_data
def test_photographs_decode_alike(real_data):
    with zipfile.ZipFile(real_data / "data" / "ants-bees.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg") and "__MACOSX" not in name]
        assert len(names) > 300
        for name in names[::12]:
            inside, outside = both(archive.read(name), 224, 224)
            np.testing.assert_array_equal(inside, outside, err_msg=name)
