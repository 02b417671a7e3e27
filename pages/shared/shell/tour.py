"""A short guided path through a finished run: a card above the pages, until the person ends it."""

from typing import NamedTuple

import streamlit as st

from pages.shared.shell.pages import PAGES, go_to
from pages.shared.shell.selection import select, selected
from pages.shared.shell.tabs import TAB
from tlcore.datasets import list_datasets
from tlcore.pipeline.example import find_example
from tlcore.runs import Run, list_runs


class Step(NamedTuple):
    """One stop of the way: a page, a key of `PAGES`, what to see and do there, and which tab that is on."""

    page: str
    title: str
    words: str
    tab: str = ""  # in the URL; "" for the first
    tab_title: str = ""

    @property
    def place(self) -> str:
        """What the page, or its tab, is called."""
        return self.tab_title or PAGES[self.page]["title"]


STEPS = (
    Step(
        "data",
        "The data",
        "Labelled examples, and how many each class has. Each is in one split: a model is fitted on train and chosen "
        "by val; test is for one last look.",
    ),
    Step(
        "results",
        "What it gets right, and what it confuses",
        "A row of the matrix is the true class, a column the predicted one. Click a cell off the diagonal to see "
        "the examples behind one kind of mistake.",
    ),
    Step(
        "explore",
        "How the module sees the data",
        "Matrix, map, table and gallery show one selection. Click a cell, or draw a loop around points of the map, "
        "where examples that the module finds alike lie close.",
    ),
    Step(
        "results",
        "Whether to believe it",
        "Where answers given with 80 % are right in 80 of 100 cases, bars end at the dotted line. Under *Threshold* "
        "you say how sure is sure enough; the rest is left to a person.",
        tab="calibration",
        tab_title="Calibration",
    ),
    Step(
        "predict",
        "New data",
        "Drop in a file. Or press a dataset with the same classes, where one is offered: its labels are known, so "
        "the answers are scored.",
    ),
    Step(
        "train",
        "Your turn",
        "Press *Train* for a linear probe like this one, or switch layer groups on first to fine-tune them. Your own "
        "data comes in on the Data page.",
    ),
)
_START = "Show me around"


def offer_tour(*, primary: bool = False) -> None:
    """The button that starts the tour, or starts it again."""
    kind = "primary" if primary else "tertiary"
    if st.button(_START, icon=":material/tour:", type=kind, key=f"tour-{kind}"):
        _go(1)


def show_tour(title: str) -> None:
    """The card of the step that the person is at; nothing where there is no tour.

    Args:
        title: of the page that it stands above.
    """
    number = _number()
    if not number:
        return
    step = STEPS[number - 1]
    is_here = title == PAGES[step.page]["title"] and st.query_params.get(TAB, "") == step.tab
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
        with st.container(width="stretch", gap="small"):
            st.markdown(f":material/tour: **Step {number} of {len(STEPS)} · {step.title}**")
            st.caption(step.words if is_here else f"This step is on {step.place}.")
        with st.container(horizontal=True, width="content"):
            if not is_here:
                if st.button(f"Go to {step.place}", type="primary", key="tour-here"):
                    _go(number)
            else:
                if number > 1 and st.button("Back", icon=":material/arrow_back:", key="tour-back"):
                    _go(number - 1)
                if number < len(STEPS) and st.button(f"Next: {STEPS[number].place}", type="primary", key="tour-next"):
                    _go(number + 1)
            if st.button("End", icon=":material/close:", key="tour-end", help="It starts again from the sidebar"):
                select(tour="")
                st.rerun()


def _number() -> int:
    """The step that the URL or the session names; 0 for none."""
    return {str(number): number for number in range(1, len(STEPS) + 1)}.get(selected("tour"), 0)


def _go(number: int) -> None:
    """Opens a step's page on the run that is shown; a word where there is none to show."""
    run = _run()
    if run is None:
        select(tour="")
        st.toast("The tour is of a finished run, and there is none yet: train a linear probe.", icon=":material/tour:")
        return
    step, record = STEPS[number - 1], run.record
    go_to(
        step.page,
        tab=step.tab,
        dataset=record["dataset"]["id"],
        module=record["module"]["id"],
        run="" if step.page == "train" else run.id,  # with a run that page follows it
        tour=str(number),
    )


def _run() -> Run | None:
    """The example, or where it was deleted the newest run with a result; one whose pictures are still there."""
    there = {dataset.id for dataset in list_datasets()}
    example = find_example()
    runs = [*([example] if example else []), *list_runs()]
    return next((run for run in runs if run.has_result and run.record["dataset"]["id"] in there), None)
