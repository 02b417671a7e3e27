"""Filters by metadata and properties: which columns are asked for, and a box or two for each."""

import datetime
from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.explore.explored import Explored
from pages.shared.run.example_columns import column_title
from pages.shared.run.example_selection import write_selection
from pages.shared.wording.formatting import escape, shorten
from tlcore.datasets.metadata import Column, is_missing, texts_of
from tlcore.evaluation.example_filter import column_field, column_of, range_of, spelt
from tlcore.evaluation.slices.slices import MISSING, number_text

_WIDTH, _END = 230, 140
_VALUES = 1000  # of a category that are offered
_OPEN = "filtered-columns"  # those that have a box though nothing is asked of them yet


def show_column_choice(shown: Explored) -> None:
    """A box that chooses by which columns to filter; nothing where there are none."""
    names = list(shown.described)
    if not names:
        return
    asked = _asked(shown)
    st.session_state["ask-columns"] = [
        name for name in names if name in asked or name in st.session_state.get(_OPEN, ())
    ]
    st.multiselect(
        "Metadata and properties", names, format_func=lambda name: column_title(shown.described[name]),
        key="ask-columns", placeholder="filter by …", width=_WIDTH, on_change=_take_choice, args=(shown,),
        help="Columns that came with the data, and properties measured from each example. Each column you choose "
        "gets a filter.",
    )  # fmt: skip


def _asked(shown: Explored) -> set[str]:
    """The columns that the selection asks something of."""
    return {column_of(field) for field in shown.selection.fields} - {None}


def _take_choice(shown: Explored) -> None:
    chosen = st.session_state["ask-columns"]
    st.session_state[_OPEN] = chosen
    if gone := _asked(shown) - set(chosen):
        write_selection(shown.run, shown.selection.lacking(*map(column_field, gone)))


def show_column_filters(shown: Explored) -> None:
    """For each chosen column what is asked of it: values, or a range of numbers or dates."""
    chosen = st.session_state.get("ask-columns", ())
    if not chosen:
        return
    with st.container(horizontal=True, border=True, vertical_alignment="bottom"):
        for name in chosen:
            column, values = shown.described[name], shown.columns[name]
            if column.kind == "category":
                _choose_values(shown, column, values)
            else:
                _choose_range(shown, column, values)


def _choose_values(shown: Explored, column: Column, values: pd.Series) -> None:
    field = column_field(column.name)
    key, asked = f"ask-{field}", list(shown.selection.values(field))
    counts = texts_of(values)[~is_missing(values)].value_counts()
    options = [f"={text}" for text in counts.index[:_VALUES]] + (["="] if is_missing(values).any() else [])
    st.session_state[key] = asked
    st.multiselect(
        escape(shorten(column.title, 40)), list(dict.fromkeys([*options, *asked])), key=key, placeholder="any",
        format_func=lambda value: shorten(asked_in_words(value, column.kind), 60), width=_WIDTH,
        on_change=lambda: write_selection(shown.run, shown.selection.having(field, *st.session_state[key])),
        help=f"The {_VALUES:,} most frequent values can be chosen." if len(counts) > _VALUES else None,
    )  # fmt: skip


def _choose_range(shown: Explored, column: Column, values: pd.Series) -> None:
    """Boxes for the lower and upper end, and one for examples without a value where there are some."""
    field = column_field(column.name)
    ranges = [found for value in shown.selection.values(field) if (found := range_of(value))]
    low, high, is_open = ranges[0] if len(ranges) == 1 else ("", "", False)
    keys = [f"ask-{field}-{end}" for end in ("low", "high", "missing")]
    there = values[~is_missing(values)]
    bounds = (there.min(), there.max()) if len(there) else (None, None)
    title = escape(shorten(column.title, 30))

    def take() -> None:
        ends = [_spelt(st.session_state[key]) for key in keys[:2]]
        if all(ends) and _is_upside_down(*ends, column.kind):
            ends.reverse()
        asked = [f"{ends[0]}..{'<' if is_open and ends[1] == high else ''}{ends[1]}"] if any(ends) else []
        asked += ["="] if st.session_state.get(keys[2]) else []
        write_selection(shown.run, shown.selection.having(field, *asked))

    read: Callable = float if column.kind == "number" else lambda end: datetime.date.fromisoformat(end[:10])
    labels = (f"{title}, from", "to under" if is_open and high else "to")
    for key, label, end, bound in zip(keys[:2], labels, (low, high), bounds, strict=True):
        st.session_state[key] = read(end) if end and ("-" in end[1:]) == (column.kind == "date") else None
        if column.kind == "number":
            st.number_input(
                label, key=key, value=None, placeholder="any" if bound is None else number_text(float(f"{bound:.4g}")),
                format="%.6g", width=_END, on_change=take,
            )  # fmt: skip
        else:
            st.date_input(
                label, key=key, value=None, min_value=datetime.date(1, 1, 1), max_value=datetime.date(9999, 12, 31),
                format="YYYY-MM-DD", width=_END, on_change=take,
            )  # fmt: skip
    if len(there) < len(values):
        st.session_state[keys[2]] = "=" in shown.selection.values(field)
        st.checkbox("without a value", key=keys[2], on_change=take)


def _spelt(end: float | datetime.date | None) -> str:
    if end is None:
        return ""
    return end.isoformat() if isinstance(end, datetime.date) else spelt(float(end))


def _is_upside_down(low: str, high: str, kind: str) -> bool:
    return float(low) > float(high) if kind == "number" else low > high


def asked_in_words(value: str, kind: str) -> str:
    """What a condition asks of a column, as people say it.

    Args:
        value: of the condition: "=female", "40..<60".
        kind: of the column.
    """
    found = range_of(value)
    if found is None:
        return value[1:] or MISSING
    low, high = (number_text(float(end)) if end and kind == "number" else end for end in found[:2])
    if low and low == high:
        return low
    under, over = ("under", "and over") if kind == "number" else ("before", "and later")
    if not high:
        return f"{low} {over}"
    upper = f"{under} {high}" if found[2] else high
    return f"{low} to {upper}" if low else upper if found[2] else f"up to {high}"
