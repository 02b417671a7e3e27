"""Augmentation shown on the person's own pictures before anything is trained."""

import numpy as np
import streamlit as st

from pages.shared.jobs.progress import have_done
from pages.shared.media.gallery import WIDTH
from tlcore.datasets.dataset import Dataset
from tlcore.plans import Plan

PICTURES = 4
COPIES = 5


def show_preview(dataset: Dataset, plan: Plan) -> None:
    """A row a picture: as it came, then as training would see it."""
    if not plan.augments:
        st.caption("Nothing is changed. Move a setting to see it on your own pictures.")
        return
    if not st.toggle("Show it on my pictures", key="show-augmentation", persist_state="session"):
        return
    augmentation = {name: value for name, value in plan.model_dump(mode="json").items() if name.startswith("augment_")}
    args = {"dataset": dataset.id, "plan": augmentation, "count": PICTURES, "copies": COPIES}
    job = have_done("preview", args, "Changing pictures")
    if job:
        rows = np.load(job.folder / "images.npy")
        with st.grid(columns=COPIES + 1, min_column_width=96, gap="small"):
            for row in rows:
                for place, pixels in enumerate(row):
                    st.image(pixels, width=WIDTH, caption="as it came" if place == 0 else None)
