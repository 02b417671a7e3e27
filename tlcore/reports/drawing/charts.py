"""Charts as plain geometry in pixels, which templates draw as SVG."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tlcore.base.formatting import shorten
from tlcore.reports.drawing.colours import WRONG, class_colours

_WIDEST = 460  # pixels of a matrix without its names
_CELLS = (3, 44)  # pixels a side: the smallest and the largest
_NUMBERS = 20  # classes up to which cells carry their number
_LETTER = 6.5  # pixels, about, of a letter of a name
_NAMED = 12  # pixels of a cell that has room for its class's name
_RIGHT = "#0f766e"  # deeper than elsewhere, so that white reads on it
_DEEP = 0.85  # the depth of colour from which a number on it is white
_MAP = (400, 320)
_POINTS = 10_000  # of a map; of more, as many are drawn
_LEGEND = 12  # classes


class Cell(NamedTuple):
    """One cell of a matrix that is not empty."""

    x: float
    y: float
    number: int
    title: str
    colour: str
    depth: float
    deep: bool


class Name(NamedTuple):
    """A class's name beside a row or over a column."""

    at: float
    text: str
    title: str


class Matrix(NamedTuple):
    """A confusion matrix: rows true, columns predicted."""

    width: float
    height: float
    left: float
    top: float
    cell: float
    side: float
    names: list[Name]
    numbers: bool
    cells: list[Cell]


class Cloud(NamedTuple):
    """The points of one class as the path of an SVG, and their colour."""

    name: str
    colour: str
    path: str


class Map(NamedTuple):
    """An embedding map: `drawn` of `of` points, a cloud a class, and rings around those that were said wrongly."""

    width: int
    height: int
    clouds: list[Cloud]
    rings: str
    radius: float
    drawn: int
    of: int
    legend: bool


def draw_matrix(matrix: np.ndarray, class_names: Sequence[str]) -> Matrix:
    """Right answers in one colour and mistakes in another, which grow with the square root of the counts.

    Args:
        matrix: (k, k) counts, rows true.
        class_names: k names.
    """
    k = len(class_names)
    cell = float(np.clip(_WIDEST / k, *_CELLS))
    short = [shorten(name, 20) for name in class_names]
    named = cell >= _NAMED
    room = 14 + _LETTER * max(map(len, short)) if named else 18
    left, top = room + 14, room * 0.8 + 18
    depth = np.sqrt(matrix / max(1, matrix.max(initial=0)))
    cells = [
        Cell(
            left + cell * predicted,
            top + cell * true,
            int(matrix[true, predicted]),
            f"true {class_names[true]}, predicted {class_names[predicted]}: {matrix[true, predicted]:,}",
            _RIGHT if true == predicted else WRONG,
            round(float(depth[true, predicted]), 3),
            bool(depth[true, predicted] >= _DEEP),
        )
        for true, predicted in np.argwhere(matrix).tolist()
    ]
    names = [
        Name(cell * (place + 0.5), text, name)
        for place, (text, name) in enumerate(zip(short, class_names, strict=True))
        if named
    ]
    side = cell * k
    # a name over the last column leans out to the right
    return Matrix(left + side + room * 0.75, top + side + 2, left, top, cell, side, names, k <= _NUMBERS, cells)


def draw_map(x: np.ndarray, y: np.ndarray, labels: np.ndarray, wrong: np.ndarray, class_names: Sequence[str]) -> Map:
    """A map at one scale both ways; of many points an even share of each stretch of rows is drawn.

    Args:
        x: (n,) places, finite.
        y: (n,) the same upwards.
        labels: (n,) int, each point's class.
        wrong: (n,) bool, the points that get a ring.
        class_names: what labels index.
    """
    n = len(x)
    rows = np.unique(np.linspace(0, n - 1, min(n, _POINTS)).astype(int)) if n else np.arange(0)
    radius = 3.5 if n <= 500 else 2.5 if n <= 5000 else 1.5
    places = _fit(np.stack([x, -y], axis=1)[rows].astype(float), 3 * radius)
    labels, wrong = labels[rows], wrong[rows]
    colours = class_colours(tuple(class_names))
    clouds = [
        Cloud(name, colours[name], _dots(places[labels == place]))
        for place, name in enumerate(class_names)
        if (labels == place).any()
    ]
    return Map(*_MAP, clouds, _rings(places[wrong], radius + 1.5), radius, len(rows), n, len(clouds) <= _LEGEND)


def _fit(places: np.ndarray, margin: float) -> np.ndarray:
    """(n, 2) places moved and scaled into the map, its middle theirs."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array(_MAP) - 2 * margin
    scale = (room / np.maximum(high - low, 1e-12)).min()
    return np.array(_MAP) / 2 + (places - (low + high) / 2) * min(scale, 1e12)


def _dots(places: np.ndarray) -> str:
    """A line of no length for each point: with round ends it is a disc."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)


def _rings(places: np.ndarray, radius: float) -> str:
    ring = f"a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0"
    return "".join(f"M{x - radius:.1f} {y:.1f}{ring}" for x, y in places)
