"""The confusion matrix as a figure: a cell for each pair of classes, that can be clicked."""

import zlib
from collections.abc import Callable
from html import escape

import numpy as np
import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

from pages.shared.wording.formatting import shorten

CELLS = {"counts": "Counts", "row": "Share of row", "column": "Share of column"}
FEW = 20  # classes up to which cells are large, and carry their number
_ROW = 13  # pixels a row has at least
_SIDE = 420  # pixels that all columns have together in a window of common width
_SIZES = (6, 12)  # of numbers
_INKS = ("#17262b", "#ffffff")
_LIGHT = {"empty": "#f2f6f5", "right": "#0f766e", "wrong": "#d6455d", "frame": "#17262b"}
_DARK = {"empty": "#1a262a", "right": "#2dd4bf", "wrong": "#ff7088", "frame": "#e4eeec"}


def shares(matrix: np.ndarray, measure: str) -> np.ndarray:
    """Each cell as a share of its row or column, or of the largest cell for "counts"; 0 where there is nothing.

    Args:
        matrix: (k, k) counts, rows true.
        measure: one of `CELLS`.

    Returns:
        (k, k) float in 0…1.
    """
    whole = {
        "counts": np.full(matrix.shape, matrix.max(initial=0)),
        "row": np.broadcast_to(matrix.sum(axis=1, keepdims=True), matrix.shape),
        "column": np.broadcast_to(matrix.sum(axis=0, keepdims=True), matrix.shape),
    }[measure]
    return np.divide(matrix, whole, out=np.zeros(matrix.shape), where=whole > 0)


def confusion_figure(
    matrix: np.ndarray,
    class_names: tuple[str, ...],
    order: np.ndarray,
    *,
    measure: str = "counts",
    cell: tuple[int | None, int | None] = (None, None),
    dark: bool = False,
) -> go.Figure:
    """Right answers in one colour on the diagonal, mistakes in another; the colours grow with the square root.

    A cell's `customdata` is its (true, predicted) class. Labels that find no room are left out, and come back when
    a person zooms in.

    Args:
        matrix: (k, k) counts, rows true.
        class_names: k names.
        order: (k,) permutation, the order of rows and columns.
        measure: one of `CELLS`.
        cell: the (true, predicted) class to frame; None for a whole row or column.
        dark: whether the page is dark.
    """
    colours = _DARK if dark else _LIGHT
    share = shares(matrix, measure)
    diagonal = np.eye(len(class_names), dtype=bool)
    of_row, of_column = shares(matrix, "row"), shares(matrix, "column")

    def text(true: int, predicted: int) -> str:
        if not matrix[true, predicted]:
            return ""
        return f"{matrix[true, predicted]:,}" if measure == "counts" else f"{share[true, predicted]:.0%}"

    def hover(true: int, predicted: int) -> str:
        return (
            f"{matrix[true, predicted]:,} ({of_row[true, predicted]:.1%} of row, "
            f"{of_column[true, predicted]:.1%} of column)"
        )

    depth = np.sqrt(share)
    return _figure(np.where(diagonal, depth, -depth), text, hover, class_names, order, cell, colours)


def difference_figure(
    before: np.ndarray,
    after: np.ndarray,
    class_names: tuple[str, ...],
    *,
    names: tuple[str, str] = ("before", "after"),
    cell: tuple[int | None, int | None] = (None, None),
    dark: bool = False,
) -> go.Figure:
    """How a second matrix differs from a first, in class order: one colour for the better, another for the worse.

    Better is more on the diagonal and less beside it. What a cell carries is as in `confusion_figure`.

    Args:
        before: (k, k) counts, rows true.
        after: the same of the second.
        class_names: k names.
        names: what the two are called.
        cell: the (true, predicted) class to frame.
        dark: whether the page is dark.
    """
    colours = _DARK if dark else _LIGHT
    change = after - before
    good = np.where(np.eye(len(class_names), dtype=bool), change, -change)
    depth = np.sign(good) * np.sqrt(shares(np.abs(change), "counts"))

    def text(true: int, predicted: int) -> str:
        return f"{change[true, predicted]:+,}".replace("-", "−") if change[true, predicted] else ""

    def hover(true: int, predicted: int) -> str:
        return f"{names[0]}: {before[true, predicted]:,}, {names[1]}: {after[true, predicted]:,}"

    return _figure(depth, text, hover, class_names, np.arange(len(class_names)), cell, colours)


def _figure(
    depth: np.ndarray,
    text: Callable[[int, int], str],
    hover: Callable[[int, int], str],
    class_names: tuple[str, ...],
    order: np.ndarray,
    cell: tuple[int | None, int | None],
    colours: dict[str, str],
) -> go.Figure:
    """Cells as deep in their colour as said, with their text where it fits, and the frame.

    Args:
        depth: (k, k) in −1…1; above zero it is of one colour, below of the other.
        text: what is written in a (true, predicted) cell, where cells are large.
        hover: the same for what is shown over it.
        class_names: k names.
        order: (k,) permutation.
        cell: the cell to frame.
        colours: of the page.
    """
    k = len(class_names)
    categories = [f"c{place}" for place in order]  # names may repeat once they are shortened
    full = [escape(shorten(name, 80), quote=False) for name in class_names]

    def grid(of: Callable[[int, int], object]) -> list[list]:
        return [[of(int(true), int(predicted)) for predicted in order] for true in order]

    inks = np.where(_is_light(depth, colours), *_INKS)
    figure = go.Figure(
        go.Heatmap(  # one for both colours: below zero is wrong, or worse
            z=depth[np.ix_(order, order)],
            x=categories,
            y=categories,
            zmin=-1,
            zmax=1,
            colorscale=[[0, colours["wrong"]], [0.5, colours["empty"]], [1, colours["right"]]],
            showscale=False,
            xgap=1 if k <= 50 else 0,
            ygap=1 if k <= 50 else 0,
            customdata=grid(lambda true, predicted: [true, predicted]),
            hovertext=grid(lambda t, p: f"true <b>{full[t]}</b><br>predicted <b>{full[p]}</b><br>{hover(t, p)}"),
            hovertemplate="%{hovertext}<extra></extra>",
            **_texts(grid(text), inks[np.ix_(order, order)]) if k <= FEW else {},
        )
    )
    length = 26 if k <= 12 else 16
    axis = {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": categories,
        "labelalias": {
            f"c{place}": escape(shorten(name, length), quote=False) for place, name in enumerate(class_names)
        },
        "tickfont": {"size": 12 if k <= FEW else 9},
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    figure.update_xaxes(**axis, title="Predicted", side="top", range=[-0.5, k - 0.5], autotickangles=[0, -45, -90])
    figure.update_yaxes(**axis, title="True", range=[k - 0.5, -0.5])
    if cell != (None, None):
        figure.add_shape(**_frame(cell, order, colours["frame"]))
    figure.update_layout(
        height=figure_height(k),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        hovermode="closest",
        uirevision=zlib.crc32(
            repr((class_names, order.tolist())).encode()
        ),  # what is zoomed stays when a cell is chosen
        dragmode="zoom" if k > FEW else False,
    )
    return figure


def _texts(words: list[list[str]], inks: np.ndarray) -> dict:
    """What is written in cells, in ink of their own, as large as fits: Plotly itself would measure the markup too."""
    longest = max((len(each) for row in words for each in row), default=0)
    inked = [
        [each and f'<span style="color:{ink}">{each}</span>' for each, ink in zip(*row, strict=True)]
        for row in zip(words, inks, strict=True)
    ]
    size = int(np.clip(_SIDE / len(words) / max(1, longest), *_SIZES))
    return {"text": inked, "texttemplate": "%{text}", "textfont": {"size": size}}


def _is_light(depth: np.ndarray, colours: dict[str, str]) -> np.ndarray:
    """Whether dark text stands out more than white from cells (contrast ratio of WCAG 2.2, 1.4.3); (k, k) bool."""
    empty, right, wrong = (np.array(hex_to_rgb(colours[name])) / 255 for name in ("empty", "right", "wrong"))
    full = np.where(depth[..., None] > 0, right, wrong)
    light = _luminance(empty + np.abs(depth)[..., None] * (full - empty))
    dark = _luminance(np.array(hex_to_rgb(_INKS[0])) / 255)
    return (light + 0.05) / (dark + 0.05) > 1.05 / (light + 0.05)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def figure_height(k: int) -> int:
    """Pixels for k classes and their labels."""
    row = max(_ROW, min(90, 520 // max(1, k)))
    return 110 + k * row


def _frame(cell: tuple[int | None, int | None], order: np.ndarray, colour: str) -> dict:
    k = len(order)
    place = {int(label): position for position, label in enumerate(order)}
    (y0, y1), (x0, x1) = ((-0.5, k - 0.5) if each is None else (place[each] - 0.5, place[each] + 0.5) for each in cell)
    return {"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "line": {"color": colour, "width": 2}}
