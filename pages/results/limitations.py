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
        them = "it" if len(missing) == 1 else "them"
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        st.caption(
            f":material/info: There are no {split} examples of {', '.join(missing[:_NAMED])}{more}, so no recall and "
            f"no curves can be computed for {them}. Macro averages are over the other classes."
        )
    if are_all_equal(predictions):
        st.warning(
            "**All probabilities are equal.** The model gives every class the same probability for every example, "
            "so it always predicts the first class with the same confidence. A threshold decides all predictions or "
            "none, and a prediction set contains all classes or none.",
            icon=":material/drag_handle:",
        )
