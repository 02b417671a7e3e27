"""Parts of a picture covered: what is marked, the same part elsewhere, and windows that slide over all of it."""

import numpy as np
from PIL import Image

SHARE = 0.2  # of a picture's pixels: the part that is marked
_CELLS = 8  # along each side of a picture; a window covers 2 × 2 of them


def marked_part(heat: np.ndarray, share: float = SHARE) -> np.ndarray:
    """The hottest pixels of a heat map.

    Args:
        heat: (h, w), 0 where nothing speaks for the class.
        share: of the pixels that are marked; fewer where fewer are above 0.

    Returns:
        (h, w) bool.
    """
    count = min(round(share * heat.size), np.count_nonzero(heat > 0))
    marked = np.zeros(heat.size, bool)
    marked[np.argsort(-heat, axis=None, kind="stable")[:count]] = True
    return marked.reshape(heat.shape)


def random_parts(marked: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """The same part moved by chance: as large and of the same shape; what leaves on one side comes in on the other.

    Args:
        marked: (h, w) bool.
        count: how many.
        seed: of chance.

    Returns:
        (count, h, w) bool.
    """
    moves = np.random.default_rng(seed).integers(marked.shape, size=(count, 2))
    return np.stack([np.roll(marked, move, axis=(0, 1)) for move in moves])


def cover(picture: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """A picture with parts of it covered by its own mean colour.

    Args:
        picture: uint8 (h, w, 3).
        parts: (n, h, w) bool.

    Returns:
        uint8 (n, h, w, 3).
    """
    colour = picture.mean(axis=(0, 1)).round().astype(np.uint8)
    return np.where(parts[..., None], colour, picture)


def windows(height: int, width: int) -> np.ndarray:
    """Square parts that slide over a picture, each half over the one before: (n, height, width) bool."""
    rows, columns = (np.linspace(0, side, _CELLS + 1).astype(int) for side in (height, width))
    parts = np.zeros(((_CELLS - 1) ** 2, height, width), bool)
    for number, part in enumerate(parts):
        row, column = divmod(number, _CELLS - 1)
        part[rows[row] : rows[row + 2], columns[column] : columns[column + 2]] = True
    return parts


def occlusion_heat(parts: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """How much of the confidence hangs on each pixel: the mean loss by the windows that cover it, 0 where it gains.

    Zeiler & Fergus, Visualizing and understanding convolutional networks (2014), arXiv:1311.2901, section 4.2.

    Args:
        parts: (n, h, w) bool, which together cover every pixel.
        losses: (n,), of confidence when that part is covered.

    Returns:
        (h, w) float32.
    """
    total = np.tensordot(losses.astype(np.float32), parts.astype(np.float32), 1)
    return np.maximum(total / parts.sum(axis=0), 0)


def enlarge(heat: np.ndarray, height: int, width: int) -> np.ndarray:
    """A heat map of any size at a picture's, float32 (height, width) in 0…1, its highest value 1 unless all are 0."""
    if highest := float(heat.max()):
        heat = heat / highest
    drawn = Image.fromarray(heat.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(drawn).clip(0, 1)
