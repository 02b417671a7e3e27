"""Tables to take away as CSV."""

import pandas as pd
import streamlit as st

from tlcore.exports.predictions import guarded


def download_csv(table: pd.DataFrame, file_name: str, *, key: str) -> None:
    """A button that gives a table as CSV that a spreadsheet does not take for formulas."""
    st.download_button(
        "Download as CSV",
        lambda: guarded(table).to_csv(index=False).encode("utf-8-sig"),
        file_name,
        "text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )
