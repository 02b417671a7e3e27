"""A dataset's name, words, split and end."""

import streamlit as st

from pages.data.split_choice import choose_split
from pages.shared.editing.users import show_users
from pages.shared.shell.person import who
from pages.shared.shell.selection import select
from pages.shared.wording.formatting import errors_shown, escape, shorten
from pages.shared.wording.nouns import count_items
from tlcore.datasets import delete_dataset, describe_dataset, rename_dataset, resplit_dataset
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits
from tlcore.runs import check_unused


def show_details(dataset: Dataset) -> None:
    """Forms to rename, describe and split again, and the way to delete."""
    with st.grid(columns=2, min_column_width=360, gap="medium"):
        _show_words(dataset)
        _show_split(dataset)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Delete this dataset", icon=":material/delete:"):
            _confirm_delete(dataset)
        st.caption(f"Added {escape(dataset.created[:16].replace('T', ' '))} UTC · id `{dataset.id}`")


def _show_words(dataset: Dataset) -> None:
    with st.form(f"words-{dataset.id}"):
        name = st.text_input("Name", dataset.name, max_chars=300)
        description = st.text_area("Description", dataset.description, max_chars=5000, height=100)
        licence = st.text_input("Licence note", dataset.licence_note, max_chars=500)
        if st.form_submit_button("Save", icon=":material/save:"):
            with errors_shown():
                if name != dataset.name:
                    rename_dataset(dataset.id, name)
                describe_dataset(dataset.id, description, licence)
                st.rerun()


def _show_split(dataset: Dataset) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown("**Split**")
        if dataset.splits_given:
            st.caption("The split came with the files and can't be changed.")
            return
        group = _choose_group(dataset) if dataset.metadata else ""
        seed, fractions = choose_split(f"again-{dataset.id}", dataset.seed, dataset.fractions)
        same = (seed, fractions) == (dataset.seed, tuple(round(fraction, 2) for fraction in dataset.fractions))
        st.caption("Exact duplicates stay in one split. Runs keep the split that they used.")
        unchanged = same and group == dataset.group_column
        if st.button("Split again", icon=":material/call_split:", disabled=unchanged):
            with errors_shown():
                if group != dataset.group_column:
                    dataset = edits.group_by(dataset, group, by=who())
                if not same:
                    resplit_dataset(dataset.id, seed, fractions, by=who())
                st.rerun()


def _choose_group(dataset: Dataset) -> str:
    return st.selectbox(
        "Group",
        ["", *dataset.metadata],
        index=["", *dataset.metadata].index(dataset.group_column),
        format_func=lambda column: shorten(column, 60) or "None: each example by itself",
        key=f"group-{dataset.id}",
        help="Examples that share a value of this column, such as a patient or a speaker, are never in two splits. "
        "Otherwise the test split would measure how well the model recognizes patients or speakers that it knows.",
    )


@st.dialog("Delete this dataset?")
def _confirm_delete(dataset: Dataset) -> None:
    items = count_items(sum(dataset.splits.values()), dataset.modality)
    st.write(
        f"“{escape(shorten(dataset.name, 80))}” will be deleted, including its {items}. The files it was imported "
        "from are not deleted."
    )
    underway = show_users("dataset", dataset.id, "used it and will no longer be able to show its examples:")
    if st.button("Delete the dataset", type="primary", icon=":material/delete:", disabled=underway):
        with errors_shown():
            check_unused("dataset", dataset.id)
            delete_dataset(dataset.id)
            select(dataset="")
            st.rerun()
