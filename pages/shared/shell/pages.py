"""The pages in the order a person works, and how to go from one to another."""

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

PAGES = {
    "data": {"page": "data/page.py", "title": "Data", "icon": ":material/photo_library:", "default": True},
    "module": {"page": "module/page.py", "title": "Module", "icon": ":material/layers:"},
    "train": {"page": "train/page.py", "title": "Train", "icon": ":material/model_training:"},
    "results": {"page": "results/page.py", "title": "Results", "icon": ":material/grid_on:"},
    "suspects": {"page": "data/issues.py", "title": "Data issues", "icon": ":material/troubleshoot:"},
    "explore": {"page": "explore/page.py", "title": "Explore", "icon": ":material/scatter_plot:"},
    "before_after": {
        "page": "results/fine_tuning_tab.py",
        "title": "Effect of fine-tuning",
        "icon": ":material/compare:",
    },
    "confidence": {"page": "results/calibration_tab.py", "title": "Calibration", "icon": ":material/percent:"},
    "predict": {"page": "predict/page.py", "title": "Predict", "icon": ":material/image_search:"},
    "runs": {"page": "runs/page.py", "title": "Runs", "icon": ":material/history:"},
    "compare": {"page": "runs/compare.py", "title": "Compare", "icon": ":material/compare_arrows:"},
}


def make_page(name: str) -> st.Page:
    """One page, a key of `PAGES`, for the session that asks: a page remembers whose turn it is, so none is shared."""
    return st.Page(**PAGES[name], url_path=name)


def go_to(page: str, *, where: Sequence[str] = (), **selection: str) -> NoReturn:
    """Opens another page with some of `selection.KEYS` chosen; what is not named stays chosen.

    Explore also takes which examples are selected there: `where`, the texts of a `Selection`.
    """
    from pages.shared.shell.selection import select

    select(**selection)
    query = {key: value for key, value in (*selection.items(), ("where", list(where))) if value}
    st.switch_page(make_page(page), query_params=query)


def link_to(page: str, label: str = "") -> None:
    """A link to another page."""
    st.page_link(make_page(page), label=label or None)
