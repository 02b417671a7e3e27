"""What fine-tuning did to where examples lie, how far classes are apart, and what is confused."""

import streamlit as st

from pages.results.epoch_matrix import show_matrix_by_epoch
from pages.results.moved_maps import show_moved_maps
from pages.results.separability_cards import show_separation
from pages.shared.run.finished import dataset_of
from pages.shared.shell.pages import go_to
from pages.shared.shell.tabs import Tab, show_views
from tlcore.evaluation.run_results import has_trained_features
from tlcore.runs import Run


def tell_of_no_change(run: Run) -> None:
    """A word on a run that trained no layer group, and a way on."""
    st.info(
        "**This run trained no layer groups**, so the module's feature vectors have not changed. Switch on layer "
        "groups and train again on the same dataset.",
        icon=":material/lock:",
    )
    if st.button("Choose layer groups", icon=":material/layers:"):
        go_to("module", dataset=run.record["dataset"]["id"], module=run.record["module"]["id"])


def show_fine_tuning(run: Run) -> None:
    """Map, separation and matrix by epoch of a run that was to train layer groups.

    Where its linear probe was kept, its feature vectors are those of the module as it came, and there are only epochs.
    """
    dataset = dataset_of(run)
    if not has_trained_features(run):
        st.info(
            "**Fine-tuning did not help on val, so the linear probe was kept.** The module's feature vectors have "
            "not changed, so there is no map or separation to compare.",
            icon=":material/undo:",
        )
        show_matrix_by_epoch(run, dataset)
        return
    show_views(
        {
            "map": Tab("Map", lambda: show_moved_maps(run, dataset)),
            "separation": Tab("Separation", lambda: show_separation(run)),
            "matrix-by-epoch": Tab("Matrix by epoch", lambda: show_matrix_by_epoch(run, dataset)),
        }
    )
