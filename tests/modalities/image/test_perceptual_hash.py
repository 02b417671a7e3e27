"""Hashes are of the DCT that scipy computes, and stay what they are where a picture is the same to the eye."""

import io

import numpy as np
from PIL import Image
from scipy.fft import dctn

from tlcore.evaluation.data_issues.near_duplicates import differing_bits
from tlcore.modalities.image.perceptual_hash import BITS, perceptual_hashes


def picture(seed: int, side: int = 96) -> Image.Image:
    """Clouds by chance: like photographs, most of what is in it is in low frequencies."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC)


def hash_of(image: Image.Image, side: int = 64) -> np.ndarray:
    return perceptual_hashes(np.asarray(image.convert("RGB").resize((side, side)))[None])


def test_bits_say_which_low_frequencies_are_above_their_median():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40, 56, 3), np.uint8)
    for one, found in zip(pixels, perceptual_hashes(pixels), strict=True):
        low = dctn(one @ np.array([0.299, 0.587, 0.114]), type=2)[1:9, 1:9].ravel()
        expected = np.packbits(low > np.median(low)).view(np.uint64)[0]
        assert found == expected


def test_a_picture_saved_anew_resized_or_made_lighter_hardly_differs():
    image = picture(1)
    saved = io.BytesIO()
    image.save(saved, "JPEG", quality=40)
    lighter = Image.fromarray((np.asarray(image) * 0.8 + 40).astype(np.uint8))
    for other in (Image.open(saved), image.resize((33, 33)), lighter, image.convert("L")):
        assert differing_bits(hash_of(image), hash_of(other))[0] <= 6


def test_other_pictures_differ_in_about_half_of_the_bits():
    hashes = np.concatenate([hash_of(picture(seed)) for seed in range(30)])
    differing = differing_bits(hashes[:-1], hashes[1:])
    assert differing.min() > 10 and abs(differing.mean() - BITS / 2) < 5


def test_a_picture_of_one_colour_has_a_hash():
    assert len(perceptual_hashes(np.full((2, 20, 20, 3), 200, np.uint8))) == 2
    assert perceptual_hashes(np.empty((0, 8, 8, 3), np.uint8)).shape == (0,)
