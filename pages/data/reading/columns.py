"""Which columns are kept as metadata, under which name."""

import streamlit as st

from pages.data.reading.places import columns_of, pick_place
from pages.shared.wording.formatting import shorten


def choose_metadata(proposal: dict, key: str) -> dict:
    """The columns to keep, and another one from any place."""
    now = proposal["reading"]["metadata"]
    with st.form(f"{key}-metadata-form", border=False):
        columns = _columns(proposal)
        kept = st.multiselect(
            "Metadata columns", list(columns), list(now), key=f"{key}-metadata",
            format_func=lambda name: shorten(name, 40),
            help="These columns are kept with the examples. You can filter the examples by them and see every metric "
            "for each value.",
        )  # fmt: skip
        if st.form_submit_button("Apply", icon=":material/refresh:", key=f"{key}-keep-metadata"):
            chosen = {name: columns[name] for name in kept}
            return {"metadata": chosen} if chosen != now else {}
    name = st.text_input("Name of a new column", max_chars=100, key=f"{key}-new-name").strip()
    where = pick_place("Where its values come from", proposal, f"{key}-new-place")
    if name in now:
        st.caption("There is a column of this name already.")
    is_ready = name and where and name not in now
    if st.button("Add the column", icon=":material/add:", disabled=not is_ready, key=f"{key}-new"):
        return {"metadata": {**now, name: where}}
    return {}


def _columns(proposal: dict) -> dict[str, dict]:
    """The columns that are kept, then the others of the tables that are used."""
    reading = proposal["reading"]
    files = {table["file"] for table in reading["tables"]}
    columns = dict(reading["metadata"])
    for column in columns_of(proposal):
        where = {"from": "column", "column": column}
        if column not in files and where not in (reading["label"], reading["split"], *columns.values()):
            columns.setdefault(column, where)
    return columns
