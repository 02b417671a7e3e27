"""A word on what a run's predictions can't answer."""

import numpy as np
import streamlit as st

from pages.shared.wording.formatting import escape, shorten
from tlcore.evaluation.calibration.temperature_scaling import are_all_equal
from tlcore.evaluation.predictions import Predictions, Top1Predictions

_NAMED = 5


def tell_of_limits(predictions: Top1Predictions | Predictions, split: str) -> None:
    """Classes without an example in the split shown, and probabilities that are all equal."""
    n = np.bincount(predictions.labels, minlength=len(predictions.class_names))
    missing = [f"**{escape(shorten(predictions.class_names[place], 40))}**" for place in np.flatnonzero(n == 0)]
    if missing:
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        st.caption(
            f":material/info: There is no {split} example of {', '.join(missing[:_NAMED])}{more}: nothing can be said "
            "of how often it is found. Macro numbers are means over the other classes, and it has no curve."
        )
    if are_all_equal(predictions):
        st.warning(
            "**All probabilities are equal.** The model gives every class the same, whatever it sees, so no answer is "
            "surer than another, and what it names is the first class of all: a threshold decides all or nothing, and "
            "a set holds all classes or none.",
            icon=":material/drag_handle:",
        )
