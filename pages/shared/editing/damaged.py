"""What the workspace holds but can't be read: named, and deleted on request, while all else goes on."""

from collections.abc import Callable, Mapping

import streamlit as st

from pages.shared.wording.formatting import count, errors_shown, escape
from tlcore.base.errors import Damaged


def show_damaged(noun: str, damaged: Mapping[str, Damaged], delete: Callable[[str], None]) -> None:
    """A line and a Delete button for each; nothing where there are none.

    Args:
        noun: what each is: "run".
        damaged: what is wrong with each, by its id.
        delete: deletes one by its id.
    """
    if not damaged:
        return
    with st.container(border=True):
        are = "is" if len(damaged) == 1 else "are"
        st.markdown(f":material/broken_image: **{count(len(damaged), noun)} {are} damaged** and can't be opened.")
        for id, error in damaged.items():
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"{escape(id)}: {escape(error.detail)}.", width="stretch")
                if st.button("Delete", icon=":material/delete:", key=f"delete-damaged-{id}"):
                    _confirm(noun, id, delete)


@st.dialog("Delete the damaged files?")
def _confirm(noun: str, id: str, delete: Callable[[str], None]) -> None:
    st.write(
        f"The {noun} “{escape(id)}” and all its files will be deleted. To keep it, restore its files from a "
        "backup instead."
    )
    if st.button(f"Delete the {noun}", type="primary", icon=":material/delete:", key=f"confirm-damaged-{id}"):
        with errors_shown():
            delete(id)
            st.rerun()
