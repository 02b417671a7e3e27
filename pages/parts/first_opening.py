"""A workspace that is opened for the first time gets an example."""

import streamlit as st

from pages.parts.words import show_error
from tlcore.errors import UserError
from tlcore.example import is_first_opening, set_up_example


def open_workspace() -> None:
    """Sets up the example where the workspace is new."""
    if is_first_opening():
        with st.spinner("Getting an example ready: the sample, and a linear probe on it …", show_time=True):
            try:
                set_up_example()
            except UserError as error:
                show_error(error)
