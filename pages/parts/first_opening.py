"""A workspace that is opened for the first time gets an example."""

import streamlit as st

from pages.parts.words import errors_shown
from tlcore.example import is_first_opening, set_up_example


def open_workspace() -> None:
    """Sets up the example where the workspace is new."""
    if is_first_opening():
        words = "Getting an example ready: the sample, and a linear probe on it …"
        with errors_shown(), st.spinner(words, show_time=True):
            set_up_example()
