"""The pixels that a README's program makes of a file are those that training saw, to a rounding."""

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.little_run import SIZE
from tests.exports.readme_code import programs
from tlcore.exports.readme import use_on_items
from tlcore.modalities.image.resizing import decode

random = np.random.default_rng(0)
NOISE = Image.fromarray(random.integers(0, 256, (90, 70, 4)).astype(np.uint8))
TURNED = Image.Exif()
TURNED[0x0112] = 6


@pytest.mark.parametrize(
    "picture, options",
    [
        (NOISE, {"format": "PNG"}),
        (NOISE.convert("RGB"), {"format": "PNG"}),
        (NOISE.convert("L"), {"format": "JPEG", "quality": 90}),
        (NOISE.convert("RGB"), {"format": "JPEG", "quality": 90}),
        (NOISE.convert("RGB"), {"format": "JPEG", "quality": 90, "exif": TURNED}),
    ],
    ids=["see-through", "PNG", "grey", "JPEG", "turned"],
)
def test_a_file_becomes_the_pixels_that_training_saw(made, tmp_path, monkeypatch, picture, options):
    monkeypatch.chdir(tmp_path)
    picture.save("picture.jpg", **options)
    (tmp_path / "class_names.txt").write_text("ants\nbees\n")
    use = use_on_items(made.run, imports="", load="", predict="probabilities = np.zeros(2)")
    found = {}
    exec(programs(use, tmp_path)[0], found)
    assert found["images"].shape == (1, SIZE, SIZE, 3) and found["images"].dtype == np.float32
    seen = decode(tmp_path / "picture.jpg", SIZE, SIZE).astype(float)
    assert np.abs(found["images"][0] * 255 - seen).max() < 2.5
