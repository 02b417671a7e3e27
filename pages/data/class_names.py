"""Classes renamed and merged, asked before it is done."""

from collections.abc import Callable

import streamlit as st

from pages.shared.editing.edit_labels import change
from pages.shared.shell.person import who
from pages.shared.wording.formatting import count, escape, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits


def show_class_names(dataset: Dataset) -> None:
    """Two forms: another name for a class, and one class of several."""
    with st.grid(columns=2, min_column_width=360, gap="medium"):
        with st.form(f"rename-{dataset.id}-{dataset.version}"):
            st.markdown("**Rename a class**")
            old = st.selectbox("Class", dataset.class_names, format_func=_short, key=f"rename-old-{dataset.version}")
            new = st.text_input("New name", max_chars=200, key=f"rename-new-{dataset.version}")
            if st.form_submit_button("Rename", icon=":material/edit:"):
                _confirm(
                    dataset,
                    f"“{old}” becomes “{new.strip()}”.",
                    "Rename it",
                    lambda: edits.rename_class(dataset, old, new, by=who()),
                )
        with st.form(f"merge-{dataset.id}-{dataset.version}"):
            st.markdown("**Merge classes**")
            names = st.multiselect(
                "Classes", dataset.class_names, format_func=_short, key=f"merge-names-{dataset.version}"
            )
            into = st.selectbox(
                "Into", dataset.class_names, index=None, accept_new_options=True, format_func=_short,
                placeholder="Choose a class, or type a new name", key=f"merge-into-{dataset.version}",
            )  # fmt: skip
            if st.form_submit_button("Merge", icon=":material/merge:"):
                _confirm(
                    dataset,
                    f"{count(len(names), 'class', 'classes')} become one, “{into or ''}”: {', '.join(names)}.",
                    "Merge them",
                    lambda: edits.merge_classes(dataset, names, into or "", by=who()),
                )


@st.dialog("Change the classes?")
def _confirm(dataset: Dataset, words: str, yes: str, edit: Callable[[], Dataset]) -> None:
    st.write(escape(shorten(words, 600)))
    st.write(
        "Existing runs keep the classes they were trained with, and can't be compared with runs on the changed "
        "classes. You can undo this under History."
    )
    if st.button(yes, type="primary"):
        change(edit)


def _short(name: str) -> str:
    return shorten(name, 60)
