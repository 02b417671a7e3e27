"""An explanation drawn: the picture, the heat map, and the picture with parts covered."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from tlcore.modalities.image.decoding import open_rgb
from tlcore.modalities.modality import Range

_SIDE = 448  # pixels of a picture's longer side, as large as a page shows one


def write_explanation(
    folder: Path, path: Path, heat: np.ndarray, covered: Mapping[str, np.ndarray], values: Range | None
) -> None:
    """Writes `picture.png`, `heat.png` (8 bits: 255 is hottest) and a file a name of what is covered.

    Args:
        folder: for the files.
        path: of the picture.
        heat: float32 (h, w) in 0…1.
        covered: uint8 (h, w, 3) each, by name.
        values: the range that pictures of more than 8 bits are scaled by.
    """
    picture = open_rgb(path, size=(_SIDE, _SIDE), values=values)
    scale = _SIDE / max(picture.size)
    shape = tuple(max(1, round(side * scale)) for side in picture.size)
    _draw(folder / "picture.png", picture, shape)
    _draw(folder / "heat.png", Image.fromarray((heat * 255).round().astype(np.uint8)), shape)
    for name, each in covered.items():
        _draw(folder / f"{name}.png", Image.fromarray(each), shape)


def _draw(path: Path, picture: Image.Image, shape: tuple[int, int]) -> None:
    picture.resize(shape, Image.Resampling.BICUBIC).save(path, compress_level=1)
