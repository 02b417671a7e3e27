"""How good a run is on each slice of its examples: the worst first, and which differences chance can explain."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.slice_charts import slice_figure
from pages.shared.run.example_columns import described_columns, slices_of_split
from pages.shared.run.example_selection import explore_button
from pages.shared.run.finished import dataset_of, predictions_of
from pages.shared.run.shown_split import choose_split
from pages.shared.run.slices import (
    choose_column,
    open_picked,
    pick_slice,
    selection_of,
    slice_name,
    value_with_interval,
)
from pages.shared.tables.download import download_csv
from pages.shared.tables.pick import pick_row
from pages.shared.wording.formatting import count, escape, share, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import Column
from tlcore.evaluation.comparison.significance import Difference
from tlcore.evaluation.comparison.text import difference_in_words
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.metrics_by_slice import SliceAccuracy, measures_of
from tlcore.evaluation.slices.text import in_short, slice_verdict
from tlcore.runs import Run

_SHOWN = 15  # slices where those of all columns are listed
_NAMED = 3


def show_by_slice(run: Run, early: bool) -> None:
    """The slices of one split.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
    """
    split = choose_split(run, early)
    predictions = predictions_of(run, early).only(split)
    _show_slices(run, early, dataset_of(run), split, predictions)


def _show_slices(run: Run, early: bool, dataset: Dataset | None, split: str, predictions: Top1Predictions) -> None:
    """A choice of columns; their slices as chart and table, worst first, each of which opens in Explore.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
        dataset: the run's; None where it was deleted.
        split: the one shown.
        predictions: its examples, at least one.
    """
    if dataset is None:
        st.caption("Metadata unavailable: the dataset was deleted.")
        return
    columns = described_columns(dataset)
    found = slices_of_split(run, early, dataset, split)
    if not found:
        st.caption(f"No metadata column or property divides the {split} examples into slices.")
        return
    st.markdown("**Slices, the worst first**", help=MEANING["slices"])
    chosen = choose_column(columns, [each.slice.column for each in sorted(found, key=lambda each: each.p)])
    shown = [each for each in found if chosen in (None, each.slice.column)]
    _tell(shown, found, columns)
    listed = shown[:_SHOWN] if chosen is None else shown
    names = [slice_name(each.slice, columns, alone=chosen is not None) for each in listed]
    open_picked(run, dataset, split, predictions, [each.slice for each in listed])
    accuracy = summary(predictions)["accuracy"]
    show_chart(
        slice_figure(listed, names, accuracy), key=f"slices-{chosen}", on_pick=pick_slice,
        alt="Accuracy of each slice with its interval",
    )  # fmt: skip
    st.caption(
        f"The dashed line is the accuracy of all {split} examples, {share(accuracy)}. Click a point to see its "
        "examples in Explore."
    )
    table = slice_table(listed, columns, predictions, whole=chosen is not None)
    row = pick_row(table, key=f"slice-table-{chosen}-{split}", alt="Slices", tallest=460)
    with st.container(horizontal=True, vertical_alignment="center"):
        explore_button(
            run, lambda: selection_of(listed[row].slice, dataset, split, predictions), key="explore-slice",
            disabled=row is None, label=f"Explore {'these' if row is None else escape(shorten(names[row], 40))}",
        )  # fmt: skip
        download_csv(lambda: slice_numbers(found), "slices.csv", key="slices-csv")
        words = "Tick a row to explore its examples. " if row is None else ""
        if len(listed) < len(shown):
            words += (
                f"The {len(listed)} worst of {count(len(shown), 'slice')} are listed; the CSV file has all of them."
            )
        st.caption(words)


def _tell(shown: Sequence[SliceAccuracy], found: Sequence[SliceAccuracy], columns: dict[str, Column]) -> None:
    """Which slices are worse than the rest beyond chance, in a sentence each."""
    worse = [each for each in shown if each.outcome == "worse"]
    for each in worse[:_NAMED]:
        name = escape(slice_name(each.slice, columns, alone=False))
        st.markdown(f":material/trending_down: **{name}** · {slice_verdict(each)}.")
    if len(worse) > _NAMED:
        st.caption(f"{count(len(worse) - _NAMED, 'more slice')} {'is' if len(worse) == _NAMED + 1 else 'are'} worse.")
    if not worse:
        st.markdown(
            ":material/drag_handle: These differences may be due to chance: no slice is significantly worse than "
            f"the rest after Holm's correction for {count(len(found), 'slice')} in "
            f"{count(len({each.slice.column for each in found}), 'column')}."
        )


def slice_table(
    found: Sequence[SliceAccuracy], columns: dict[str, Column], predictions: Top1Predictions, *, whole: bool
) -> pd.DataFrame:
    """A row a slice, as words.

    Args:
        found: in the order to show them.
        columns: by name.
        predictions: of the examples that the slices are of.
        whole: whether they are of one column: then all measures are shown, with their intervals.
    """
    rows = []
    for each in found:
        low, high = each.interval
        row = {
            **({} if whole else {"Column": columns[each.slice.column].title}),
            "Slice": shorten(each.slice.name, 80),
            "Compared with the rest": in_short(each.outcome, each.corrected),
            "Examples": f"{each.n:,}",
            "Accuracy": value_with_interval(Difference(each.accuracy, low, high)),
            "Difference from the rest": difference_in_words("accuracy", each.difference),
        }
        if whole:
            measures = _measures(predictions, each)
            row |= {
                MEASURES[measure].title: value_with_interval(measures[measure], points=MEASURES[measure].is_share)
                for measure in MEASURES
                if measure != "accuracy"
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _measures(predictions: Top1Predictions, each: SliceAccuracy) -> dict[str, Difference]:
    of_slice = predictions.take(each.slice.rows)
    return _kept_measures(
        of_slice, each.n, hash((of_slice.ids.tobytes(), of_slice.predicted.tobytes(), of_slice.labels.tobytes()))
    )


@st.cache_data(max_entries=200, show_spinner="Measuring each slice …")
def _kept_measures(_predictions: Top1Predictions, n: int, content: int) -> dict[str, Difference]:
    return measures_of(_predictions)


def slice_numbers(found: Sequence[SliceAccuracy]) -> pd.DataFrame:
    """A row a slice with its numbers, for a file."""
    return pd.DataFrame(
        [
            {
                "column": each.slice.column,
                "slice": each.slice.name,
                "n": each.n,
                "right": each.right,
                "accuracy": each.accuracy,
                "accuracy_low": each.interval[0],
                "accuracy_high": each.interval[1],
                "rest_accuracy": each.rest_accuracy,
                "difference": each.difference.value,
                "difference_low": each.difference.low,
                "difference_high": each.difference.high,
                "p": each.p,
                "p_holm": each.corrected,
                "outcome": each.outcome,
            }
            for each in found
        ]
    )
