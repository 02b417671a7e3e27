"""The embedding map as a figure: a point an example, that can be selected."""

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
    chosen: frozenset[str] = frozenset(),
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
    names = np.array([escape(shorten(name, 40), quote=False) for name in class_names], dtype=object)
    hover = (
        points["name"].map(lambda name: escape(shorten(name, 60), quote=False)).to_numpy(object)
        + "<br>true <b>"
        + names[points["label"]]
        + "</b>, predicted <b>"
        + names[points["predicted"]]
        + "</b> "
        + points["confidence"].map("{:.0%}".format).to_numpy(object)
    )
    figure = go.Figure()
    for title, colour, rows in _parts(points, colouring, class_names):
        part = points[rows]
        if part.empty:
            continue
        ids = part["id"].tolist()
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
        figure.add_trace(
            kind(
                x=part["x"],
                y=part["y"],
                customdata=ids,
                text=hover[rows],
                name=escape(shorten(title, 28), quote=False),
                mode="markers",
                marker=marker,
                selectedpoints=[place for place, id in enumerate(ids) if id in chosen] if chosen else None,
                unselected={"marker": {"opacity": 0.15}},
                hovertemplate="%{text}<extra></extra>",
            )
        )
    hidden = {"visible": False}
    beside = {"itemsizing": "constant", "title": {"text": ""}}
    below = {**beside, "orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")  # a distance is the same both ways
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        dragmode="lasso",
        hovermode="closest",
        showlegend=colouring != "confidence",
        legend=below if len(figure.data) <= _FEW else beside,
        uirevision=str(len(points)),
    )
    return figure


def _parts(points: pd.DataFrame, colouring: str, class_names: tuple[str, ...]):
    """Each part's title, colour and rows (n,) bool."""
    if colouring in ("label", "predicted"):
        colours = class_colours(class_names)
        values = points[colouring].to_numpy()
        return [(name, colours[name], values == place) for place, name in enumerate(class_names)]
    if colouring == "right":
        right = (points["label"] == points["predicted"]).to_numpy()
        return [("right", RIGHT, right), ("wrong", WRONG, ~right)]
    if colouring == "split":
        return [(split, colour, (points["split"] == split).to_numpy()) for split, colour in SPLITS.items()]
    return [("confidence", None, np.ones(len(points), bool))]
