"""What two of the compared runs say differently: examples gained and lost, their matrices, and how all learnt."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import LETTERS
from pages.shared.charts.curves import curves_together
from pages.shared.charts.matrix_chart import difference_figure
from pages.shared.media.moved import show_moved
from pages.shared.run.cell import read_cell, show_clickable
from pages.shared.run.example_selection import explore_button, ticked_selection
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.comparison.runs import Comparison
from tlcore.evaluation.comparison.significance import gained_and_lost
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.runs import Run


def choose_other(runs: Sequence[Run]) -> int:
    """The place of the run that is shown beside the baseline."""
    letters = list(LETTERS[1 : len(runs)])
    if len(letters) == 1:
        return 1
    letter = st.segmented_control(
        "Run to compare with A", letters, default="B", required=True, wrap=True, key="beside", bind="query-params",
        help="The run whose examples and matrix are compared with those of A. The letters are those of the table "
        "above.",
    )  # fmt: skip
    return LETTERS.index(letter) if letter in letters else 1


def show_gained_and_lost(comparison: Comparison, other: int, dataset: Dataset | None) -> None:
    baseline, after = comparison.answers[0], comparison.answers[other]
    letter = LETTERS[other]
    gained, lost = gained_and_lost(baseline, after)
    parts = (
        (
            "Gained",
            gained,
            f"Examples that {letter} gets right and A gets wrong. Predictions in which {letter} is "
            "most confident come first.",
        ),
        (
            "Lost",
            lost,
            f"Examples that A gets right and {letter} gets wrong. Predictions in which {letter} is most "
            "confident come first.",
        ),
    )
    with st.grid(min_column_width=360, gap="medium"):
        for title, rows, words in parts:
            with st.container(border=True):
                st.subheader(f"{title} by {letter}: {len(rows):,}", help=words)
                show_moved(
                    dataset,
                    _both(comparison, other),
                    rows,
                    key=f"{title}-{letter}",
                    empty=f"No examples were {title.lower()}.",
                )
                if len(rows):
                    run = comparison.runs[other]
                    folder, ids = (dataset or run).folder, after.ids[rows].tolist()
                    explore_button(
                        run, lambda folder=folder, ids=ids: ticked_selection(folder, ids, [comparison.split]),
                        key=f"explore-{title}-{letter}", label=f"Explore these in {letter}",
                    )  # fmt: skip


def show_matrix(comparison: Comparison, other: int, dataset: Dataset | None) -> None:
    baseline, after = comparison.answers[0], comparison.answers[other]
    letter, names = LETTERS[other], after.class_names
    st.subheader(
        f"Matrix of {letter} minus that of A",
        help=f"Each cell shows how many more or fewer examples {letter} has there than A. Green is an improvement: "
        "more on the diagonal, or fewer off the diagonal.",
    )
    cell = read_cell(len(names))
    figure = difference_figure(
        confusion_matrix(baseline), confusion_matrix(after), names, names=("A", letter), cell=cell,
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    beside = show_clickable(
        figure, names, cell, alt=f"Matrix of {letter} minus that of A",
        words="**Click a cell** to see the examples that only one of the two runs has there, or choose a cell here.",
    )  # fmt: skip
    with beside:
        if None not in cell:
            _show_cell(comparison, other, dataset, cell)
        elif cell != (None, None):
            st.caption("Choose both a true and a predicted class to see the examples that moved.")


def _show_cell(comparison: Comparison, other: int, dataset: Dataset | None, cell: tuple[int, int]) -> None:
    before, after = comparison.answers[0], comparison.answers[other]
    was, is_now = ((each.labels == cell[0]) & (each.predicted == cell[1]) for each in (before, after))
    letter = LETTERS[other]
    for title, rows in ((f"Only {letter} predicts this", is_now & ~was), ("Only A predicts this", was & ~is_now)):
        with st.container(border=True):
            st.markdown(f"**{title}: {int(rows.sum()):,}**")
            show_moved(
                dataset,
                _both(comparison, other),
                np.flatnonzero(rows),
                key=f"{title}-{cell}",
                empty="None.",
                page=6,
            )


def _both(comparison: Comparison, other: int) -> dict[str, tuple[Run, Top1Predictions]]:
    """The baseline and another run with their answers, by their letters."""
    return {LETTERS[place]: (comparison.runs[place], comparison.answers[place]) for place in (0, other)}


def show_curves(runs: Sequence[Run]) -> None:
    st.subheader(
        "Learning curves",
        help="Loss and accuracy after each epoch, one colour per run. A dashed line is the result of a run without "
        "epochs, such as a linear probe.",
    )
    epochs, levels = {}, {}
    events = {letter: run.events for letter, run in zip(LETTERS, runs, strict=False)}
    rows = {letter: [each for each in events[letter] if each["event"] == "epoch"] for letter in events}
    has_val = all(run.metrics.get("val") for run in runs)
    split = "val" if has_val else "train"
    for letter, run in zip(LETTERS, runs, strict=False):
        if rows[letter]:
            epochs[letter] = rows[letter]
        elif run.metrics.get(split):
            levels[letter] = run.metrics[split]
    if not epochs:
        st.caption("None of these runs was trained in epochs: a linear probe has none.")
        return
    if not has_val:
        st.caption("The curves are of train, because not all of these runs have val examples.")
    show_chart(
        curves_together(epochs, levels, split), key="curves-together",
        alt=f"Loss and accuracy of {split} by epoch, a line a run",
    )  # fmt: skip
