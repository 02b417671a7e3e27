"""Tables whose rows are ticked, in step with what is chosen elsewhere."""

import zlib
from collections.abc import Collection, Sequence

import streamlit as st


def ticking_key(name: str, ids: Sequence[str], chosen: Collection[str]) -> str:
    """The table's key. It changes with its rows, and when others are chosen elsewhere, so that ticks never lie.

    Args:
        name: of the table, alone on its page.
        ids: of its rows.
        chosen: the ids of those that are to be ticked; others may be among them.
    """
    number = st.session_state.setdefault(f"{name}-number", 0)
    key = f"{name}-{zlib.crc32(','.join(ids).encode())}"
    if f"{key}-{number}" in st.session_state and {*ticked(f"{key}-{number}", ids)} != {*chosen} & {*ids}:
        st.session_state[f"{name}-number"] = number = number + 1
    return f"{key}-{number}"


def ticked(key: str, ids: Sequence[str]) -> list[str]:
    """The ids of the ticked rows."""
    return [ids[row] for row in st.session_state[key].selection.rows]
