"""Pictures of more than 8 bits are imported with the range of them all."""

import io

import numpy as np
import pytest
from PIL import Image

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


def test_a_dataset_of_8_bits_has_no_range(two_classes, make_folder):
    dataset = import_dataset(make_folder(two_classes), name="plain")
    assert dataset.values is None
    assert not [each for each in dataset.problems if each.kind == "values"]
