"""The choice of a run on a page that shows one of several."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pages.shared.shell.selection import chosen, select
from pages.shared.wording.formatting import shorten
from tlcore.runs import Run


def choose_run(runs: Sequence[Run], label: str, *, key: str) -> Run | None:
    """One of these runs: the chosen one where it is among them, else the first; it becomes the chosen one.

    Args:
        runs: the newest first.
        label: of the box.
        key: names the box.
    """
    by_id = {run.id: run for run in runs}
    if not by_id:
        return None
    id = chosen("run") if chosen("run") in by_id else next(iter(by_id))
    select(run=id)
    st.session_state[key] = id
    st.selectbox(
        label, list(by_id), format_func=titles_of(runs).get, key=key, width=560,
        on_change=lambda: select(run=st.session_state[key]),
    )  # fmt: skip
    return by_id[id]


def titles_of(runs: Sequence[Run]) -> dict[str, str]:
    """What each run is called in a list, by its id: no two alike, as a browser tells them apart by this alone."""
    dated = {run.id: f"{shorten(run.name, 48)} · {run.record['created'][:16].replace('T', ' ')}" for run in runs}
    often = Counter(dated.values())
    return {id: title if often[title] == 1 else f"{title} · {id}" for id, title in dated.items()}
