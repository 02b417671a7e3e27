"""Which values a module expects pixels to have: the ways that there are, by name and in words. Without TensorFlow."""

from collections.abc import Sequence
from typing import NamedTuple

from tlcore.base.errors import UserError

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels in 0…1: torchvision's numbers
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red in 0…255


class PixelValues(NamedTuple):
    """What pixels, RGB in 0…1, become before they go into a module.

    Attributes:
        value_range: what 0 and 1 become.
        mean: of each channel, in their order: taken off after that; none where empty.
        std: what is then divided by.
        order: of the channels.
    """

    value_range: tuple[float, float] = (0.0, 1.0)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    order: str = "RGB"

    @property
    def fields(self) -> dict:
        """As a `Module` has them."""
        return dict(value_range=self.value_range, pixel_mean=self.mean, pixel_std=self.std, channel_order=self.order)

    @property
    def text(self) -> str:
        """As it is typed: “0,255”, “0,255,BGR”, “imagenet”."""
        named = next((name for name, values in NAMED.items() if values == self), None)
        return named or ",".join([*map(_shortest, self.value_range), *([self.order] * (self.order != "RGB"))])

    @property
    def words(self) -> str:
        """As people read it: “0 … 255”."""
        if self == NAMED["imagenet"]:
            return "0 … 1, minus ImageNet's mean, divided by its standard deviation"
        if self == NAMED["caffe"]:
            return "0 … 255 in BGR, minus ImageNet's mean"
        words = "{:g} … {:g}".format(*self.value_range).replace("-", "−")
        return words if self.order == "RGB" else f"{words} in {self.order}"


NAMED = {
    "imagenet": PixelValues((0.0, 1.0), _MEAN, _STD),
    "caffe": PixelValues((0.0, 255.0), _CAFFE_MEAN, (1.0, 1.0, 1.0), "BGR"),
}
USUAL = (PixelValues((0.0, 1.0)), PixelValues((-1.0, 1.0)), PixelValues((0.0, 255.0)), *NAMED.values())


def _shortest(number: float) -> str:
    """The number with as few digits as say it whole."""
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))


def parse_pixel_values(given: str | Sequence[float]) -> PixelValues:
    """The pixel values that “LOW,HIGH”, “LOW,HIGH,BGR” or a name, or two numbers, mean.

    Raises:
        UserError: they mean none.
    """
    if isinstance(given, str) and given.strip().lower() in NAMED:
        return NAMED[given.strip().lower()]
    try:
        low, high, *order = given.replace("−", "-").split(",") if isinstance(given, str) else given
        low, high, order = float(low), float(high), [str(each).strip().upper() for each in order] or ["RGB"]
        if not -1e6 < low < high < 1e6 or order not in (["RGB"], ["BGR"]):
            raise ValueError
    except (ValueError, TypeError):
        what = given if isinstance(given, str) else " to ".join(map(str, given))
        raise UserError(
            "This is not a pixel range",
            f"“{str(what)[:80]}”",
            f"Give the lowest and the highest value, as in 0,255, or use {' or '.join(NAMED)}",
        ) from None
    return PixelValues((low, high), order=order[0])
