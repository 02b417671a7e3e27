"""Pictures of more than 8 bits are imported with the range of them all."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.modalities.image.deep_files import png_in_16_bits, tiff_in_16_bits
from tlcore.datasets import import_dataset
from tlcore.modalities.image.decoding import open_rgb


@pytest.fixture(scope="module")
def deep_pictures():
    """By name, grey pictures of 12 bits in 16, and what each has at its brightest."""
    files, most = {}, {}
    for number in range(12):
        pixels = np.zeros((16, 16), np.uint16)
        pixels[number, :] = 1000 + 250 * number
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        name = f"{'ab'[number % 2]}/{number}.png"
        files[name], most[name] = buffer.getvalue(), 1000 + 250 * number
    return files, most


def test_a_dataset_of_deep_pictures_knows_their_range_and_says_it(deep_pictures, make_folder):
    files, most = deep_pictures
    dataset = import_dataset(make_folder(files), name="deep")
    assert dataset.values == (0, 4095)
    problem = next(each for each in dataset.problems if each.kind == "values")
    assert problem.action.startswith(
        "12 pictures have more than 8 bits: values are scaled from 0 (black) to 4095 (white)"
    )
    for row in dataset.examples.itertuples():
        brightest = most[next(name for name in most if row.source_name.endswith(name))]
        shown = np.asarray(open_rgb(dataset.file(row.id), values=dataset.values))
        assert shown.max() == round(brightest * 255 / 4095)
        assert row.brightness == pytest.approx(brightest / 4095 / 16, abs=0.002)
        assert row.contrast == pytest.approx(shown[..., 0].std() / 255, abs=0.002)


def test_colours_of_16_bits_share_the_range_and_what_keeps_8_of_them_is_named(make_folder):
    random = np.random.default_rng(0)
    files, pixels = {}, {}
    for number in range(12):
        name = f"{'ab'[number % 2]}/{number}.png"
        pixels[name] = random.integers(0, 3000, (9, 9, 3)).astype(np.uint16)
        files[name] = png_in_16_bits(pixels[name])
    for number in range(2):
        files[f"a/apart {number}.tif"] = tiff_in_16_bits(pixels["a/0.png"] + number, "II", apart=True, packed=True)
    dataset = import_dataset(make_folder(files), name="deep colours")
    assert dataset.values == (0, 4095)
    said, named = (each for each in dataset.problems if each.kind == "values")
    assert said.action.startswith("12 pictures have more than 8 bits")
    assert "upper 8 bits only" in named.action and set(named.files) == {"a/apart 0.tif", "a/apart 1.tif"}
    for row in dataset.examples.itertuples():
        if row.source_name in pixels:
            shown = np.asarray(open_rgb(dataset.file(row.id), values=dataset.values))
            np.testing.assert_array_equal(shown, np.floor(pixels[row.source_name] * (255 / 4095) + 0.5))
            assert row.brightness == pytest.approx(shown.mean() / 255, abs=0.02)


def test_a_dataset_of_8_bits_has_no_range(two_classes, make_folder):
    dataset = import_dataset(make_folder(two_classes), name="plain")
    assert dataset.values is None
    assert not [each for each in dataset.problems if each.kind == "values"]
