"""The embedding map as a figure: a point an example, that can be selected."""

from collections.abc import Collection
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.colours import RIGHT, SPLITS, WRONG, class_colours
from pages.parts.words import shorten

COLOURINGS = {
    "label": "Label",
    "predicted": "Prediction",
    "right": "Right or wrong",
    "confidence": "Confidence",
    "split": "Split",
}
_FEW = 8  # traces that a legend below the map has room for
_MANY = 2000  # points from which WebGL draws them


def map_figure(
    points: pd.DataFrame,
    colouring: str,
    class_names: tuple[str, ...],
    *,
    chosen: Collection[str] = (),
    height: int = 560,
) -> go.Figure:
    """The map, a trace for each class, split or answer, each with the colour that it has everywhere.

    Args:
        points: a row an example: `id`, `x`, `y`, `name`, `split`, `label` and `predicted` (int), `confidence`.
        colouring: one of `COLOURINGS`.
        class_names: what labels index.
        chosen: ids to stand out; none: all do.
        height: pixels.

    Returns:
        A figure whose points carry their example's id as `customdata`.
    """
    kind = go.Scattergl if len(points) > _MANY else go.Scatter
    size = 8 if len(points) <= 500 else 6 if len(points) <= 5000 else 4
    hover = _words(points, class_names)
    ids = points["id"].to_numpy(str)  # not objects: Plotly copies figures, and objects one by one
    stands_out = points["id"].isin(chosen).to_numpy()
    parts = part_of(points, colouring)
    traces = []
    for place, (title, colour) in enumerate(_titles(colouring, class_names)):
        rows = np.flatnonzero(parts == place)
        if not len(rows):
            continue
        part = points.iloc[rows]
        marker = {"size": size, "color": colour, "opacity": 0.85}
        if colouring == "confidence":
            marker |= {
                "color": part["confidence"],
                "colorscale": "Viridis",
                "cmin": 1 / max(1, len(class_names)),
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
        traces.append(
            kind(
                x=part["x"].to_numpy(np.float32),
                y=part["y"].to_numpy(np.float32),
                customdata=ids[rows],
                text=hover[rows],
                name=escape(shorten(title, 28), quote=False),
                mode="markers",
                marker=marker,
                selectedpoints=np.flatnonzero(stands_out[rows]) if stands_out.any() else None,
                unselected={"marker": {"opacity": 0.15}},
                hovertemplate="%{text}<extra></extra>",
            )
        )
    hidden = {"visible": False}
    beside = {"itemsizing": "constant", "title": {"text": ""}}
    below = {**beside, "orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    layout = {
        "xaxis": hidden,
        "yaxis": {**hidden, "scaleanchor": "x"},  # a distance is the same both ways
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "dragmode": "lasso",
        "hovermode": "closest",
        "showlegend": colouring != "confidence",
        "legend": below if len(traces) <= _FEW else beside,
        "uirevision": str(len(points)),
    }
    return go.Figure(traces, layout)


def _words(points: pd.DataFrame, class_names: tuple[str, ...]) -> np.ndarray:
    """(n,) of text: each point's name, what was said of it and, where that is wrong, what is true."""
    names = [escape(shorten(name, 40), quote=False) for name in class_names]
    words = [
        f"{escape(shorten(name, 60), quote=False)} · {names[said]} {confidence:.0%}"
        + ("" if said == true else f", true: {names[true]}")
        for name, true, said, confidence in zip(
            points["name"].tolist(), points["label"].tolist(), points["predicted"].tolist(),
            points["confidence"].tolist(), strict=True,
        )
    ]  # fmt: skip
    return np.array(words, str)


def part_of(points: pd.DataFrame, colouring: str) -> np.ndarray:
    """(n,) int: which of the colouring's parts, by its place, each point is in; all of a part are one trace."""
    if colouring in ("label", "predicted"):
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
