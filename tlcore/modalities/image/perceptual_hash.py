"""Perceptual hashes: 64 bits of a picture that stay the same when it is saved anew, resized, or made a bit lighter."""

import numpy as np

BITS = 64
_SIDE = 8  # frequencies in each direction
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def perceptual_hashes(pictures: np.ndarray) -> np.ndarray:
    """The DCT hash of pictures: which of their 64 lowest frequencies are above the median.

    C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010). The mean brightness, and what
    changes in one direction alone, has no part in it.

    Args:
        pictures: uint8 (n, height, width, 3).

    Returns:
        uint64 (n,).
    """
    _, height, width, _ = pictures.shape
    found = _frequencies(height) @ (pictures @ _GREY) @ _frequencies(width).T
    found = found.reshape(len(pictures), BITS)
    above = found > np.median(found, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(np.uint64)[:, 0]


def _frequencies(length: int) -> np.ndarray:
    """(8, length) float32: the lowest cosines of the DCT-II, but for the constant."""
    places = np.arange(length) + 0.5
    return np.cos(np.pi / length * np.outer(np.arange(1, _SIDE + 1), places)).astype(np.float32)
