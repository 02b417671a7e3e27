"""The points of an embedding map: which there are, which are drawn, and which a loop around some of them holds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

DRAWN = 10_000  # points at most; more make a browser slow


def thin(points: pd.DataFrame, most: int = DRAWN, seed: int = 0) -> np.ndarray:
    """Chooses points to draw where there are too many: by class, mistakes first.

    Each class keeps a like number at least, and of the rest as many as its share: rare classes stay whole. Within a
    class mistakes come first, up to half of what is drawn of it.

    Args:
        points: a row an example, with `label` and `predicted` (int).
        most: how many are drawn.
        seed: what chance depends on.

    Returns:
        Row numbers (at most `most`,) int, in order; all where there are no more.
    """
    n = len(points)
    if n <= most:
        return np.arange(n)
    labels = points["label"].to_numpy()
    wrong = labels != points["predicted"].to_numpy()
    counts = np.bincount(labels)
    room = _quotas(counts, most)
    chance = np.random.default_rng(seed).permutation(n)
    by_class = np.lexsort([chance, ~wrong, labels])  # a class after the other, its mistakes first
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    mistakes = np.bincount(labels[wrong], minlength=len(counts))
    right = counts - mistakes
    kept_wrong = np.minimum(mistakes, np.maximum(-(-room // 2), room - right))
    kept_right = np.minimum(right, room - kept_wrong)
    place = np.arange(n) - np.repeat(first, counts)  # within the class
    of = np.repeat(np.arange(len(counts)), counts)
    kept = (place < kept_wrong[of]) | ((place >= mistakes[of]) & (place < (mistakes + kept_right)[of]))
    return np.sort(by_class[kept])


def _quotas(counts: np.ndarray, most: int) -> np.ndarray:
    """How many of each class: half of the room shared out alike, what is left by how many more there are."""
    alike = np.minimum(counts, most // 2 // np.count_nonzero(counts))
    left, more = most - alike.sum(), counts - alike
    return alike + np.minimum(more, more * left // max(1, more.sum()))


def inside(points: pd.DataFrame, loops: Sequence[dict], boxes: Sequence[dict]) -> np.ndarray:
    """Which points lie within any loop or box that was drawn on the map.

    Args:
        points: `x` and `y`, a row an example.
        loops: `x` and `y` of each corner, as Plotly's lasso gives them.
        boxes: `x` and `y` of two opposite corners.

    Returns:
        (n,) bool.
    """
    x, y = points["x"].to_numpy(float), points["y"].to_numpy(float)
    found = np.zeros(len(points), bool)
    for box in boxes:
        (left, right), (low, high) = sorted(box["x"]), sorted(box["y"])
        found |= (x >= left) & (x <= right) & (y >= low) & (y <= high)
    if loops:
        order = np.argsort(y, kind="stable")
        for loop in loops:
            found[order] |= _in_polygon(x[order], y[order], np.array(loop["x"], float), np.array(loop["y"], float))
    return found


def _in_polygon(x: np.ndarray, y: np.ndarray, corners_x: np.ndarray, corners_y: np.ndarray) -> np.ndarray:
    """Whether a ray to the right crosses the polygon's sides an odd number of times; points go up in y.

    Only the points at a side's own height are looked at for it, so that a loop of many corners costs little.
    """
    odd = np.zeros(len(x), bool)
    for x0, y0, x1, y1 in zip(corners_x, corners_y, np.roll(corners_x, -1), np.roll(corners_y, -1), strict=True):
        if y0 == y1:
            continue
        low, high = np.searchsorted(y, [min(y0, y1), max(y0, y1)])
        level = slice(low, high)
        odd[level] ^= x[level] < x0 + (y[level] - y0) * (x1 - x0) / (y1 - y0)
    return odd
