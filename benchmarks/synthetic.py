"""Feature vectors and pictures made by chance, for sizes that no real data at hand has."""

import os
from pathlib import Path

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


def little_pictures(folders: dict[int, Path], side: int, classes: int = 10, suffix: str = ".png") -> None:
    """Writes files of coloured squares by chance, no two alike, a folder a class.

    Args:
        folders: by how many pictures each is to hold; the smaller ones hold the first of the larger ones'.
        side: of a picture, in pixels; a multiple of 8.
        classes: how many.
        suffix: of the files, which says their format.
    """
    from PIL import Image

    rng = np.random.default_rng(0)
    largest, *others = sorted(folders, reverse=True)
    for size, folder in folders.items():
        for label in range(min(classes, size)):
            (folder / f"class-{label}").mkdir(parents=True)
    for number in range(largest):
        name = Path(f"class-{number % classes}", f"{number:06d}{suffix}")
        squares = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        squares.resize((side, side), Image.Resampling.NEAREST).save(
            folders[largest] / name, **({"compress_level": 1} if suffix == ".png" else {"quality": 95})
        )
        for size in others:
            if number < size:
                os.link(folders[largest] / name, folders[size] / name)
