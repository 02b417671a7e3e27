"""Which of the compared runs is better, in plain words, with the numbers that say so."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import LETTERS
from pages.shared.charts.curves import intervals
from pages.shared.wording.formatting import escape, shorten
from tlcore.evaluation.comparison.significance import DRAWS, LEVEL, McNemar
from tlcore.evaluation.comparison.text import measures_table, p_in_words, verdict
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.runs import Run

_ICONS = {
    "better": ":material/trending_up:",
    "worse": ":material/trending_down:",
    "open": ":material/drag_handle:",
    "same": ":material/drag_handle:",
}
_DRAWN = ("accuracy", "macro_f1")
_BESIDE = "After it comes the difference from A, with its 95 % interval."


def show_verdicts(runs: Sequence[Run], tests: Sequence[McNemar]) -> None:
    """A card for each run but the baseline.

    Args:
        runs: the first is the baseline.
        tests: of the others against it, in their order.
    """
    with st.grid(min_column_width=300, gap="small"):
        for letter, run, test in zip(LETTERS[1:], runs[1:], tests, strict=False):
            with st.container(border=True, height="stretch", gap="small"):
                st.markdown(f"{_ICONS[test.outcome]} **{verdict(LETTERS[0], letter, test)}.**")
                st.caption(
                    f"{letter} is {escape(shorten(run.name, 60))} · {p_in_words(test.p)}",
                    help="p is the probability that two equally good runs differ at least this much in the examples "
                    f"gained and lost (McNemar's exact test). Below {LEVEL:g} one run is called better.",
                )
    if len(runs) > 2:
        st.caption(
            f"{len(runs) - 1} runs are compared with A. Of twenty runs that are as good as A, about one would be "
            "called better or worse by chance alone."
        )


def show_measures(runs: Sequence[Run], answers: Sequence[Top1Predictions], differences: Sequence[dict]) -> None:
    """A row a run, a column a measure; under it the differences from the baseline as intervals.

    Args:
        runs: the first is the baseline.
        answers: of each, as compared.
        differences: of the others from the baseline, as `significance.differences` gives them.
    """
    names = [f"{letter} · {shorten(run.name, 40)}" for letter, run in zip(LETTERS, runs, strict=False)]
    table = measures_table(names, answers, differences)
    helps = {each.title: st.column_config.Column(help=f"{each.meaning} {_BESIDE}") for each in MEASURES.values()}
    helps["Run"] = st.column_config.Column(
        help="The compared runs by their letters. A is the baseline.", pinned=True, width="small"
    )
    st.dataframe(table, hide_index=True, column_config=helps, alt="Measures of each run, and differences from A")
    rows = {letter: each for letter, each in zip(LETTERS[1:], differences, strict=False)}
    show_chart(
        intervals(rows, {measure: MEASURES[measure].title for measure in _DRAWN}), key="intervals",
        alt="Differences from A in accuracy and macro F1, with intervals",
    )  # fmt: skip
    st.caption(
        "The difference of each run from A, in percentage points.",
        help=f"The examples are drawn with replacement {DRAWS:,} times, and each time both runs are measured on the "
        "same examples (paired bootstrap). The line spans the middle 95 % of the differences. If it does not cross "
        "0, the difference is unlikely to be due to chance.",
    )
