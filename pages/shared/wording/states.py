"""A run's state, with the same word, icon and colour everywhere."""

import streamlit as st

STATES = {
    "queued": ("queued", ":material/hourglass_top:", "gray"),
    "running": ("running", ":material/play_circle:", "blue"),
    "done": ("done", ":material/check_circle:", "green"),
    "stopped": ("stopped, best kept", ":material/stop_circle:", "green"),
    "cancelled": ("cancelled", ":material/cancel:", "gray"),
    "failed": ("failed", ":material/error:", "red"),
}


def badge(state: str) -> None:
    word, icon, colour = STATES[state]
    st.badge(word, icon=icon, color=colour)
