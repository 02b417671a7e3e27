"""Tabs of a page, and views of a tab: the open one stands in the address, and only that one is drawn."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

TAB, VIEW = "tab", "view"  # in the URL; a change is one step of the browser's Back


class Tab(NamedTuple):
    """One part of a page: what it is called, and what draws it."""

    title: str
    show: Callable[[], None]


def show_tabs(tabs: Mapping[str, Tab], absent: Mapping[str, Callable[[], None]] | None = None) -> None:
    """Tabs, of which the one that the URL names is open, else the first.

    Args:
        tabs: by their names in the URL.
        absent: by names that the URL may have for a tab which is not there now: what says why.
    """
    asked = st.query_params.get(TAB, "")
    if absent and asked in absent and asked not in tabs:
        absent[asked]()
    name = _open(TAB, tabs)
    names = {tab.title: each for each, tab in tabs.items()}
    st.session_state[TAB] = tabs[name].title

    def take() -> None:
        st.query_params.pop(VIEW, None)  # a view of the tab that was open
        _write(TAB, names[st.session_state[TAB]], tabs)

    for place, tab in zip(st.tabs(list(names), key=TAB, on_change=take), tabs.values(), strict=True):
        if place.open:
            with place:
                tab.show()


def show_views(views: Mapping[str, Tab], label: str = "View") -> None:
    """The same for the parts of a tab, which a row of buttons opens.

    Args:
        views: by their names in the URL.
        label: what the row of buttons is called by those who don't see it.
    """
    name = _open(VIEW, views)
    st.session_state[VIEW] = name
    st.segmented_control(
        label, list(views), format_func=lambda each: views[each].title, key=VIEW, required=True, wrap=True,
        label_visibility="collapsed", on_change=lambda: _write(VIEW, st.session_state[VIEW], views),
    )  # fmt: skip
    views[name].show()


def _open(key: str, parts: Mapping[str, Tab]) -> str:
    asked = st.query_params.get(key, "")
    return asked if asked in parts else next(iter(parts))


def _write(key: str, name: str, parts: Mapping[str, Tab]) -> None:
    """Puts what was opened in the URL; the first of its kind needs no word there."""
    if name == next(iter(parts)):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = name
