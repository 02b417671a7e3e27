"""The history of a dataset: who changed what and when, the versions that came of it, and the way back."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from pages.shared.editing.edit_labels import change
from pages.shared.media.gallery import show_gallery
from pages.shared.shell.person import who
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count, escape, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits
from tlcore.datasets.versions.edit_log import Edit
from tlcore.runs import list_runs

_PAGE = 20


def show_history(dataset: Dataset) -> None:
    """All edits, newest first, each with a button that undoes it."""
    history = edits.history(dataset)
    runs = Counter(run.dataset_version for run in list_runs() if run.record["dataset"]["id"] == dataset.id)
    if not history:
        st.caption(
            ":material/history: There are no edits since the import. You can correct labels, leave out examples and "
            "tag them wherever examples are selected, and rename or merge classes under Classes."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Version {dataset.version}: {count(len(history), 'edit')} since the import, which is version 0.",
            help="Each edit creates a new version of the dataset, and each run records which version it used. Any "
            "edit can be undone, even if others were made after it.",
        )
        download_csv(lambda: history_table(history), "history.csv", key="history-csv")
    pages = -(-len(history) // _PAGE)
    shown = st.pagination(pages, key=f"history-page-{dataset.id}") if pages > 1 else 1
    newest = history[::-1]
    for edit in newest[(shown - 1) * _PAGE : shown * _PAGE]:
        _show_edit(dataset, edit, runs[edit.id])
    if shown == pages:
        trained = f" · {count(runs[0], 'run')} used this version" if runs[0] else ""
        st.caption(f"**0** · Imported {_local(dataset.created)}{trained}")


def history_table(history: list[Edit]) -> pd.DataFrame:
    """A row an edit, oldest first: version, time (UTC), who, what, and all that it was about."""
    rows = [
        {
            "version": edit.id,
            "time": edit.at,
            "who": edit.by,
            "what": edit.words,
            "undone": "yes" if edit.undone else "",
            "examples": " ".join(edit.ids),
            "fingerprint": edit.fingerprint,
        }
        for edit in history
    ]
    return pd.DataFrame(rows)


def _show_edit(dataset: Dataset, edit: Edit, runs: int) -> None:
    words = escape(shorten(edit.words, 200))
    used = f"{count(runs, 'run')} used this version" if runs else ""
    by = escape(shorten(edit.by, 60)) if edit.by else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{edit.id}** · " + (f"~~{words}~~ undone" if edit.undone else words))
            st.caption(" · ".join(part for part in (by, _local(edit.at), used) if part))
        if edit.ids and st.button("Show", icon=":material/photo_library:", key=f"show-{edit.id}", type="tertiary"):
            _show_examples(dataset, edit)
        way = ("Redo", ":material/redo:") if edit.kind == "undo" else ("Undo", ":material/undo:")
        undo = not edit.undone and st.button(way[0], icon=way[1], key=f"undo-{edit.id}")
    if undo:
        change(lambda: edits.undo(dataset, edit.id, by=who()))


@st.dialog("Examples of this edit", width="large")
def _show_examples(dataset: Dataset, edit: Edit) -> None:
    st.caption(escape(f"{edit.id} · {edit.words}."))
    show_gallery(
        dataset,
        edit.ids,
        lambda id: escape(shorten(dataset.source_name(id), 30)),
        key=f"edit-{edit.id}",
        empty="",
    )


def _local(at: str) -> str:
    """A time as the clock of whoever looks shows it."""
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else None
    return datetime.fromisoformat(at).astimezone(zone).strftime("%d %b %Y, %H:%M")
