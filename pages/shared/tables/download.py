"""Tables to take away as CSV."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from tlcore.exports import guarded


def download_csv(make_table: Callable[[], pd.DataFrame], file_name: str, *, key: str) -> None:
    """A button that gives a table, made on the click, as CSV that a spreadsheet does not take for formulas."""
    st.download_button(
        "Download as CSV",
        lambda: guarded(make_table()).to_csv(index=False).encode("utf-8-sig"),
        file_name,
        "text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )
