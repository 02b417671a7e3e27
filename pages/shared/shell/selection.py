"""What a person works on, and the step of the tour; in the URL and across pages."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.shell.pages import link_to
from pages.shared.wording.formatting import show_error
from tlcore.base.errors import UserError
from tlcore.datasets import open_dataset
from tlcore.datasets.dataset import Dataset
from tlcore.modules import find_module
from tlcore.modules.module import Module
from tlcore.runs import Run, open_run

KEYS = ("dataset", "module", "groups", "run", "runs", "tour")


def chosen(key: str) -> str:
    """What is chosen, or an empty text: the URL says, else what was chosen last in this session."""
    if key in st.query_params:
        st.session_state[f"selected_{key}"] = st.query_params[key]
    return st.session_state.get(f"selected_{key}", "")


def selected(key: str) -> str:
    """What is chosen, now in the page's URL too; for a page that shows it."""
    value = chosen(key)
    if value and st.query_params.get(key) != value:
        st.query_params[key] = value
    return value


def select(**choice: str) -> None:
    """Chooses; an empty text un-chooses.

    Choosing another module forgets the layer groups switched on in the last, another dataset the runs compared of it.
    """
    for key, of_it in (("module", "groups"), ("dataset", "runs")):
        if key in choice and choice[key] != st.session_state.get(f"selected_{key}", ""):
            choice = {of_it: "", **choice}
    for key, value in choice.items():
        assert key in KEYS, key
        st.session_state[f"selected_{key}"] = value
        if value:
            st.query_params[key] = value
        else:
            st.query_params.pop(key, None)


def selected_groups(module: Module) -> tuple[str, ...]:
    """The layer groups switched on, in the module's order; those that it has not are dropped."""
    names = chosen("groups").split(",")
    return tuple(name for name in module.group_names if name in names)


def select_groups(names: tuple[str, ...]) -> None:
    select(groups=",".join(names))


def selected_runs() -> list[str]:
    """The ids of the runs to compare, each once, the baseline first; they are in the page's URL too."""
    return list(dict.fromkeys(id for id in selected("runs").split(",") if id))


def select_runs(ids: list[str]) -> None:
    select(runs=",".join(ids))


def order_of(ticked: Sequence[str], before: Sequence[str]) -> list[str]:
    """What is ticked, in the order in which it was: those that stay from before, then the new ones."""
    stay = [id for id in before if id in ticked]
    return [*stay, *(id for id in ticked if id not in stay)]


def require_dataset() -> Dataset:
    """The chosen dataset; without one, the page ends in a word on where to get it."""
    return _require(
        "dataset", open_dataset, "data", "Choose a dataset first", "Every run starts from labelled pictures."
    )


def require_module() -> Module:
    """The chosen module, opened and on this machine; without one, the page ends in a word on where to get it."""
    return _require(
        "module", _local_module, "module", "Choose a module first", "A run trains on top of a pretrained module."
    )


def require_run() -> Run:
    """The chosen run; without one, the page ends in a word on where to get it."""
    return _require("run", open_run, "runs", "Choose a run first", "This page shows what one run gave.")


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
