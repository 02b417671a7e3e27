"""Slices as a figure: a point and an interval each, of one run beside all its examples, or of several runs."""

from collections.abc import Sequence

import plotly.graph_objects as go

from pages.shared.charts.colours import LETTERS, RIGHT, WRONG, run_colours
from pages.shared.wording.formatting import chart_text, share, shorten
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.slices.metrics_by_slice import SliceAccuracy, SliceComparison

_ROW = 26  # pixels of a slice
_QUIET = "#8a979b"
_COLOURS = {"worse": WRONG, "better": RIGHT, "open": _QUIET, "same": _QUIET}


def compared_figure(found: Sequence[SliceComparison], names: Sequence[str]) -> go.Figure:
    """Accuracy of each run on each slice with its 95 % interval, a colour a run.

    Args:
        found: in the order to show them; a point's `customdata` is its place in it.
        names: what each is called.
    """
    figure, colours = go.Figure(), run_colours()
    runs = len(found[0].right)
    places = list(range(len(found)))
    for run, letter in zip(range(runs), LETTERS, strict=False):
        value = [100 * each.right[run] / each.n for each in found]
        bounds = [accuracy_interval(each.right[run], each.n) for each in found]
        beside = 0.5 * ((run + 0.5) / runs - 0.5)
        figure.add_scatter(
            x=value, y=[place + beside for place in places], mode="markers", name=letter,
            marker={"size": 9, "color": colours[letter]}, customdata=places,
            error_x={
                "array": [100 * high - each for each, (_, high) in zip(value, bounds, strict=True)],
                "arrayminus": [each - 100 * low for each, (low, _) in zip(value, bounds, strict=True)],
                "thickness": 2, "width": 0,
            },
            text=[chart_text(shorten(name, 80)) for name in names],
            hovertemplate=f"%{{text}}<br>{letter}: %{{x:.1f}} %<extra></extra>",
        )  # fmt: skip
    _lay_out(figure, names, places, [low for each in found for low in _lows(each)], _ROW + 7 * (runs - 1))
    return figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}, showlegend=True)


def _lows(each: SliceComparison) -> list[float]:
    return [accuracy_interval(right, each.n)[0] for right in each.right]


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
        f"{chart_text(shorten(name, 80))}<br>{share(each.accuracy)} ({100 * low:.1f} – {100 * high:.1f}) of "
        f"{each.n:,} examples"
        for name, each, (low, high) in zip(names, found, bounds, strict=True)
    ]
    figure.add_scatter(
        x=value, y=places, mode="markers", marker={"size": 12, "color": colours}, customdata=places, text=words,
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.add_vline(100 * accuracy, line={"color": _QUIET, "width": 1, "dash": "dash"})
    _lay_out(figure, names, places, [*(low for low, _ in bounds), accuracy], _ROW)
    return figure


def _lay_out(figure: go.Figure, names: Sequence[str], places: list[int], lows: list[float], row: int) -> None:
    """A row a slice, as wide as there is something to see."""
    figure.update_yaxes(
        tickvals=places, ticktext=[f"{chart_text(shorten(name, 38))} " for name in names],
        range=[len(places) - 0.5, -0.5], showgrid=False, title=None,
    )  # fmt: skip
    figure.update_xaxes(title="Accuracy", ticksuffix=" %", range=[max(-2, 100 * min(lows) - 4), 102], zeroline=False)
    figure.update_layout(
        height=80 + row * len(places), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="closest"
    )
