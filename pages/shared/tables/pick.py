"""A table of which one row is ticked."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

_HEADER, _ROW = 38, 35  # pixels


def pick_row(
    table: pd.DataFrame, *, key: str, alt: str, tallest: int = 320, columns: Mapping[str, object] | None = None
) -> int | None:
    """Draws a table and gives the number of the row that is ticked; None while none is.

    Args:
        table: what is shown.
        key: names it.
        alt: what it is, for those who don't see it.
        tallest: pixels; a longer table scrolls.
        columns: of `st.column_config`, by title.
    """
    picked = st.dataframe(
        table, hide_index=True, height=min(_HEADER + _ROW * len(table), tallest), on_select="rerun",
        selection_mode="single-row", key=key, column_config=columns, alt=alt,
    )  # fmt: skip
    return picked.selection.rows[0] if picked.selection.rows else None
