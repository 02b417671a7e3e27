"""Calibration: whether a run's confidence can be believed, and what to do with answers that are not sure enough."""

import streamlit as st

from pages.results.calibration import show_calibration
from pages.results.class_curves import show_class_curves
from pages.results.limitations import tell_of_limits
from pages.results.prediction_sets import show_sets
from pages.results.selective_prediction import show_thresholds
from pages.shared.run.finished import probabilities_of, require_finished_run
from pages.shared.run.shown_split import choose_shown_split

st.title("Calibration")
run = require_finished_run("confidence")
split = choose_shown_split(run)
predictions, val = probabilities_of(run, split), probabilities_of(run, "val")
tell_of_limits(predictions, split)
shows = {
    "Calibration": lambda: show_calibration(predictions, val, split),
    "Threshold": lambda: show_thresholds(run, predictions, split),
    "Prediction sets": lambda: show_sets(run, predictions, val, split),
    "Curves": lambda: show_class_curves(predictions),
}
for tab, show in zip(
    st.tabs(list(shows), key="sure", on_change="rerun", bind="query-params"), shows.values(), strict=True
):
    if tab.open:
        with tab:
            show()
