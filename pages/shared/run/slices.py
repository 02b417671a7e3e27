"""Slices as every page shows them: the choice of a column and a metric, names, and a click that opens Explore."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.charts.chart import Picked
from pages.shared.run.example_columns import column_title
from pages.shared.run.example_selection import open_in_explore
from pages.shared.wording.formatting import shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import Column
from tlcore.datasets.selections import keep_set
from tlcore.evaluation.example_filter import Selection
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.slices import Slice
from tlcore.runs import Run

_PICKED = "slice-picked"


def choose_column(columns: dict[str, Column], names: Sequence[str]) -> str | None:
    """The column whose slices are shown, in the URL; None for those of all.

    Args:
        columns: by name.
        names: of those that have slices, the most telling first; they may repeat.
    """
    options = list(dict.fromkeys(names))
    return st.selectbox(
        "Slice by", options, index=None, key="slice", bind="query-params", placeholder="All columns",
        format_func=lambda name: column_title(columns[name]), width=320,
        help="A metadata column, or a property measured from each example. Columns with the most significant "
        "differences come first.",
    )  # fmt: skip


def choose_measure() -> str:
    """The metric by which slices are sorted, drawn and judged, one of `MEASURES`; in the URL."""
    chosen = st.selectbox(
        "Metric", list(MEASURES), key="metric", bind="query-params", width=200,
        format_func=lambda measure: MEASURES[measure].title,
        help="The chart, the order of the slices and the comparison use this metric. The table and the CSV file have "
        "every metric.\n\n" + "\n".join(f"- **{each.title}**: {each.meaning}" for each in MEASURES.values()),
    )  # fmt: skip
    return chosen if chosen in MEASURES else next(iter(MEASURES))


def slice_name(each: Slice, columns: dict[str, Column], *, alone: bool) -> str:
    """What a slice is called: by its value, and its column where those of several are shown."""
    name = shorten(each.name, 60)
    return name if alone else f"{shorten(columns[each.column].title, 30)}: {name}"


def selection_of(each: Slice, dataset: Dataset, split: str, predictions: Top1Predictions) -> Selection:
    """A slice's examples of a split as Explore selects them."""
    selection = Selection().having("split", split)
    if each.condition:
        return selection.having(*each.condition)
    return selection.having("only", keep_set(dataset.folder, predictions.ids[each.rows].tolist()))


def pick_slice(picked: Picked) -> None:
    """Notes which slice was clicked on a chart, by its place."""
    if picked["points"]:
        st.session_state[_PICKED] = int(picked["points"][0])


def open_picked(run: Run, dataset: Dataset, split: str, predictions: Top1Predictions, slices: Sequence[Slice]) -> None:
    """Opens Explore where a slice was clicked just now."""
    place = st.session_state.pop(_PICKED, None)
    if place is not None and place < len(slices):
        open_in_explore(run, selection_of(slices[place], dataset, split, predictions))
