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
        "These are the labelled examples, and how many each class has. Each example is in one split: models are "
        "trained on train and chosen on val, and test is kept for the final evaluation.",
    ),
    Step(
        "results",
        "What the model gets right, and what it confuses",
        "Each row of the matrix is a true class, each column a predicted class. Click a cell off the diagonal to "
        "see the examples behind one kind of mistake.",
    ),
    Step(
        "explore",
        "How the module sees the data",
        "Matrix, map, table and gallery show the same selection of examples. Click a cell of the matrix, or draw a "
        "loop around points on the map. On the map, similar examples lie close together.",
    ),
    Step(
        "results",
        "How reliable the probabilities are",
        "If predictions made with 80 % confidence are right 80 % of the time, the bars end at the dotted line. "
        "Under *Threshold*, choose the confidence from which predictions are accepted; a person checks the others.",
        tab="calibration",
        tab_title="Calibration",
    ),
    Step(
        "predict",
        "New data",
        "Upload a file to predict its class. Or, if one is offered, click a dataset with the same classes: its "
        "labels are known, so the accuracy is shown.",
    ),
    Step(
        "train",
        "Your turn",
        "Press *Train* to train a linear probe like this one, or switch on layer groups first to fine-tune them. "
        "Add your own data on the Data page.",
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
            if st.button(
                "End", icon=":material/close:", key="tour-end", help="You can start the tour again from the sidebar"
            ):
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
        st.toast("The tour needs a finished run. Train a linear probe first.", icon=":material/tour:")
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
