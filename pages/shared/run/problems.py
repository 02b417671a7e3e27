"""What went wrong in a run, said wherever it is shown."""

import streamlit as st

from pages.shared.wording.formatting import count, escape, shorten
from tlcore.runs import Run

_NAMED = 3


def show_problems(run: Run) -> None:
    """A line for what some examples have; a warning for what may have spoilt the whole run."""
    for problem in run.problems:
        files, action = problem["files"], f"{escape(problem['action'])}."
        if not files:
            st.warning(action, icon=":material/warning:")
            continue
        names = ", ".join(escape(shorten(name, 60)) for name in files[:_NAMED]) + (", …" if files[_NAMED:] else "")
        st.caption(f":material/block: {count(len(files), 'example')}: {names}. {action}")
