"""Slices as a figure: a point and an interval each, beside that of all examples."""

from collections.abc import Sequence

import plotly.graph_objects as go

from pages.parts.colours import RIGHT, WRONG
from pages.parts.words import chart_text, share, shorten
from tlcore.evaluation.by_slice import SliceAccuracy

_ROW = 26  # pixels of a slice
_QUIET = "#8a979b"
_COLOURS = {"worse": WRONG, "better": RIGHT, "open": _QUIET, "same": _QUIET}


def slice_figure(found: Sequence[SliceAccuracy], names: Sequence[str], accuracy: float) -> go.Figure:
    """Accuracy of each slice with its 95 % interval; what chance does not explain is coloured.

    Args:
        found: in the order to show them; a point's `customdata` is its place in it.
        names: what each is called.
        accuracy: of all examples, drawn as a line.
    """
    places = list(range(len(found)))
    value = [100 * each.accuracy for each in found]
    bounds = [each.interval for each in found]
    colours = [_COLOURS[each.outcome] for each in found]
    figure = go.Figure()
    for place, (low, high), colour in zip(places, bounds, colours, strict=True):  # whiskers have one colour a trace
        figure.add_scatter(
            x=[100 * low, 100 * high], y=[place, place], mode="lines", line={"color": colour, "width": 3},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    words = [
        f"{chart_text(shorten(name, 80))}<br>{share(each.accuracy)} ({100 * low:.1f} – {100 * high:.1f}) of {each.n:,}"
        for name, each, (low, high) in zip(names, found, bounds, strict=True)
    ]
    figure.add_scatter(
        x=value, y=places, mode="markers", marker={"size": 12, "color": colours}, customdata=places, text=words,
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.add_vline(100 * accuracy, line={"color": _QUIET, "width": 1, "dash": "dash"})
    figure.update_yaxes(
        tickvals=places, ticktext=[f"{chart_text(shorten(name, 30))} " for name in names],
        range=[len(found) - 0.5, -0.5], showgrid=False, title=None,
    )  # fmt: skip
    low = min([*(low for low, _ in bounds), accuracy], default=0)
    figure.update_xaxes(title="Accuracy", ticksuffix=" %", range=[max(0, 100 * low - 4), 101.5], zeroline=False)
    figure.update_layout(
        height=70 + _ROW * len(found), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="closest"
    )
    return figure
