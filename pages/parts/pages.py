"""The pages in the order a person works, and how to go from one to another."""

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# Until someone has run `app.py`, Streamlit takes `pages/` for its older kind of pages: a link to one of them, the
# first that a new server is asked for, would show that file alone. This is read by every page, and starts anew.
if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()

PAGES = {
    "data": {"page": "pages/data.py", "title": "Data", "icon": ":material/photo_library:", "default": True},
    "module": {"page": "pages/module.py", "title": "Module", "icon": ":material/layers:"},
    "train": {"page": "pages/train.py", "title": "Train", "icon": ":material/model_training:"},
    "results": {"page": "pages/results.py", "title": "Results", "icon": ":material/grid_on:"},
    "suspects": {"page": "pages/suspects.py", "title": "Suspects", "icon": ":material/troubleshoot:"},
    "explore": {"page": "pages/explore.py", "title": "Explore", "icon": ":material/scatter_plot:"},
    "before_after": {"page": "pages/before_after.py", "title": "Before and after", "icon": ":material/compare:"},
    "confidence": {"page": "pages/confidence.py", "title": "How sure", "icon": ":material/percent:"},
    "predict": {"page": "pages/predict.py", "title": "Predict", "icon": ":material/image_search:"},
    "runs": {"page": "pages/runs.py", "title": "Runs", "icon": ":material/history:"},
    "compare": {"page": "pages/compare.py", "title": "Compare", "icon": ":material/compare_arrows:"},
}


def make_page(name: str) -> st.Page:
    """One page, a key of `PAGES`, for the session that asks: a page remembers whose turn it is, so none is shared."""
    return st.Page(**PAGES[name], url_path=name)


def go_to(page: str, *, where: Sequence[str] = (), **selection: str) -> NoReturn:
    """Opens another page with some of `selection.KEYS` chosen; what is not named stays chosen.

    Explore also takes which examples are selected there: `where`, the texts of a `Selection`.
    """
    from pages.parts.selection import select

    select(**selection)
    query = {key: value for key, value in (*selection.items(), ("where", list(where))) if value}
    st.switch_page(make_page(page), query_params=query)


def link_to(page: str, label: str = "") -> None:
    """A link to another page."""
    st.page_link(make_page(page), label=label or None)
