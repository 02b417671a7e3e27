"""The compared runs on each slice of their examples: where they differ most, and what chance can explain."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import LETTERS
from pages.shared.charts.slice_charts import compared_figure
from pages.shared.run.example_columns import described_columns, slices_of_run
from pages.shared.run.finished import predictions_of
from pages.shared.run.slices import choose_column, open_picked, pick_slice, slice_name, value_with_interval
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count, escape, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.comparison.runs import Comparison
from tlcore.evaluation.comparison.significance import Difference, differences
from tlcore.evaluation.comparison.text import difference_in_words
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.slices.metrics_by_slice import SliceComparison, compare_runs_by_slice
from tlcore.evaluation.slices.text import in_short, paired_verdict

_SHOWN = 15  # slices where those of all columns are listed
_NAMED = 3
_DIFFERENCES = ("accuracy", "macro_f1")


def show_slices(comparison: Comparison, other: int, dataset: Dataset | None) -> None:
    """A choice of columns; the runs on their slices as chart and table, the largest differences first.

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
    st.markdown("**Slices, most significant differences first**", help=MEANING["compared slices"])
    chosen = choose_column(columns, [each.slice.column for each in found])
    shown = [each for each in found if chosen in (None, each.slice.column)]
    _tell(shown, found, other, columns)
    listed = shown[:_SHOWN] if chosen is None else shown
    run, slices = comparison.runs[other], [each.slice for each in listed]
    open_picked(run, dataset, comparison.split, comparison.answers[other], slices)
    names = [slice_name(each, columns, alone=chosen is not None) for each in slices]
    show_chart(
        compared_figure(listed, names), key=f"compared-slices-{chosen}", on_pick=pick_slice,
        alt="Accuracy of each run on each slice",
    )  # fmt: skip
    words = f"Click a point to see the slice's examples in Explore, with the predictions of {LETTERS[other]}."
    if len(listed) < len(shown):
        words += f" {len(listed)} of {count(len(shown), 'slice')} are listed; the CSV file has all of them."
    st.caption(words)
    table = compared_table(comparison, listed, other, names, whole=chosen is not None)
    height = min(38 + 35 * len(table), 460)
    st.dataframe(table, hide_index=True, height=height, alt="Slices of the compared runs")
    download_csv(lambda: _numbers(found), "compared-slices.csv", key="compared-slices-csv")


def _found(comparison: Comparison, dataset: Dataset) -> list[SliceComparison]:
    first = comparison.runs[0]
    slices = [each for cut in slices_of_run(first, False, dataset).values() for each in cut]
    rows = pd.Index(predictions_of(first).ids).get_indexer(comparison.answers[0].ids)
    return compare_runs_by_slice(comparison.answers, [each.of(rows) for each in slices])


def _tell(shown: Sequence[SliceComparison], found: Sequence[SliceComparison], other: int, columns: dict) -> None:
    """Which slices the other run is better or worse on beyond chance, in a sentence each."""
    letter = LETTERS[other]
    telling = [each for each in shown if each.others[other - 1].outcome in ("better", "worse")]
    for each in telling[:_NAMED]:
        verdict = paired_verdict(LETTERS[0], letter, each.others[other - 1])
        icon = "trending_up" if each.others[other - 1].outcome == "better" else "trending_down"
        st.markdown(f":material/{icon}: **{escape(slice_name(each.slice, columns, alone=False))}** · {verdict}.")
    if len(telling) > _NAMED:
        st.caption(f"The difference is also significant on {count(len(telling) - _NAMED, 'more slice')}.")
    if not telling:
        st.markdown(
            f":material/drag_handle: On each of these slices, the difference between {letter} and {LETTERS[0]} may "
            f"be due to chance, after Holm's correction for {count(found[0].others[0].comparisons, 'comparison')}."
        )


def compared_table(
    comparison: Comparison, found: Sequence[SliceComparison], other: int, names: Sequence[str], *, whole: bool
) -> pd.DataFrame:
    """A row a slice: each run's accuracy, and how the other differs from the baseline, as words.

    Args:
        comparison: of the runs.
        found: in the order to show them.
        other: the place of the run that is described.
        names: what the slices are called.
        whole: whether they are of one column: then differences are shown with their intervals.
    """
    letters = LETTERS[: len(comparison.runs)]
    rows = []
    for each, name in zip(found, names, strict=True):
        accuracies = [Difference(right / each.n, *accuracy_interval(right, each.n)) for right in each.right]
        beside = each.others[other - 1]
        row = {
            "Slice": shorten(name, 80),
            f"{LETTERS[other]} compared with A": in_short(beside.outcome, beside.corrected),
        }
        row["Examples"] = f"{each.n:,}"
        row |= {letter: value_with_interval(value) for letter, value in zip(letters, accuracies, strict=True)}
        if whole:
            for letter, found_of_it in zip(letters[1:], _differences(comparison, each), strict=True):
                row |= {
                    f"{letter} − A, {MEASURES[measure].title}": difference_in_words(measure, found_of_it[measure])
                    for measure in _DIFFERENCES
                }
        rows.append(row)
    return pd.DataFrame(rows)


def _differences(comparison: Comparison, each: SliceComparison) -> list[dict[str, Difference]]:
    predictions = [answers.take(each.slice.rows) for answers in comparison.answers]
    content = hash(tuple(part.tobytes() for one in predictions for part in (one.ids, one.labels, one.predicted)))
    return _kept_differences(predictions, each.n, content)


@st.cache_data(max_entries=200, show_spinner="Measuring each slice …")
def _kept_differences(_said: list, n: int, content: int) -> list[dict[str, Difference]]:
    return differences(_said)


def _numbers(found: Sequence[SliceComparison]) -> pd.DataFrame:
    """A row a slice with its numbers, for a file."""
    rows = []
    for each in found:
        row = {"column": each.slice.column, "slice": each.slice.name, "n": each.n}
        row |= {f"{letter} right": right for letter, right in zip(LETTERS, each.right, strict=False)}
        for letter, paired in zip(LETTERS[1:], each.others, strict=False):
            gained, lost, p = paired.test
            row |= {f"{letter} gained": gained, f"{letter} lost": lost, f"{letter} p": p}
            row[f"{letter} p_holm"] = paired.corrected
        rows.append(row)
    return pd.DataFrame(rows)
