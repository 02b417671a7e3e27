"""What a person works on, and the step of the tour; in the URL and across pages."""

from collections.abc import Sequence

import streamlit as st

from tlcore.modules.module import Module

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
