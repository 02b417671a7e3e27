"""What pages about a run's result share: the run, what it said, its dataset, and its head lines."""

from typing import NoReturn

import streamlit as st

from pages.shared.editing.edit_labels import train_again, version_words
from pages.shared.run.interim_result import tell_of_early_result
from pages.shared.run.problems import show_problems
from pages.shared.run.ways_on import show_ways_on
from pages.shared.shell.pages import go_to
from pages.shared.shell.required import require_run
from pages.shared.wording.formatting import escape, shorten
from tlcore.base.errors import UserError
from tlcore.base.work import ENDINGS
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation import run_results
from tlcore.evaluation.predictions import Predictions, Top1Predictions
from tlcore.runs import Run

_WITHOUT_RESULT = {
    "queued": "It is waiting in the queue.",
    "running": "It is still in progress.",
    "cancelled": "It was cancelled, and its results were discarded.",
    "failed": "It failed before producing one.",
}
BY_CONTENT = {
    Predictions: lambda predictions: (predictions.labels, predictions.probabilities)
}  # for what is kept of predictions


def require_finished_run(page: str) -> Run:
    """The chosen run with its head lines drawn; without a result, the page ends in a word and a way on.

    Args:
        page: the page that asks, a key of `PAGES`.
    """
    run = require_run()
    _show_head(run, page)
    if not run.has_result:
        _end_without_result(run)
    return run


def require_result(page: str) -> tuple[Run, bool]:
    """The same for a page that also shows an early result: the linear probe's, while the run goes on.

    Returns:
        The run, and whether it is the early result that is to be shown.
    """
    run = require_run()
    final, early = run.has_result, run.has_early_result
    _show_head(run, page)
    if final:
        return run, False
    if not early:
        _end_without_result(run)
    tell_of_early_result(run)
    return run, True


def _show_head(run: Run, page: str) -> None:
    record = run.record
    groups = run.plan.train_groups
    what = f"fine-tuned: {', '.join(groups)}" if groups else "linear probe"
    if groups and run.has_result and run.is_probe:
        what = f"linear probe, kept because fine-tuning did not help: {', '.join(groups)}"
    with st.container(gap="small"):
        st.markdown(f"**{escape(shorten(run.name, 80))}**")
        st.caption(
            f":material/photo_library: {escape(shorten(record['dataset']['name'], 40))} · "
            f":material/layers: {escape(shorten(record['module']['name'], 40))} · {escape(shorten(what, 80))}"
        )
        with st.container(horizontal=True):
            show_ways_on(run, but=page)
    show_problems(run)
    if run.state in ENDINGS:
        _tell_of_version(run)


def _tell_of_version(run: Run) -> None:
    """Offers to train again where the dataset was edited since; a deleted one is told of beside its pictures."""
    try:
        edited = version_words(run, run.dataset_now())
    except UserError:
        return
    if edited:
        train_again(run, key="head")


def _end_without_result(run: Run) -> NoReturn:
    st.info(f"**This run has no result.** {_WITHOUT_RESULT.get(run.state, '')}", icon=":material/hourglass_empty:")
    if st.button(
        "Follow the run" if run.state in ("queued", "running") else "See how it went", icon=":material/timeline:"
    ):
        go_to("train", run=run.id)
    st.stop()


def predictions_of(run: Run, early: bool = False) -> Top1Predictions:
    """What the run, or its linear probe while it goes on, said about every example, read once."""
    return _predictions(run, early, run_results.predictions_version(run, early=early))


@st.cache_resource(max_entries=3, show_spinner=False)
def _predictions(_run: Run, early: bool, version: tuple) -> Top1Predictions:
    return run_results.answers(_run, early=early)


def probabilities_of(run: Run, split: str) -> Predictions:
    """What the run said about the examples of one split, with the probabilities of all classes, read once."""
    return _probabilities(run, split, run_results.predictions_version(run, early=False))


@st.cache_resource(max_entries=4, show_spinner=False)
def _probabilities(_run: Run, split: str, version: tuple) -> Predictions:
    return run_results.run_predictions(_run, split)


def dataset_of(run: Run) -> Dataset | None:
    """The run's dataset; None, and a word on the page, where it is gone."""
    try:
        return run.dataset_now()
    except UserError:
        st.warning(
            f"**The dataset of this run was deleted.** The metrics on {escape(run.record['dataset']['name'])} are "
            "still available, but its examples are not.",
            icon=":material/hide_image:",
        )
        return None
