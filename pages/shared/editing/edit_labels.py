"""Ways to mend a dataset from any page that has examples selected, and to train again on what was mended."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.jobs.submit import submit_once
from pages.shared.shell.pages import go_to
from pages.shared.shell.person import who
from pages.shared.wording.formatting import count, errors_shown, escape, shorten
from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits
from tlcore.datasets.versions.edit_log import Edit
from tlcore.modules import find_module
from tlcore.runs import Run

_HELP = (
    "Changes are recorded in the dataset's history with your name and the time, and can be undone there. Runs keep "
    "the labels they were trained with."
)


def show_mending(dataset: Dataset, ids: Sequence[str], *, key: str, run: Run | None = None) -> None:
    """What can be done to the selected examples: another label, leaving out, tags; and the way back.

    Args:
        dataset: as it is now.
        ids: of the selected examples; those left out already are told apart.
        key: names the widgets.
        run: one that can be trained again on what was mended.
    """
    with st.container(border=True, key=f"mending-{key}"):
        st.markdown("**Edit labels**", help=_HELP)
        here = set(dataset.columns("id")["id"].tolist())
        there = [id for id in ids if id in here]
        if not len(ids):
            st.caption("Select examples to correct their label, leave them out or tag them.")
        else:
            of = count(len(ids), "selected example")
            some = (
                f"{len(there):,} of {of}; the others have already been left out." if len(there) < len(ids) else f"{of}."
            )
            st.caption(some)
            _show_label(dataset, there, key)
            _show_tag(dataset, list(ids), key)
        _show_last(dataset, key)
        if run:
            train_again(run, key=key)


def change(edit: Callable[[], Dataset]) -> None:
    """Makes an edit and draws the page anew, or says why it can't be made."""
    with errors_shown():
        dataset = edit()
        st.toast(escape(f"{edits.history(dataset)[-1].words}."), icon=":material/check:")
        st.rerun()


def last_in_force(dataset: Dataset) -> Edit | None:
    """The newest edit that is not undone and no undoing."""
    return next((edit for edit in reversed(edits.history(dataset)) if not edit.undone and edit.kind != "undo"), None)


def version_words(run: Run, dataset: Dataset) -> str:
    """Which version of its dataset a run used, where that is not the present one; else "".

    Tags make a version too, but not another dataset to train on.
    """
    if run.record["dataset"]["fingerprint"] == dataset.fingerprint:
        return ""
    if run.dataset_version == dataset.version:
        return "The dataset has been split differently since this run used it."
    return (
        f"This run used version {run.dataset_version} of the dataset; the current version is {dataset.version}. The "
        "examples, labels and classes shown are those of the version it used."
    )


def train_again(run: Run, *, key: str) -> None:
    """A button that trains a run's plan and module on its dataset as it is now, and opens the new run beside it.

    Args:
        run: any; it becomes the baseline.
        key: names the button.
    """
    module = find_module(run.record["module"]["id"])
    try:
        dataset = run.dataset_now()
    except UserError:
        dataset = None
    if dataset is None:
        words = "The dataset of this run was deleted."
    elif module is None:
        words = "The module of this run is no longer on this machine."
    else:
        words = version_words(run, dataset)
    ready = bool(dataset and module and words)
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(
            "Train again on the current dataset", icon=":material/model_training:", disabled=not ready,
            key=f"train-again-{key}",
            help="Trains the same plan and module on the current version of the dataset, and opens the new run "
            "beside this one.",
        )  # fmt: skip
        st.caption(words or "The dataset has not changed since this run, so there is nothing new to train on.")
    if clicked:
        name = f"{re.sub(r' · version [0-9]+$', '', run.name)} · version {dataset.version}"
        with errors_shown():
            new = submit_once(dataset, module, run.plan, name=name)
            if dataset.class_names != run.class_names:  # then there is nothing to compare
                go_to("train", run=new.id)
            go_to("runs", tab="compare", runs=f"{run.id},{new.id}")


def _show_label(dataset: Dataset, ids: list[str], key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Correct label", dataset.class_names, index=None, accept_new_options=True, width=240,
            format_func=lambda name: shorten(name, 60), placeholder="Choose a class, or type a new one",
            key=f"{key}-label", disabled=not ids,
        )  # fmt: skip
        correct = st.button(
            _counted("Correct", ids), icon=":material/edit:", key=f"{key}-correct", disabled=not (ids and label)
        )
        leave_out = st.button(
            _counted("Leave out", ids), icon=":material/remove_circle:", key=f"{key}-leave-out", disabled=not ids,
            help="Removes the examples from the dataset. Their files are kept, and undoing brings them back.",
        )  # fmt: skip
    if correct:
        change(lambda: edits.correct_label(dataset, ids, label, by=who()))
    if leave_out:
        change(lambda: edits.leave_out(dataset, ids, by=who()))


def _show_tag(dataset: Dataset, ids: list[str], key: str) -> None:
    tags = edits.tags_of(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tag = st.selectbox(
            "Tag", sorted(tags["tag"].unique()), index=None, accept_new_options=True, width=240,
            format_func=lambda name: shorten(name, 60), placeholder="Choose a tag, or type a new one",
            key=f"{key}-tag",
        )  # fmt: skip
        put_on = st.button(_counted("Tag", ids), icon=":material/sell:", key=f"{key}-put-on", disabled=not tag)
        has_it = bool(tag) and tags["id"][tags["tag"] == tag].isin(ids).any()
        take_off = st.button("Remove tag", icon=":material/label_off:", key=f"{key}-take-off", disabled=not has_it)
    if put_on:
        change(lambda: edits.tag(dataset, ids, tag, by=who()))
    if take_off:
        change(lambda: edits.untag(dataset, ids, tag, by=who()))


def _counted(verb: str, ids: Sequence[str]) -> str:
    """A button's words, which say of how many, so that nobody mends a whole dataset unawares."""
    return f"{verb} {len(ids):,}" if ids else verb


def _show_last(dataset: Dataset, key: str) -> None:
    """The last edit in force, with a button that undoes it."""
    edit = last_in_force(dataset)
    if edit:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Last edit: {escape(shorten(edit.words, 160))}.", width="content")
            undo = st.button("Undo", icon=":material/undo:", key=f"{key}-undo", type="tertiary")
        if undo:
            change(lambda: edits.undo(dataset, edit.id, by=who()))
