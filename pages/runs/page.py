"""Runs: everything that was trained, to look up, compare and take away."""

import streamlit as st

from pages.runs.all_runs_tab import show_all_runs
from pages.runs.compare_tab import show_compare
from pages.runs.export_tab import show_export
from pages.shared.shell.tabs import Tab, show_tabs

st.title("Runs")
show_tabs(
    {
        "all": Tab("All runs", show_all_runs),
        "compare": Tab("Compare", show_compare),
        "export": Tab("Export", show_export),
    }
)
