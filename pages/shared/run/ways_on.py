"""Buttons from a run to the pages that show it."""

import streamlit as st

from pages.shared.shell.pages import go_to
from tlcore.runs import Run

_WAYS = {
    "results": ("Results", "grid_on", ""),
    "explore": ("Explore", "scatter_plot", ""),
    "data": ("Data issues", "troubleshoot", "issues"),
    "predict": ("Predict", "image_search", ""),
    "runs": ("Export", "inventory_2", "export"),
}  # by page: what it is called there, its icon, and the tab
_EARLY = ("results", "explore")  # those that show an early result too


def show_ways_on(run: Run, *, but: str = "", primary: str = "") -> None:
    """A button for each page that has something to show of a run.

    Args:
        run: any.
        but: a page that gets none.
        primary: the page whose button stands out.
    """
    for page, (label, icon, tab) in _WAYS.items():
        is_ready = run.has_result or (run.has_early_result and page in _EARLY)
        if page == but or not is_ready:
            continue
        kind = "primary" if page == primary else "secondary"
        if st.button(label, type=kind, icon=f":material/{icon}:", key=f"to-{page}"):
            dataset = {"dataset": run.record["dataset"]["id"]} if page == "data" else {}
            go_to(page, tab=tab, run=run.id, **dataset)
