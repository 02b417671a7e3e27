"""One colour a class, everywhere; the colours of splits and of right and wrong."""

import colorsys

_FIRST = ("#0d9488", "#e07a3f", "#5b6ee1", "#c2417c", "#8a9a2b", "#2e93c9", "#b4552d", "#7d55c7", "#3c9d5d", "#c99a1e")
SPLITS = {"train": "#64748b", "val": "#f59e0b", "test": "#38bdf8"}
RIGHT, WRONG = "#2f9e6b", "#d6455d"


def class_colours(class_names: tuple[str, ...]) -> dict[str, str]:
    """A colour for each class by its place: ten chosen by hand, then hues a golden angle apart."""
    return {name: _FIRST[place] if place < len(_FIRST) else _hue(place) for place, name in enumerate(class_names)}


def _hue(place: int) -> str:
    lightness, saturation = ((0.45, 0.6), (0.62, 0.55), (0.33, 0.65))[place % 3]
    rgb = colorsys.hls_to_rgb(place * 0.381966 % 1, lightness, saturation)
    return "#" + "".join(f"{round(value * 255):02x}" for value in rgb)
