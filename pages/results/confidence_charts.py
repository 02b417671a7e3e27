"""Reliability, thresholds, sizes of prediction sets, and curves a class as figures."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared.charts.colours import RIGHT, WRONG, class_colours
from pages.shared.wording.formatting import chart_text, shorten

HEIGHT = 340
_MARGIN = {"l": 8, "r": 24, "t": 8, "b": 8}
_SHARES = {"tickformat": ".0%", "ticklabeloverflow": "allow", "fixedrange": True}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
_GUIDE = "rgba(128,128,128,0.75)"
_FAINT = "rgba(128,128,128,0.45)"
_MEASURES = {"precision": ("Precision", RIGHT), "recall": ("Recall", "#5b6ee1"), "undecided": ("Undecided", "#f59e0b")}
_POINTS = 800  # of a curve, at most


def reliability_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy by confidence as bars with their intervals, the line where both are equal, and counts below.

    Args:
        table: as `temperature_scaling.reliability` gives it.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05)
    full = table[table["n"] > 0]
    middle, width = (full["low"] + full["high"]) / 2, (full["high"] - full["low"]) * 0.94
    figure.add_bar(
        x=middle, y=full["accuracy"], width=width, marker={"color": RIGHT}, opacity=0.75, hoverinfo="skip", row=1, col=1
    )
    figure.add_scatter(
        x=middle, y=full["accuracy"], mode="markers", marker={"color": RIGHT, "size": 7}, cliponaxis=False,
        error_y={
            "type": "data", "symmetric": False, "array": full["accuracy_high"] - full["accuracy"],
            "arrayminus": full["accuracy"] - full["accuracy_low"], "color": _GUIDE, "thickness": 1.5, "width": 3,
        },
        customdata=full[["low", "high", "n", "confidence", "accuracy_low", "accuracy_high"]],
        hovertemplate="Confidence %{customdata[0]:.0%} to %{customdata[1]:.0%}, mean %{customdata[3]:.1%}<br>"
        "Accuracy %{y:.1%} (%{customdata[4]:.1%} – %{customdata[5]:.1%})<br>%{customdata[2]:,} examples<extra></extra>",
        row=1, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": _GUIDE, "dash": "dot"}, hoverinfo="skip", row=1, col=1
    )
    figure.add_bar(
        x=middle, y=full["n"], width=width, marker={"color": _FAINT}, hovertemplate="%{y:,} examples<extra></extra>",
        row=2, col=1,
    )  # fmt: skip
    figure.update_xaxes(range=[0, 1], **_SHARES)
    figure.update_xaxes(title="Confidence", row=2, col=1)
    figure.update_yaxes(range=[0, 1.02], title="Accuracy", row=1, col=1, **_SHARES)
    figure.update_yaxes(title="Examples", fixedrange=True, nticks=3, row=2, col=1)
    return figure.update_layout(height=HEIGHT, margin=_MARGIN, showlegend=False)


def threshold_figure(curve: pd.DataFrame, threshold: float) -> go.Figure:
    """Precision, recall and the undecided by threshold, with the chosen one marked.

    Args:
        curve: as `selective_prediction.by_threshold` gives it.
        threshold: in 0…1.
    """
    curve = _thin(curve)
    if len(curve):  # a threshold counts all answers at least as sure, so each stretch ends at its own
        curve = pd.concat([curve.iloc[:1].assign(threshold=0.0), curve])
    figure = go.Figure()
    for name, (title, colour) in _MEASURES.items():
        figure.add_scatter(
            x=curve["threshold"], y=curve[name], name=title, mode="lines",
            line={"color": colour, "width": 2, "shape": "vh"}, hovertemplate="%{y:.1%}",
        )  # fmt: skip
    figure.add_vline(threshold, line={"color": _GUIDE, "dash": "dash", "width": 1.5})
    figure.update_xaxes(title="Threshold", range=[0, 1], hoverformat=".1%", **_SHARES)
    figure.update_yaxes(range=[0, 1.02], **_SHARES)
    return figure.update_layout(height=HEIGHT, margin={**_MARGIN, "t": 28}, legend=_LEGEND, hovermode="x unified")


def set_sizes_figure(sizes: np.ndarray) -> go.Figure:
    """How many examples have a set of each size.

    Args:
        sizes: (classes + 1,) counts of sets with 0, 1, … classes.
    """
    most = max(2, int(np.flatnonzero(sizes)[-1]))
    colours = [WRONG, RIGHT, *["#f59e0b"] * (most - 1)]
    figure = go.Figure(
        go.Bar(
            x=list(range(most + 1)), y=sizes[: most + 1], marker={"color": colours},
            hovertemplate="%{x} classes: %{y:,} examples<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title="Classes in the set", dtick=max(1, most // 12), fixedrange=True)
    figure.update_yaxes(title="Examples", rangemode="tozero", fixedrange=True)
    return figure.update_layout(height=HEIGHT, margin=_MARGIN)


def class_curves_figure(
    curves: dict[str, pd.DataFrame], mean: pd.DataFrame, class_names: tuple[str, ...], x: str, y: str, shape: str
) -> go.Figure:
    """A curve for each class in its colour, and the mean of all classes.

    Args:
        curves: by class name.
        mean: of all classes.
        class_names: all, in order; what the colours go by.
        x: the column on the horizontal axis, a share.
        y: the column on the vertical axis, a share.
        shape: "linear", for which the diagonal is what guessing gives, or "hv", steps from one threshold to the next.
    """
    colours = class_colours(class_names)
    figure = go.Figure()
    if shape == "linear":
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": _GUIDE, "dash": "dot"}, hoverinfo="skip", showlegend=False
        )
    lines = {name: (curve, colours[name], "solid") for name, curve in curves.items()}
    named = [(chart_text(shorten(name, 24)), *line) for name, line in lines.items()]
    for name, curve, colour, dash in [*named, ("<i>mean of all</i>", mean, _GUIDE, "dash")]:
        curve, line = _thin(curve), {"color": colour, "width": 2 if dash == "solid" else 3, "dash": dash}
        figure.add_scatter(
            x=curve[x], y=curve[y], name=name, mode="lines", line={**line, "shape": shape},
            hovertemplate=f"{_words(x)} %{{x:.1%}}<br>{_words(y)} %{{y:.1%}}",
        )  # fmt: skip
    figure.update_xaxes(title=_words(x), range=[-0.01, 1.01], **_SHARES)
    figure.update_yaxes(title=_words(y), range=[-0.01, 1.02], **_SHARES)
    return figure.update_layout(height=HEIGHT + 60, margin=_MARGIN, legend={**_LEGEND, "y": -0.2, "yanchor": "top"})


def _words(column: str) -> str:
    return column.replace("_", " ").capitalize()


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    """At most so many points, evenly, with the first and the last."""
    if len(curve) <= _POINTS:
        return curve
    return curve.iloc[np.linspace(0, len(curve) - 1, _POINTS).astype(int)]
