"""Pictures of a dataset as pure functions of its examples: counts by class and split, and sizes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.shared.charts.colours import SPLITS as COLOURS
from pages.shared.charts.colours import class_colours
from pages.shared.wording.formatting import chart_text, shorten
from tlcore.datasets.dataset import SPLITS
from tlcore.evaluation.slices.slices import Slice

_MARGIN = {"l": 8, "r": 16, "t": 32, "b": 8}
_ROW = 22  # pixels of a bar


def class_chart(counts: pd.DataFrame) -> go.Figure:
    """A bar a class, stacked by split; beside each name the colour that the class has everywhere.

    Args:
        counts: as `tlcore.reports.dataset_card.class_counts` gives it.
    """
    names = list(counts["Class"])
    places = list(range(len(names)))
    figure = go.Figure()
    for split in SPLITS:
        figure.add_bar(
            x=counts[split],
            y=places,
            orientation="h",
            name=split,
            marker_color=COLOURS[split],
            customdata=[chart_text(shorten(name, 80)) for name in names],
            hovertemplate="%{customdata}<br>" + split + ": %{x:,}<extra></extra>",
        )
    labels = [
        f'{chart_text(shorten(name, 22))} <span style="color:{colour}">■</span>'
        for name, colour in class_colours(tuple(names)).items()
    ]
    figure.update_layout(
        barmode="stack",
        bargap=0.25,
        height=70 + _ROW * len(names),
        margin=_MARGIN,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        dragmode=False,
    )
    figure.update_yaxes(tickvals=places, ticktext=labels, range=[len(names) - 0.5, -0.5], title=None)
    figure.update_xaxes(title=None, tickformat=",d", rangemode="tozero")
    return figure


def slice_chart(
    slices: Sequence[Slice], colours: Sequence[tuple[str, str]], labels: np.ndarray, class_names: tuple[str, ...]
) -> go.Figure:
    """A bar a class, stacked by the shares that slices have of it.

    Args:
        slices: of one column.
        colours: title and colour of each.
        labels: (n,) int, of the examples that the slices are of.
        class_names: what labels index.
    """
    k = len(class_names)
    examples = np.bincount(labels, minlength=k)
    places = list(range(k))
    figure = go.Figure()
    for each, (title, colour) in zip(slices, colours, strict=True):
        of_it = np.bincount(labels[each.rows], minlength=k)
        figure.add_bar(
            x=100 * of_it / np.maximum(1, examples),
            y=places,
            orientation="h",
            name=chart_text(shorten(title, 28)),
            marker_color=colour,
            customdata=np.stack([of_it, examples], axis=1),
            hovertemplate="%{x:.1f} %, %{customdata[0]:,} of %{customdata[1]:,}",
        )
    figure.update_layout(
        barmode="stack", bargap=0.25, height=80 + _ROW * k, margin=_MARGIN, dragmode=False,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    )  # fmt: skip
    names = [f"{chart_text(shorten(name, 22))} " for name in class_names]
    figure.update_yaxes(tickvals=places, ticktext=names, range=[k - 0.5, -0.5], title=None)
    figure.update_xaxes(title="Share of the class", ticksuffix=" %", range=[0, 100])
    return figure
