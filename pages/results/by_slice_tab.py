"""Every metric of a run on each slice of its examples: the worst first, and which differences chance can explain."""

from collections.abc import Sequence
from math import isnan

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
    choose_measure,
    open_picked,
    pick_slice,
    selection_of,
    slice_name,
)
from pages.shared.tables.download import download_csv
from pages.shared.tables.pick import pick_row
from pages.shared.wording.formatting import count, escape, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import Column
from tlcore.evaluation.comparison.text import difference_in_words, number_in_words, title_in_sentence, value_in_words
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices import tables
from tlcore.evaluation.slices.metrics_by_slice import SliceMeasures, measures_of, worst_first
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
    """A choice of columns and metrics; slices as chart and table, worst first, each of which opens in Explore.

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
    with st.container(horizontal=True):
        measure = choose_measure()
        telling = sorted(found, key=lambda each: (isnan(each.compared[measure].p), each.compared[measure].p))
        chosen = choose_column(columns, [each.slice.column for each in telling])
    found = worst_first(found, measure)
    shown = [each for each in found if chosen in (None, each.slice.column)]
    _tell(shown, found, columns, measure)
    listed = shown[:_SHOWN] if chosen is None else shown
    names = [slice_name(each.slice, columns, alone=chosen is not None) for each in listed]
    open_picked(run, dataset, split, predictions, [each.slice for each in listed])
    title, whole = MEASURES[measure].title, measures_of(predictions)[measure]
    show_chart(
        slice_figure(listed, names, measure, whole), key=f"slices-{chosen}", on_pick=pick_slice,
        alt=f"{title} of each slice with its interval",
    )  # fmt: skip
    line = f"The dashed line is the {title_in_sentence(measure)} of all {split} examples"
    line = "" if isnan(whole) else f"{line}, {number_in_words(measure, whole)}. "
    st.caption(f"{line}Click a point to see its examples in Explore.")
    table = slice_table(listed, columns, measure, alone=chosen is not None)
    row = pick_row(table, key=f"slice-table-{chosen}-{split}", alt="Slices", tallest=460)
    with st.container(horizontal=True, vertical_alignment="center"):
        explore_button(
            run, lambda: selection_of(listed[row].slice, dataset, split, predictions), key="explore-slice",
            disabled=row is None, label=f"Explore {'these' if row is None else escape(shorten(names[row], 40))}",
        )  # fmt: skip
        download_csv(lambda: tables.slice_table(found), "slices.csv", key="slices-csv")
        words = "Tick a row to explore its examples. " if row is None else ""
        if len(listed) < len(shown):
            words += (
                f"The {len(listed)} worst of {count(len(shown), 'slice')} are listed; the CSV file has all of them."
            )
        st.caption(words)


def _tell(
    shown: Sequence[SliceMeasures], found: Sequence[SliceMeasures], columns: dict[str, Column], measure: str
) -> None:
    """Which slices are worse than the rest beyond chance by a measure, in a sentence each."""
    worse = [each for each in shown if each.compared[measure].outcome == "worse"]
    for each in worse[:_NAMED]:
        name = escape(slice_name(each.slice, columns, alone=False))
        st.markdown(f":material/trending_down: **{name}** · {slice_verdict(each, measure)}.")
    if len(worse) > _NAMED:
        st.caption(f"{count(len(worse) - _NAMED, 'more slice')} {'is' if len(worse) == _NAMED + 1 else 'are'} worse.")
    defined = [each for each in found if each.compared[measure].outcome != "undefined"]
    if not defined:
        st.markdown(f":material/drag_handle: {MEASURES[measure].title} is undefined on these slices.")
    elif not worse:
        st.markdown(
            ":material/drag_handle: These differences may be due to chance: no slice is significantly worse than "
            f"the rest after Holm's correction for {count(len(defined), 'slice')} in "
            f"{count(len({each.slice.column for each in defined}), 'column')}."
        )


def slice_table(
    found: Sequence[SliceMeasures], columns: dict[str, Column], measure: str, *, alone: bool
) -> pd.DataFrame:
    """A row a slice with every measure and its interval, as words; the chosen measure and how it differs come first.

    Args:
        found: in the order to show them.
        columns: by name.
        measure: the chosen one of `MEASURES`.
        alone: whether all slices are of one column.
    """
    rows = []
    for each in found:
        compared = each.compared[measure]
        row = {
            **({} if alone else {"Column": columns[each.slice.column].title}),
            "Slice": shorten(each.slice.name, 80),
            "Compared with the rest": in_short(compared.outcome, compared.corrected),
            "Examples": f"{each.n:,}",
            MEASURES[measure].title: value_in_words(measure, each.values[measure]),
            "Difference from the rest": difference_in_words(measure, compared.difference),
        }
        rows.append(row | {MEASURES[name].title: value_in_words(name, each.values[name]) for name in MEASURES})
    return pd.DataFrame(rows)
