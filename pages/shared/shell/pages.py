"""The pages in the order a person works, and how to go from one to another."""

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from pages.shared.shell.selection import select
from pages.shared.shell.tabs import TAB

PAGES = {
    "data": {"page": "data/page.py", "title": "Data", "icon": ":material/photo_library:", "default": True},
    "module": {"page": "module/page.py", "title": "Module", "icon": ":material/layers:"},
    "train": {"page": "train/page.py", "title": "Train", "icon": ":material/model_training:"},
    "results": {"page": "results/page.py", "title": "Results", "icon": ":material/grid_on:"},
    "explore": {"page": "explore/page.py", "title": "Explore", "icon": ":material/scatter_plot:"},
    "predict": {"page": "predict/page.py", "title": "Predict", "icon": ":material/image_search:"},
    "runs": {"page": "runs/page.py", "title": "Runs", "icon": ":material/history:"},
}
SECTIONS = {
    "Build": ("data", "module", "train"),
    "Understand": ("results", "explore"),
    "Use": ("predict", "runs"),
}


def make_page(name: str) -> st.Page:
    """One page, a key of `PAGES`, for the session that asks: a page remembers whose turn it is, so none is shared."""
    return st.Page(**PAGES[name], url_path=name)


def go_to(page: str, *, tab: str = "", where: Sequence[str] = (), **selection: str) -> NoReturn:
    """Opens another page with some of `selection.KEYS` chosen; what is not named stays chosen.

    Args:
        page: a key of `PAGES`.
        tab: one of its tabs; "" for its first.
        where: which examples are selected there, as the texts of a `Selection`; for Explore.
        selection: what is chosen.
    """
    select(**selection)
    query = {key: value for key, value in ((TAB, tab), *selection.items(), ("where", list(where))) if value}
    st.switch_page(make_page(page), query_params=query)


def link_to(page: str, label: str = "") -> None:
    """A link to another page."""
    st.page_link(make_page(page), label=label or None)
