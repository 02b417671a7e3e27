"""Feature vectors made by chance, for sizes that no real data at hand has."""

import numpy as np


def clusters(count: int, features: int = 1280, classes: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors like those of a network's last ReLU: 64 directions that matter, noise in all, nothing below zero.

    Each class is a normal cloud in 64 dimensions, its middle half a standard deviation or so from the origin, carried
    by a random matrix into all features, with noise of half that size in each; the negative half is cut off. A linear
    head gets most of them right and not all.

    Args:
        count: how many.
        features: how long each is.
        classes: how many, of about the same size.
        seed: another one gives others.

    Returns:
        float32 (count, features), and labels (count,) int64.
    """
    rng = np.random.default_rng(seed)
    middles = 0.5 * rng.standard_normal((classes, 64), np.float32)
    carry = rng.standard_normal((64, features), np.float32) / 8
    labels = rng.integers(0, classes, count)
    vectors = np.empty((count, features), np.float32)
    for start in range(0, count, 10_000):
        part = slice(start, min(start + 10_000, count))
        hidden = middles[labels[part]] + rng.standard_normal((part.stop - start, 64), np.float32)
        noise = rng.standard_normal((part.stop - start, features), np.float32)
        vectors[part] = np.maximum(hidden @ carry + 0.5 * noise, 0)
    return vectors, labels
