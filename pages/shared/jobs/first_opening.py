"""A workspace that is opened for the first time gets an example."""

import streamlit as st

from pages.shared.jobs.progress import wait_for
from tlcore import pipeline
from tlcore.pipeline.example import is_being_made, is_first_opening


def open_workspace() -> None:
    """Has a worker set up the example where the workspace is new; nothing else is drawn meanwhile."""
    job = pipeline.find_job("example", {}) if is_being_made() else None
    if not is_first_opening() and (job is None or job.over):
        return
    job = job or pipeline.find_job("example", {}) or pipeline.submit("example", {})
    area = st.empty()
    with area.container():
        wait_for(job, "Preparing an example: a sample dataset and a linear probe trained on it")
        if not job.over:
            st.stop()
    if job.state == "done":
        area.empty()
