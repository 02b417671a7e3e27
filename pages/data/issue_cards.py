"""A suspect with its picture, why it is one, and what can be done about it at once."""

from collections.abc import Callable

import streamlit as st

from pages.data.issue_list import TAGS
from pages.shared.editing.edit_labels import change
from pages.shared.media.items import show_item
from pages.shared.media.why import why_button
from pages.shared.shell.person import who
from pages.shared.wording.formatting import escape, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits
from tlcore.runs import Run

WIDTH = 270  # pixels that a card has at least
_ALONE, _OF_TWO = 180, 112  # pixels of a picture


def show_card(
    run: Run, dataset: Dataset, suspect: dict, *, ticked: bool, on_tick: Callable[[], None], key: str
) -> None:
    """One suspect, with a box to tick it, so that it is mended together with others.

    Args:
        run: whose suspect it is; it can be asked why it says what it says of it.
        dataset: as it is now.
        suspect: a row of `issue_list.with_states`, by column.
        ticked: whether it is.
        on_tick: called when that changes.
        key: names the widgets.
    """
    shown = [(suspect["id"], suspect["label"], suspect["split"])]
    if suspect["other"]:
        shown.append((suspect["other"], suspect["other_label"], suspect["other_split"]))
    width = _ALONE if len(shown) == 1 else _OF_TWO
    with st.container(border=True, gap="small", height="stretch"):
        with st.container(horizontal=True, gap="small"):
            for id, label, split in shown:
                with st.container(width=width, gap=None):
                    show_item(dataset, id, width=width)
                    st.caption(f"{escape(shorten(label, 24))} · {split}")
                    if suspect["kind"] != "leak":  # whose pictures of test are shown, and not what is said of them
                        why_button(run, id, key=f"{key}-{id}")
        st.caption(escape(suspect["why"]))
        st.session_state[key] = ticked
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.checkbox("Tick", key=key, on_change=on_tick, disabled=not suspect["is_here"])
            if suspect["state"]:
                st.markdown(f":material/check: {escape(suspect['state'])}")
            else:
                _offer(dataset, suspect, key)


def _offer(dataset: Dataset, suspect: dict, key: str) -> None:
    ids = [suspect["id"]]
    if suspect["suggested"] in dataset.class_names:  # else it was renamed or merged since
        if st.button(f"Change to {_suggested(suspect)}", key=f"accept-{key}"):
            change(lambda: edits.correct_label(dataset, ids, suspect["suggested"], by=who()))
    elif not suspect["suggested"] and st.button("Leave out", key=f"leave-{key}"):
        change(lambda: edits.leave_out(dataset, ids, by=who()))
    if st.button("Looks right", key=f"right-{key}", type="tertiary"):
        change(lambda: edits.tag(dataset, ids, TAGS[suspect["kind"]], by=who()))


def _suggested(suspect: dict) -> str:
    return escape(shorten(suspect["suggested"], 24))
