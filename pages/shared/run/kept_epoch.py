"""Which epoch a run kept, said where its result or its end is shown."""

import streamlit as st

from tlcore.runs import Run
from tlcore.training.outcome import KeptEpoch, kept_in_words


def tell_what_is_kept(run: Run) -> None:
    """A sentence on the epoch that is kept; nothing for a run without epochs, or from before that was noted."""
    if not run.kept:
        return
    words = kept_in_words(KeptEpoch(**run.kept), bool(run.plan.hidden_units))
    if run.kept["epoch"]:
        st.caption(f":material/bookmark: {words}")
    else:
        st.info(words, icon=":material/undo:")
