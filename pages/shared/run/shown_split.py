"""The split that a page shows of runs with a result: val first, test when it is asked for, which is counted."""

import streamlit as st

from pages.shared.run.finished import predictions_of
from pages.shared.run.interim_result import EARLY_IS_OUT_OF_FOLD
from pages.shared.wording.formatting import count
from tlcore.evaluation.comparison.runs import shared_splits
from tlcore.evaluation.run_results import count_test_view
from tlcore.runs import Run
from tlcore.training.outcome import OUT_OF_FOLD


def choose_split(run: Run, early: bool) -> str:
    """The split of a run that is shown; of an early result val first where there is one, else train out of fold."""
    if not early:
        return choose_shown_split(run)
    predictions = predictions_of(run, early)
    there = [split for split in ("val", "train") if (predictions.splits == split).any()]
    split = st.segmented_control(
        "Split", there, format_func={"val": "val", "train": "train, out of fold"}.get, default=there[0],
        wrap=True, key="early-split", required=True, bind="query-params",
    )  # fmt: skip
    st.caption(EARLY_IS_OUT_OF_FOLD)
    return split


def choose_shown_split(*runs: Run) -> str:
    """The val split first; test when it is asked for, which is counted for each run once a session.

    Where the runs share neither, the page ends in a word.
    """
    there = shared_splits(runs)
    one = len(runs) == 1
    if not there:
        if one:
            st.info("**This dataset has neither val nor test examples**, so the run can't be evaluated.")
        else:
            st.info("**These runs share neither val nor test examples**, so they can't be compared.")
        st.stop()
    split = st.segmented_control(
        "Split", there, default="val" if "val" in there else None, wrap=True, key="split", required="val" in there,
        bind="query-params",
    )  # fmt: skip
    lacking = "This dataset has no {} examples." if one else "Not all of these runs have {} examples."
    if "val" not in there:
        st.caption(f"{lacking.format('val')} Choose test to show the test split; each look is counted.")
    if "test" not in there:
        st.caption(lacking.format("test"))
    if not split:
        st.stop()
    if split == "test":
        tell_of_views(*runs)
    if any(split in run.out_of_fold for run in runs):
        st.caption(OUT_OF_FOLD)
    return split


def tell_of_views(*runs: Run) -> None:
    """Counts a look at the test split of each run, and says how many there were."""
    views = sum(count_view(run) for run in runs)
    st.caption(
        f":material/visibility: The test split of {'this run' if len(runs) == 1 else 'these runs'} has been looked "
        f"at {count(views, 'time')}. Choices made by looking at test make its results too optimistic; use val to "
        "make choices."
    )


def count_view(run: Run) -> int:
    """How often the test split of a run was looked at, this session's look with it."""
    key = f"test-views-{run.id}"
    if key not in st.session_state:
        st.session_state[key] = count_test_view(run)
    return st.session_state[key]
