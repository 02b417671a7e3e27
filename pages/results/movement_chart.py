"""How examples moved from one map to another: each one's way as a line, and where they are on it."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.shared.charts.map_chart import axes_of, coordinates, hold_frame, map_layout, parts_of, point_size, words_of

_MANY = 1000  # lines from which WebGL draws them


def movement_figure(
    before: pd.DataFrame, after: pd.DataFrame, class_names: tuple[str, ...], *, height: int
) -> go.Figure:
    """A line from where each example was to a point where it is, each class with the colour that it has everywhere.

    Args:
        before: a row an example, as `map_chart.map_figure` takes them.
        after: the same rows at their other places.
        class_names: what labels index.
        height: pixels.
    """
    axes = axes_of(after)
    kind = go.Scatter3d if "z" in axes else go.Scattergl if len(after) > _MANY else go.Scatter
    hover, size = words_of(after, class_names), max(3, point_size(after) - 3)  # beside lines
    width = 3 if "z" in axes else 1  # in space a thin line is dashed
    parts = list(parts_of(after, "label", class_names))
    lines, points = [], []
    for title, colour, rows in parts:
        together = {"legendgroup": str(rows[0])}
        lines.append(
            kind(
                **_ways(before.iloc[rows], after.iloc[rows]), mode="lines", line={"color": colour, "width": width},
                opacity=0.6, hoverinfo="skip", showlegend=False, **together,
            )
        )  # fmt: skip
        points.append(
            kind(
                **coordinates(after.iloc[rows]), mode="markers", marker={"color": colour, "size": size}, name=title,
                text=hover[rows], hovertemplate="%{text}<extra></extra>", **together,
            )
        )  # fmt: skip
    figure = go.Figure([*lines, *points], map_layout(axes, len(parts), height, str(len(after))))
    return hold_frame(figure, before, after)


def between(before: pd.DataFrame, after: pd.DataFrame, share: float) -> pd.DataFrame:
    """The same rows with a share of the way from one map to the other behind them."""
    axes = list(axes_of(after))
    return after.assign(**(before[axes] + share * (after[axes] - before[axes])))


def _ways(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, np.ndarray]:
    """Lines from row to row as one broken line, as a trace takes it."""
    starts, ends = coordinates(before), coordinates(after)
    ways = {}
    for axis, start in starts.items():
        ways[axis] = np.full(3 * len(start), np.nan, np.float32)
        ways[axis][::3], ways[axis][1::3] = start, ends[axis]
    return ways
