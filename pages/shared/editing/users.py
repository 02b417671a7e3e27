"""The runs that used what is about to be deleted."""

import streamlit as st

from pages.shared.wording.formatting import count, escape, shorten
from tlcore.runs import list_runs


def show_users(kind: str, id: str, words: str) -> bool:
    """Names the runs that used a dataset or module, and says whether one of them is under way.

    Args:
        kind: "dataset" or "module".
        id: of it.
        words: what becomes of them, after “3 runs ”.
    """
    runs = [run for run in list_runs() if run.record[kind]["id"] == id]
    if runs:
        st.write(f"{count(len(runs), 'run')} {words}")
        with st.container(height=min(200, 24 + 30 * len(runs))):
            for run in runs:
                st.caption(escape(shorten(run.name, 80)))
    underway = any(run.state in ("queued", "running") for run in runs)
    if underway:
        st.warning(
            "One of these runs is in progress. Cancel it first, or wait until it has finished.",
            icon=":material/hourglass_top:",
        )
    return underway
