"""What a module's input says of the pictures that it takes: their sides, channels, and in which order these come."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

_LEAST_SIDE = 8  # of a grey picture without an axis for channels: smaller squares may be anything
_NUMBERS = ("float16", "bfloat16", "float32", "float64", "uint8", "int8", "uint16", "int16", "int32", "int64")


class ImageInput(NamedTuple):
    """One picture as a module takes it.

    Attributes:
        height: in pixels; None where any will do.
        width: in pixels; None where any will do.
        channels: 3, or 1 for grey.
        layout: "HWC": channels last; "CHW": channels first; "HW": grey, without an axis for channels.
    """

    height: int | None
    width: int | None
    channels: int
    layout: Literal["HWC", "CHW", "HW"]

    @property
    def words(self) -> str:
        """“3 channels (RGB)”, “1 channel (grey), channels first”."""
        channels = "1 channel (grey)" if self.channels == 1 else f"{self.channels} channels (RGB)"
        return channels + {"HWC": "", "CHW": ", channels first", "HW": ", no channel axis"}[self.layout]


def image_input(shape: Sequence[int | None], dtype: str = "float32") -> ImageInput | None:
    """How a picture goes into a tensor of this shape (without the batch axis) and type; None where none does."""
    if dtype not in _NUMBERS:
        return None
    match tuple(shape):
        case (height, width, 1 | 3 as channels):
            return ImageInput(height, width, channels, "HWC")
        case (1 | 3 as channels, height, width):
            return ImageInput(height, width, channels, "CHW")
        case (height, width, None):
            return ImageInput(height, width, 3, "HWC")
        case (int() as height, int() as width) if height == width >= _LEAST_SIDE:
            return ImageInput(height, width, 1, "HW")
    return None
