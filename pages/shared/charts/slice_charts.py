"""Slices as a figure: a point and an interval each, of one run beside all its examples, or of several runs."""

from collections.abc import Iterable, Sequence
from math import isnan

import plotly.graph_objects as go

from pages.shared.charts.colours import LETTERS, RIGHT, WRONG, run_colours
from pages.shared.wording.formatting import chart_text, shorten
from tlcore.evaluation.comparison.significance import Difference
from tlcore.evaluation.comparison.text import value_in_words
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.slices.metrics_by_slice import SliceComparison, SliceMeasures

_ROW = 26  # pixels of a slice
_QUIET = "#8a979b"
_COLOURS = {"worse": WRONG, "better": RIGHT}


def compared_figure(found: Sequence[SliceComparison], names: Sequence[str], measure: str) -> go.Figure:
    """A measure of each run on each slice with its 95 % interval, a colour a run.

    Args:
        found: in the order to show them; a point's `customdata` is its place in it.
        names: what each is called.
        measure: one of `MEASURES`.
    """
    figure, colours = go.Figure(), run_colours()
    runs = len(found[0].values)
    places = list(range(len(found)))
    for run, letter in zip(range(runs), LETTERS, strict=False):
        values = [_scaled(each.values[run][measure], measure) for each in found]
        beside = 0.5 * ((run + 0.5) / runs - 0.5)
        figure.add_scatter(
            x=[each.value for each in values], y=[place + beside for place in places], mode="markers", name=letter,
            marker={"size": 9, "color": colours[letter]}, customdata=places,
            error_x={
                "array": [each.high - each.value for each in values],
                "arrayminus": [each.value - each.low for each in values],
                "thickness": 2, "width": 0,
            },
            text=[
                _hover(name, each.values[run][measure], measure, each.n)
                for name, each in zip(names, found, strict=True)
            ],
            hovertemplate=f"{letter} · %{{text}}<extra></extra>",
        )  # fmt: skip
    shown = (_scaled(values[measure], measure) for each in found for values in each.values)
    _lay_out(figure, names, places, measure, shown, _ROW + 7 * (runs - 1))
    return figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}, showlegend=True)


def slice_figure(found: Sequence[SliceMeasures], names: Sequence[str], measure: str, whole: float) -> go.Figure:
    """A measure of each slice with its 95 % interval; what chance does not explain is coloured.

    Args:
        found: in the order to show them; a point's `customdata` is its place in it.
        names: what each is called.
        measure: one of `MEASURES`.
        whole: its value of all examples, drawn as a line; NaN where it is undefined.
    """
    places = list(range(len(found)))
    values = [_scaled(each.values[measure], measure) for each in found]
    colours = [_COLOURS.get(each.compared[measure].outcome, _QUIET) for each in found]
    figure = go.Figure()
    for place, each, colour in zip(places, values, colours, strict=True):  # whiskers have one colour a trace
        figure.add_scatter(
            x=[each.low, each.high], y=[place, place], mode="lines", line={"color": colour, "width": 3},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=[each.value for each in values], y=places, mode="markers", marker={"size": 12, "color": colours},
        customdata=places, hovertemplate="%{text}<extra></extra>", showlegend=False,
        text=[_hover(name, each.values[measure], measure, each.n) for name, each in zip(names, found, strict=True)],
    )  # fmt: skip
    all_of_it = _scaled(Difference(whole, whole, whole), measure)
    if not isnan(whole):
        figure.add_vline(all_of_it.value, line={"color": _QUIET, "width": 1, "dash": "dash"})
    _lay_out(figure, names, places, measure, [*values, all_of_it], _ROW)
    return figure


def _scaled(value: Difference, measure: str) -> Difference:
    """Shares in percent."""
    return Difference(*(100 * each for each in value)) if MEASURES[measure].is_share else value


def _hover(name: str, value: Difference, measure: str, n: int) -> str:
    return f"{chart_text(shorten(name, 80))}<br>{value_in_words(measure, value)} of {n:,} examples"


def _lay_out(
    figure: go.Figure, names: Sequence[str], places: list[int], measure: str, shown: Iterable[Difference], row: int
) -> None:
    """A row a slice, as wide as there is something to see."""
    figure.update_yaxes(
        tickvals=places, ticktext=[f"{chart_text(shorten(name, 38))} " for name in names],
        range=[len(places) - 0.5, -0.5], showgrid=False, title=None,
    )  # fmt: skip
    ends = [end for each in shown for end in each if not isnan(end)] or [0.0]
    if MEASURES[measure].is_share:
        shown_part, unit = [max(-2, min(ends) - 4), 102], " %"
    else:
        beside = 0.05 * (max(ends) - min(ends)) or 0.5
        shown_part, unit = [min(ends) - beside, max(ends) + beside], ""
    figure.update_xaxes(title=MEASURES[measure].title, ticksuffix=unit, range=shown_part, zeroline=False)
    figure.update_layout(
        height=80 + row * len(places), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="closest"
    )
