"""Who is at the page."""

import streamlit as st


def who() -> str:
    """The address or name that a person signed in with; "" where the server asks nobody to."""
    return str(st.user.get("email") or st.user.get("name") or "")
