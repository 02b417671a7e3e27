"""One picture at a module's size: the one way of decoding and resizing, which an exported graph repeats."""

import threading
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import simplejpeg
from PIL import Image

from tlcore.modalities.image.decoding import open_rgb
from tlcore.modalities.modality import Range

try:
    from cykooz_resizer import FilterType, ImageData, PixelType, ResizeAlg, ResizeOptions, Resizer
except ModuleNotFoundError:  # where there is no wheel of it: ARM processors under Linux
    Resizer = None

VERSION = 2  # of `decode`; another number makes every kept row of pixels and features a thing of the past
_LARGE = 16_000_000  # pixels: such are decoded one at a time, by `open_rgb`
_SMALL = 16  # pixels: below, libjpeg's sizes at different scales are not told apart
_EXIF_TURN = 0x0112
_of_thread = threading.local()


def decode(path: Path | BinaryIO, height: int, width: int, values: Range | None = None) -> np.ndarray:
    """One picture squashed to a size: bilinear over the area that each new pixel covers, down and then across.

    A JPEG is decoded at a half, a quarter or an eighth where that is no smaller than the size on either side. Each of
    the two ways of resizing is rounded to eight bits, so an exported graph (`serving`) gives the same pixels.

    Args:
        path: the file, or an open one.
        height: in pixels.
        width: in pixels.
        values: the range that pictures of more than 8 bits are scaled by (see `open_rgb`).

    Returns:
        uint8 (height, width, 3), RGB.

    Raises:
        UserError: the picture can't be read.
    """
    picture = _plain_jpeg(path, height, width)
    if picture is None:
        if not isinstance(path, Path):
            path.seek(0)
        picture = np.asarray(open_rgb(path, size=(width, height), values=values))
    return resize(picture, height, width)


def _plain_jpeg(path: Path | BinaryIO, height: int, width: int) -> np.ndarray | None:
    """What `open_rgb` would give, sooner; None where the picture is not a JPEG that lies upright and is whole."""
    try:
        content = path.read_bytes() if isinstance(path, Path) else path.read()
        with Image.open(BytesIO(content), formats=("JPEG",)) as image:
            if image.mode not in ("RGB", "L") or image.getexif().get(_EXIF_TURN, 1) != 1:
                return None
            full_width, full_height = image.size
        # the scale that Pillow's `draft` chooses, which `open_rgb` uses
        scale = next(each for each in (8, 4, 2, 1) if each <= max(1, min(full_width // width, full_height // height)))
        if min(full_width, full_height) < _SMALL or full_width * full_height > _LARGE * scale**2:
            return None
        scaled = {"min_height": -(-full_height // scale), "min_width": -(-full_width // scale)}
        return simplejpeg.decode_jpeg(content, "RGB", **scaled)
    except Exception:  # `open_rgb` says in words what is wrong with it, if anything is
        return None


def resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture, uint8 (any height, any width, 3), squashed to a size."""
    before_height, before_width = picture.shape[:2]
    if Resizer is None:  # differs by one in some places, as Pillow's fractions are of 22 bits
        down = Image.fromarray(picture).resize((before_width, height), Image.Resampling.BILINEAR)
        return np.asarray(down.resize((width, height), Image.Resampling.BILINEAR))
    if not hasattr(_of_thread, "resizer"):
        _of_thread.resizer = Resizer()
    before = ImageData(before_width, before_height, PixelType.U8x3, picture.tobytes())
    after = ImageData(width, height, PixelType.U8x3)
    options = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.bilinear), use_alpha=False)
    _of_thread.resizer.resize(before, after, options)
    return np.frombuffer(after.get_buffer(), np.uint8).reshape(height, width, 3)
