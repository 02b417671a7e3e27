"""The pages in the order a person works, and how to go from one to another."""

from typing import NoReturn

import streamlit as st

PAGES = {
    "data": st.Page("pages/data.py", title="Data", icon=":material/photo_library:", default=True),
    "module": st.Page("pages/module.py", title="Module", icon=":material/layers:", url_path="module"),
    "train": st.Page("pages/train.py", title="Train", icon=":material/model_training:", url_path="train"),
    "results": st.Page("pages/results.py", title="Results", icon=":material/grid_on:", url_path="results"),
    "embedding": st.Page("pages/embedding.py", title="Embedding", icon=":material/scatter_plot:", url_path="embedding"),
    "predict": st.Page("pages/predict.py", title="Predict", icon=":material/image_search:", url_path="predict"),
    "runs": st.Page("pages/runs.py", title="Runs", icon=":material/history:", url_path="runs"),
}


def go_to(page: str, **selection: str) -> NoReturn:
    """Opens another page with `dataset`, `module`, `groups` or `run` chosen; what is not named stays chosen."""
    from pages.parts.selection import select

    select(**selection)
    st.switch_page(PAGES[page], query_params={key: value for key, value in selection.items() if value})


def link_to(page: str, label: str = "") -> None:
    """A link to another page."""
    st.page_link(PAGES[page], label=label or None)
