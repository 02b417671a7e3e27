"""What a page can't do without: the chosen dataset, module or run; without it, a word on where to get it."""

import streamlit as st

from pages.shared.shell.pages import link_to
from pages.shared.shell.selection import select, selected
from pages.shared.wording.formatting import show_error
from tlcore.base.errors import UserError
from tlcore.datasets import open_dataset
from tlcore.datasets.dataset import Dataset
from tlcore.modules import find_module
from tlcore.modules.module import Module
from tlcore.runs import Run, open_run


def require_dataset() -> Dataset:
    """The chosen dataset; without one, the page ends in a word on where to get it."""
    return _require(
        "dataset", open_dataset, "data", "Choose a dataset first", "Every run starts from labelled examples."
    )


def require_module() -> Module:
    """The chosen module, opened and on this machine; without one, the page ends in a word on where to get it."""
    return _require(
        "module", _local_module, "module", "Choose a module first", "A run trains on top of a pretrained module."
    )


def require_run() -> Run:
    """The chosen run; without one, the page ends in a word on where to get it."""
    return _require("run", open_run, "runs", "Choose a run first", "This page shows the results of one run.")


def _local_module(ref: str) -> Module:
    module = find_module(ref)
    if module is None:
        raise UserError("This module is not on this machine", ref, "Open it on the Module page")
    return module


def _require(key: str, open_it, page: str, title: str, why: str):
    ref = selected(key)
    try:
        if ref:
            return open_it(ref)
        st.info(f"**{title}.** {why}", icon=":material/arrow_back:")
    except UserError as error:
        select(**{key: ""})
        show_error(error)
    link_to(page)
    st.stop()
