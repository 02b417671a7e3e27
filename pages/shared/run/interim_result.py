"""The early result of a run: its linear probe's answers, there to be looked at while later stages go on."""

import streamlit as st

from pages.shared.shell.pages import go_to
from pages.shared.wording.formatting import errors_shown
from pages.shared.wording.numbers import accuracy_card
from tlcore.runs import Run

SECONDS = 2.0
_HEIGHT = 128
_GOES_ON = {
    "head": "the head is being trained",
    "fine-tune": "fine-tuning is in progress",
    "evaluation": "the run is being evaluated",
    "map": "the embedding map is being computed",
}
EARLY_IS_OUT_OF_FOLD = (
    "Each example was predicted by a model that was not fitted on it. The test split is evaluated when the run ends."
)


def show_first_numbers(run: Run, events: list[dict]) -> None:
    """What the linear probe reached, and the ways to its matrix and its map; a word where it has not come so far."""
    numbers = next((event for event in reversed(events) if event["event"] == "early"), None)
    with st.container(horizontal=True, vertical_alignment="center", height=_HEIGHT, border=False, gap="small"):
        if numbers is None:
            st.caption(
                "The first results will appear here: the accuracy of the linear probe, its confusion matrix "
                "and its embedding map."
            )
            return
        if numbers["val"]:
            accuracy_card(numbers["val"], "Linear probe, val")
        accuracy_card(numbers["cv"], "Linear probe, train out of fold")
        if run.has_early_result:
            if st.button("Matrix", icon=":material/grid_on:", help="The linear probe's confusion matrix"):
                go_to("results", run=run.id)
            if st.button("Map", icon=":material/scatter_plot:", help="The embedding map of the module as it came"):
                go_to("explore", run=run.id)


def show_last_numbers(run: Run) -> None:
    """What the run reached, in the same place, beside its linear probe where it went on from there."""
    result = run.result
    with st.container(horizontal=True, vertical_alignment="center", height=_HEIGHT, border=False, gap="small"):
        split = "val" if result["metrics"]["val"] else "train"
        accuracy_card(result["metrics"][split], f"Accuracy on {split}")
        if not run.is_probe:
            accuracy_card(result["baselines"]["linear_probe"][split], f"Linear probe, {split}")


def tell_of_early_result(run: Run) -> None:
    """One line on what a page shows of a run without a result; while the run goes on it keeps itself up to date."""
    if run.state == "running":
        _keep_telling(run)
    else:
        _tell(run)


@st.fragment(run_every=SECONDS)
@errors_shown()
def _keep_telling(run: Run) -> None:
    _tell(run)


def _tell(run: Run) -> None:
    state = run.state
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", border=True, gap="small"
    ):
        if run.has_result:
            st.markdown(":material/check_circle: **The run has a result now.** This page still shows its linear probe.")
            if st.button("Show the run's result", type="primary", icon=":material/refresh:", key="show-result"):
                st.rerun()
        elif state == "running":
            st.markdown(f":material/pending: **This is the result of the linear probe**; {_while(run.events)}.")
            if st.button("Follow the run", icon=":material/timeline:", key="follow-run"):
                go_to("train", run=run.id)
        else:
            words = {
                "failed": ":material/error: **This is the result of the linear probe.** The run failed afterwards.",
                "cancelled": ":material/cancel: **The run was cancelled**, and its linear probe, shown here, was "
                "discarded.",
            }
            st.markdown(
                words.get(
                    state,
                    ":material/hourglass_top: **This is the linear probe** of a run that is waiting in the queue.",
                )
            )
            if st.button("See how it went", icon=":material/timeline:", key="follow-run"):
                go_to("train", run=run.id)


def _while(events: list[dict]) -> str:
    """What the run is at, and in which epoch."""
    stage, epoch = "", ""
    for event in events:
        if event["event"] == "stage":
            stage, epoch = event["name"], ""
        elif event["event"] == "step" and event.get("name", "").startswith("epoch "):
            epoch = f" ({event['name']})"
    return _GOES_ON.get(stage, "the run is in progress") + epoch
