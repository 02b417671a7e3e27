"""A workspace that is opened for the first time gets an example."""

import streamlit as st

import tlcore.base.workspace as workspace
from pages.shared.jobs.progress import wait_for
from tlcore import pipeline
from tlcore.pipeline.example import is_first_opening


def open_workspace() -> None:
    """Has a worker set up the example where the workspace is new; nothing else is drawn meanwhile."""
    if not is_first_opening() and not _is_being_made():
        return
    job = pipeline.find_job("example", {}) or pipeline.submit("example", {})
    area = st.empty()
    with area.container():
        wait_for(job, "Getting an example ready: the sample, and a linear probe on it")
        if not job.over:
            st.stop()
    if job.state == "done":
        area.empty()


def _is_being_made() -> bool:
    """Whether a worker has begun with the example."""
    mark = workspace.example()
    job = pipeline.find_job("example", {}) if mark.exists() and not mark.stat().st_size else None
    return job is not None and not job.over
