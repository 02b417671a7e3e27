"""The embedding map as a figure: a point an example, that can be selected in the plane and turned in space."""

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from pages.shared.charts.colours import RIGHT, SPLITS, WRONG, class_colours
from pages.shared.wording.formatting import shorten
from tlcore.evaluation.maps.embedding_maps import AXES
from tlcore.evaluation.slices.slices import Slice

COLOURINGS = {
    "label": "Label",
    "predicted": "Prediction",
    "right": "Right or wrong",
    "confidence": "Confidence",
    "split": "Split",
}
_FEW = 8  # traces that a legend below the map has room for
_MANY = 2000  # points from which WebGL draws them
_AIR = 0.04  # of a map's width, around it
_LONGEST = 1.5  # side of a map in space that Plotly's camera sees whole
_OUTLINE = "#8a979b"
_FAINT = 0.15  # opacity of what does not stand out


def map_figure(
    points: pd.DataFrame,
    colouring: str,
    class_names: tuple[str, ...],
    *,
    chosen: np.ndarray | None = None,
    height: int = 560,
    slices: Sequence[tuple[str, str]] = (),
) -> go.Figure:
    """The map, each class, split or answer with the colour that it has everywhere.

    Args:
        points: a row an example: `id`, `x`, `y`, in space `z` too, `name`, `split`, `label` and `predicted` (int),
            `confidence`.
        colouring: one of `COLOURINGS`, or "slice": by the column `slice` (int) of the points.
        class_names: what labels index.
        chosen: (n,) bool, which of them stand out; None: all do.
        height: pixels.
        slices: title and colour of what `slice` counts.

    Returns:
        A figure whose points carry their example's id as `customdata`. In space none of them can be selected.
    """
    axes = axes_of(points)
    kind = go.Scatter3d if "z" in axes else go.Scattergl if len(points) > _MANY else go.Scatter
    size = point_size(points)
    hover = words_of(points, class_names)
    ids = points["id"].to_numpy(str)  # not objects: Plotly copies figures, and objects one by one
    parts = list(parts_of(points, colouring, class_names, slices))
    traces = []
    for title, colour, all_rows in parts:
        for rows, look in (_in_space if "z" in axes else _in_plane)(all_rows, chosen):
            part = points.iloc[rows]
            marker = {"size": size, "color": colour, "opacity": 0.85}
            if colouring == "confidence":
                marker |= _scale(part["confidence"], len(class_names))
            traces.append(
                kind(
                    **coordinates(part),
                    customdata=ids[rows],
                    text=hover[rows],
                    name=title,
                    mode="markers",
                    marker=marker,
                    hovertemplate="%{text}<extra></extra>",
                ).update(look)
            )
    figure = go.Figure(traces, map_layout(axes, len(parts), height, str(len(points)), legend=colouring != "confidence"))
    return hold_frame(figure, points) if "z" in axes else figure


def _in_plane(rows: np.ndarray, stands_out: np.ndarray | None) -> list[tuple[np.ndarray, dict]]:
    """One trace, some of whose points are selected."""
    chosen = None if stands_out is None else np.flatnonzero(stands_out[rows])
    return [(rows, {"selectedpoints": chosen, "unselected": {"marker": {"opacity": _FAINT}}})]


def _in_space(rows: np.ndarray, stands_out: np.ndarray | None) -> list[tuple[np.ndarray, dict]]:
    """One trace, or two that are one in the legend: there a point has no opacity of its own."""
    if stands_out is None:
        return [(rows, {})]
    looks = [(rows[stands_out[rows]], {}), (rows[~stands_out[rows]], {"marker": {"opacity": _FAINT}})]
    looks = [(some, {**look, "legendgroup": str(rows[0])}) for some, look in looks if len(some)]
    return [(some, {**look, "showlegend": not number}) for number, (some, look) in enumerate(looks)]


def _scale(confidence: pd.Series, classes: int) -> dict:
    return {
        "color": confidence,
        "colorscale": "Viridis",
        "cmin": 1 / max(1, classes),
        "cmax": 1,
        "colorbar": {
            "orientation": "h",
            "y": 1,
            "yanchor": "bottom",
            "tickformat": ".0%",
            "thickness": 10,
            "outlinewidth": 0,
        },
    }


def slice_colours(slices: Sequence[Slice], kind: str) -> list[tuple[str, str]]:
    """Title and colour of each slice of a column: of numbers and dates a scale, grey where there is no value.

    Args:
        slices: of the column, in its order.
        kind: of the column.
    """
    values = [place for place, each in enumerate(slices) if each.is_value]
    if kind == "category":
        colours = list(class_colours(tuple(slices[place].name for place in values)).values())
    else:
        colours = sample_colorscale("Viridis", np.linspace(0, 1, len(values)).tolist())
    coloured = dict(zip(values, colours, strict=True))
    return [(each.name, coloured.get(place, _OUTLINE)) for place, each in enumerate(slices)]


def axes_of(points: pd.DataFrame) -> tuple[str, ...]:
    """The map's axes: x, y, and in space z."""
    return tuple(axis for axis in AXES if axis in points)


def coordinates(points: pd.DataFrame) -> dict[str, np.ndarray]:
    """Where points lie, as a trace takes it."""
    return {axis: points[axis].to_numpy(np.float32) for axis in axes_of(points)}


def point_size(points: pd.DataFrame) -> int:
    """Pixels: smaller where there are many."""
    size = 8 if len(points) <= 500 else 6 if len(points) <= 5000 else 4
    return size if "z" not in points else size // 2 + 1  # in space they are drawn larger


def map_layout(axes: tuple[str, ...], parts: int, height: int, revision: str, *, legend: bool = True) -> dict:
    """The layout of a map: axes that say nothing are not drawn, and a distance is the same along all of them.

    Args:
        axes: of `axes_of`.
        parts: how many the legend names.
        height: pixels.
        revision: while it stays the same, so does what a person has zoomed, turned or switched off.
        legend: whether there is one.
    """
    hidden = {"visible": False}
    beside = {"itemsizing": "constant", "title": {"text": ""}}
    below = {**beside, "orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    plane = {"xaxis": hidden, "yaxis": {**hidden, "scaleanchor": "x"}, "dragmode": "lasso", "clickmode": "event+select"}
    space = {"scene": {f"{axis}axis": hidden for axis in axes}}
    return {
        **(space if "z" in axes else plane),
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "showlegend": legend,
        "legend": below if parts <= _FEW else beside,
        "uirevision": revision,
    }


def outlines(loops: Sequence[dict], boxes: Sequence[dict]) -> list[dict]:
    """What was drawn on a map, as shapes of its layout.

    Args:
        loops: `x` and `y` of each corner.
        boxes: `x` and `y` of two opposite corners.
    """
    look = {"line": {"color": _OUTLINE, "width": 1.5, "dash": "dot"}}
    paths = ["L".join(f"{x},{y}" for x, y in zip(loop["x"], loop["y"], strict=True)) for loop in loops]
    ends = [[*box["x"], *box["y"]] for box in boxes]
    return [
        *({"type": "path", "path": f"M{path}Z", **look} for path in paths),
        *({"type": "rect", "x0": x0, "x1": x1, "y0": y0, "y1": y1, **look} for x0, x1, y0, y1 in ends),
    ]


def map_config(*removed: str) -> dict:
    """How a map's chart is handled, without some of Plotly's buttons."""
    return {
        "scrollZoom": True,
        "modeBarButtonsToRemove": [*removed, "autoScale2d"],
        "plotGlPixelRatio": 1,  # a quarter of the work where no graphics card draws
    }


def hold_frame(figure: go.Figure, *maps: pd.DataFrame) -> go.Figure:
    """Gives a map's figure the frame that holds all these maps, so that it stands still; dragging moves or turns it.

    Args:
        figure: of a map.
        maps: of the same axes.
    """
    ranges = {}
    for axis in axes_of(maps[0]):
        low, high = min(each[axis].min() for each in maps), max(each[axis].max() for each in maps)
        air = _AIR * (high - low) or 1
        ranges[axis] = [low - air, high + air]
    frame = {f"{axis}axis": {"range": each} for axis, each in ranges.items()}
    if "z" not in ranges:
        return figure.update_layout(frame, dragmode="pan")
    lengths = {axis: high - low for axis, (low, high) in ranges.items()}
    unit = max(lengths.values()) / _LONGEST
    ratio = {axis: length / unit for axis, length in lengths.items()}
    return figure.update_layout(scene={**frame, "aspectmode": "manual", "aspectratio": ratio})


def words_of(points: pd.DataFrame, class_names: tuple[str, ...]) -> np.ndarray:
    """(n,) of text: each point's name, what was said of it and, where that is wrong, what is true."""
    names = [escape(shorten(name, 40), quote=False) for name in class_names]
    words = [
        f"{escape(shorten(name, 60), quote=False)} · {names[predicted]} {confidence:.0%}"
        + ("" if predicted == true else f", true: {names[true]}")
        for name, true, predicted, confidence in zip(
            points["name"].tolist(), points["label"].tolist(), points["predicted"].tolist(),
            points["confidence"].tolist(), strict=True,
        )
    ]  # fmt: skip
    return np.array(words, str)


def parts_of(
    points: pd.DataFrame, colouring: str, class_names: tuple[str, ...], slices: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[str, str | None, np.ndarray]]:
    """The parts of a colouring that have points: title, colour (None for a scale) and row numbers."""
    parts = part_of(points, colouring)
    for place, (title, colour) in enumerate(slices if colouring == "slice" else _titles(colouring, class_names)):
        rows = np.flatnonzero(parts == place)
        if len(rows):
            yield escape(shorten(title, 28), quote=False), colour, rows


def part_of(points: pd.DataFrame, colouring: str) -> np.ndarray:
    """(n,) int: which of the colouring's parts, by its place, each point is in; all of a part are one trace."""
    if colouring in ("label", "predicted", "slice"):
        return points[colouring].to_numpy()
    if colouring == "right":
        return (points["label"] != points["predicted"]).to_numpy().astype(int)
    if colouring == "split":
        return points["split"].map({split: place for place, split in enumerate(SPLITS)}).to_numpy(int)
    return np.zeros(len(points), int)


def _titles(colouring: str, class_names: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Each part's title and colour."""
    if colouring in ("label", "predicted"):
        return list(class_colours(class_names).items())
    if colouring == "right":
        return [("right", RIGHT), ("wrong", WRONG)]
    return list(SPLITS.items()) if colouring == "split" else [("confidence", None)]
