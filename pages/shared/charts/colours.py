"""The colours that all charts share, and one for each compared run."""

from tlcore.reports.drawing.colours import RIGHT as RIGHT
from tlcore.reports.drawing.colours import SPLITS as SPLITS
from tlcore.reports.drawing.colours import WRONG as WRONG
from tlcore.reports.drawing.colours import class_colours as class_colours

LETTERS = tuple("ABCDEF")


def run_colours() -> dict[str, str]:
    """A colour for each of the letters that compared runs go by."""
    return class_colours(LETTERS)
