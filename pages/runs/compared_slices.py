"""Every metric of the compared runs on each slice: the worst first, and which differences chance can explain."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import LETTERS
from pages.shared.charts.slice_charts import compared_figure
from pages.shared.run.example_columns import described_columns, slices_of_run
from pages.shared.run.finished import predictions_of
from pages.shared.run.slices import choose_column, choose_measure, open_picked, pick_slice, slice_name
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count, escape, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import Column
from tlcore.evaluation.comparison.runs import Comparison
from tlcore.evaluation.comparison.text import difference_in_words, value_in_words
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.run_results import predictions_version
from tlcore.evaluation.slices.metrics_by_slice import SliceComparison, compare_runs_by_slice, worst_first
from tlcore.evaluation.slices.slices import Slice
from tlcore.evaluation.slices.tables import compared_table
from tlcore.evaluation.slices.text import in_short, paired_verdict

_SHOWN = 15  # slices where those of all columns are listed
_NAMED = 3


def show_slices(comparison: Comparison, other: int, dataset: Dataset | None) -> None:
    """A choice of columns and metrics; the runs on their slices as chart and table, the worst first.

    Args:
        comparison: of the runs.
        other: the place of the run that is described beside the baseline.
        dataset: where the examples lie; None where it was deleted.
    """
    if dataset is None:
        st.caption("Metadata unavailable: the dataset was deleted.")
        return
    found, columns = _found(comparison, dataset), described_columns(dataset)
    if not found:
        st.caption("No metadata column or property divides these examples into slices.")
        return
    letter = LETTERS[other]
    st.markdown(f"**Slices, those on which {letter} is worse than A first**", help=MEANING["compared slices"])
    with st.container(horizontal=True):
        measure = choose_measure()
        chosen = choose_column(columns, _most_telling(found, other, measure))
    found = worst_first(found, measure, other)
    shown = [each for each in found if chosen in (None, each.slice.column)]
    _tell(shown, other, columns, measure)
    listed = shown[:_SHOWN] if chosen is None else shown
    run, slices = comparison.runs[other], [each.slice for each in listed]
    open_picked(run, dataset, comparison.split, comparison.answers[other], slices)
    names = [slice_name(each, columns, alone=chosen is not None) for each in slices]
    show_chart(
        compared_figure(listed, names, measure), key=f"compared-slices-{chosen}", on_pick=pick_slice,
        alt=f"{MEASURES[measure].title} of each run on each slice",
    )  # fmt: skip
    words = f"Click a point to see the slice's examples in Explore, with the predictions of {letter}."
    if len(listed) < len(shown):
        words += f" {len(listed)} of {count(len(shown), 'slice')} are listed; the CSV file has all of them."
    st.caption(words)
    table = slices_beside(listed, other, names, measure)
    height = min(38 + 35 * len(table), 460)
    st.dataframe(table, hide_index=True, height=height, alt="Slices of the compared runs")
    letters = LETTERS[: len(comparison.runs)]
    download_csv(lambda: compared_table(found, letters), "compared-slices.csv", key="compared-slices-csv")


def _found(comparison: Comparison, dataset: Dataset) -> list[SliceComparison]:
    first = comparison.runs[0]
    slices = [each for cut in slices_of_run(first, False, dataset).values() for each in cut]
    versions = tuple(predictions_version(run, early=False) for run in comparison.runs)
    return _compared(comparison, slices, comparison.split, versions, dataset.id)


@st.cache_resource(max_entries=4, show_spinner="Measuring each slice …")
def _compared(
    _comparison: Comparison, _slices: list[Slice], split: str, versions: tuple, dataset: str
) -> list[SliceComparison]:
    rows = pd.Index(predictions_of(_comparison.runs[0]).ids).get_indexer(_comparison.answers[0].ids)
    return compare_runs_by_slice(_comparison.answers, [each.of(rows) for each in _slices])


def _most_telling(found: Sequence[SliceComparison], other: int, measure: str) -> list[str]:
    """The columns of the slices, those with the least p first."""
    by_p = sorted(((each.compared[other - 1][measure].p, each.slice.column) for each in found), key=_undefined_last)
    return [column for _, column in by_p]


def _undefined_last(row: tuple[float, str]) -> tuple[bool, float]:
    return isnan(row[0]), row[0]


def _tell(shown: Sequence[SliceComparison], other: int, columns: dict[str, Column], measure: str) -> None:
    """Which slices the other run is worse or better on beyond chance by a measure, in a sentence each."""
    letter = LETTERS[other]
    outcomes = {"worse": "trending_down", "better": "trending_up"}
    telling = [each for outcome in outcomes for each in shown if each.compared[other - 1][measure].outcome == outcome]
    for each in telling[:_NAMED]:
        verdict = paired_verdict(LETTERS[0], letter, each, other, measure)
        icon = outcomes[each.compared[other - 1][measure].outcome]
        st.markdown(f":material/{icon}: **{escape(slice_name(each.slice, columns, alone=False))}** · {verdict}.")
    if len(telling) > _NAMED:
        st.caption(f"The difference is also significant on {count(len(telling) - _NAMED, 'more slice')}.")
    if all(each.compared[other - 1][measure].outcome == "undefined" for each in shown):
        st.markdown(f":material/drag_handle: {MEASURES[measure].title} is undefined on these slices.")
    elif not telling:
        comparisons = shown[0].compared[other - 1][measure].comparisons
        st.markdown(
            f":material/drag_handle: On each of these slices, the difference between {letter} and {LETTERS[0]} may "
            f"be due to chance, after Holm's correction for {count(comparisons, 'comparison')}."
        )


def slices_beside(found: Sequence[SliceComparison], other: int, names: Sequence[str], measure: str) -> pd.DataFrame:
    """A row a slice, as words: the chosen measure of every run, then each measure of the other run and the baseline.

    Args:
        found: in the order to show them.
        other: the place of the run that is described.
        names: what the slices are called.
        measure: the chosen one of `MEASURES`.
    """
    letter, rows = LETTERS[other], []
    for each, name in zip(found, names, strict=True):
        compared = each.compared[other - 1]
        row = {
            "Slice": shorten(name, 80),
            f"{letter} compared with A": in_short(compared[measure].outcome, compared[measure].corrected),
            "Examples": f"{each.n:,}",
        }
        for shown in dict.fromkeys((measure, *MEASURES)):
            title = MEASURES[shown].title
            for place, values in enumerate(each.values):
                if shown == measure or place in (0, other):
                    row[f"{title}, {LETTERS[place]}"] = value_in_words(shown, values[shown])
            row[f"{title}, {letter} − A"] = difference_in_words(shown, compared[shown].difference)
        rows.append(row)
    return pd.DataFrame(rows)
