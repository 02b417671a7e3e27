"""Effect of fine-tuning: what it did to where examples lie, how far classes are apart, and what is confused."""

from typing import NoReturn

import streamlit as st

from pages.results.epoch_matrix import show_matrix_by_epoch
from pages.results.moved_maps import show_moved_maps
from pages.results.separability_cards import show_separation
from pages.shared.run.finished import dataset_of, require_finished_run
from pages.shared.shell.pages import go_to
from tlcore.evaluation.artifacts import has_trained_features
from tlcore.runs import Run


def end_without_change(run: Run) -> NoReturn:
    """A word on a run whose module is as it came, and a way on."""
    st.info(
        "**Nothing changed.** This run trained no layer group, so the module's feature vectors are after it what they "
        "were before. Switch layer groups on, and train them on the same dataset.",
        icon=":material/lock:",
    )
    if st.button("Choose layer groups", icon=":material/layers:", type="primary"):
        go_to("module", dataset=run.record["dataset"]["id"], module=run.record["module"]["id"])
    st.stop()


st.title("Effect of fine-tuning")
run = require_finished_run("before_after")
if not has_trained_features(run):
    end_without_change(run)
dataset = dataset_of(run)
shows = {
    "Map": lambda: show_moved_maps(run, dataset),
    "Separation": lambda: show_separation(run),
    "Matrix by epoch": lambda: show_matrix_by_epoch(run, dataset),
}
for tab, show in zip(
    st.tabs(list(shows), key="before-after", on_change="rerun", bind="query-params"), shows.values(), strict=True
):
    if tab.open:
        with tab:
            show()
