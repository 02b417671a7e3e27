"""Augmentation shown on the person's own pictures before anything is trained."""

import streamlit as st

from pages.shared.jobs.progress import have_done
from pages.shared.media.items import WIDTH, drawing_of
from tlcore.datasets.dataset import Dataset
from tlcore.pipeline.outputs import augmented_items
from tlcore.plans import Plan

PICTURES = 4
COPIES = 5


def show_preview(dataset: Dataset, plan: Plan) -> None:
    """A row a picture: as it came, then as training would see it."""
    if not plan.augments:
        st.caption("No augmentation is applied. Change a setting to preview it on your own data.")
        return
    if not st.toggle("Preview on my data", key="show-augmentation", persist_state="session"):
        return
    augmentation = {name: value for name, value in plan.model_dump(mode="json").items() if name.startswith("augment_")}
    args = {"dataset": dataset.id, "plan": augmentation, "count": PICTURES, "copies": COPIES}
    job = have_done("preview", args, "Augmenting examples")
    if job:
        rows, drawing = augmented_items(job), drawing_of(dataset.modality)
        with st.grid(columns=COPIES + 1, min_column_width=96, gap="small"):
            for row in rows:
                for place, item in enumerate(row):
                    drawing.show_decoded(item, "original" if place == 0 else None, WIDTH)
