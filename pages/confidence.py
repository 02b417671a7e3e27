"""How sure: whether a run's confidence can be believed, and what to do with answers that are not sure enough."""

import numpy as np
import streamlit as st

from pages.parts.calibrated import show_calibration
from pages.parts.class_curves import show_class_curves
from pages.parts.finished import probabilities_of, require_finished_run
from pages.parts.prediction_sets import show_sets
from pages.parts.shown_split import choose_shown_split
from pages.parts.undecided import show_thresholds
from pages.parts.words import plain, shorten
from tlcore.evaluation.calibration import are_all_equal
from tlcore.evaluation.predictions import Predictions

_NAMED = 5


def tell_of_limits(predictions: Predictions, split: str) -> None:
    """A word on what the predictions can't answer: classes without an example, probabilities that are all equal."""
    n = np.bincount(predictions.labels, minlength=len(predictions.class_names))
    missing = [f"**{plain(shorten(predictions.class_names[place], 40))}**" for place in np.flatnonzero(n == 0)]
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        st.caption(
            f":material/info: There is no {split} example of {', '.join(missing[:_NAMED])}{more}: nothing can be said "
            "of how often it is found, and it has no curve."
        )
    if are_all_equal(predictions):
        st.warning(
            "**All probabilities are equal.** The model gives every class the same, whatever it sees, so no answer is "
            "surer than another: a threshold decides all or nothing, and a set holds all classes or none.",
            icon=":material/drag_handle:",
        )


st.title("How sure")
run = require_finished_run("confidence")
split = choose_shown_split(run)
predictions, val = probabilities_of(run, split), probabilities_of(run, "val")
tell_of_limits(predictions, split)
shows = {
    "Calibration": lambda: show_calibration(predictions, val, split),
    "Threshold": lambda: show_thresholds(run, predictions, split),
    "Prediction sets": lambda: show_sets(predictions, val, split),
    "Curves": lambda: show_class_curves(predictions),
}
for tab, show in zip(
    st.tabs(list(shows), key="sure", on_change="rerun", bind="query-params"), shows.values(), strict=True
):
    if tab.open:
        with tab:
            show()
