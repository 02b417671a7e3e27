"""The files of a dataset that came without a label."""

import streamlit as st

from pages.shared.media.gallery import show_gallery
from pages.shared.shell.pages import go_to
from pages.shared.wording.formatting import escape, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.runs import list_runs


def show_unlabelled(dataset: Dataset) -> None:
    """A gallery of them, and the way to have them predicted."""
    run = next(
        (run for run in list_runs() if run.record["dataset"]["id"] == dataset.id and run.has_result),
        None,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("These files have no label. They are not used for training or testing.", width="stretch")
        if st.button("Predict their classes", icon=":material/image_search:", disabled=run is None):
            go_to("predict", dataset=dataset.id, run=run.id)
    if run is None:
        st.caption("Once a run on this dataset has finished, it can predict their classes.")
    names = dataset.unlabelled.set_index("id")["source_name"]
    show_gallery(
        dataset,
        names.index.array,
        lambda id: escape(shorten(names[id], 24)),
        key=f"unlabelled-{dataset.id}",
        empty="Every file has a label.",
    )
