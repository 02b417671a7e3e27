"""What is chosen, under the navigation, so that no page needs to say it again; and the way into the tour."""

import streamlit as st

from pages.shared.shell.selection import chosen, selected_groups
from pages.shared.shell.tour import offer_tour
from pages.shared.wording.formatting import count, escape, shorten
from tlcore.base.errors import UserError
from tlcore.datasets import open_dataset
from tlcore.modules import find_module
from tlcore.runs import open_run


def show_selection() -> None:
    """Dataset, module and run that the pages work on."""
    lines = []
    try:
        if dataset := chosen("dataset"):
            lines.append(f":material/photo_library: {escape(shorten(open_dataset(dataset).name, 32))}")
        if (ref := chosen("module")) and (module := find_module(ref)):
            on = len(selected_groups(module))
            lines.append(
                f":material/layers: {escape(shorten(module.name, 32))}" + (f", {count(on, 'group')} on" if on else "")
            )
        if run := chosen("run"):
            lines.append(f":material/history: {escape(shorten(open_run(run).name, 32))}")
    except UserError:
        pass  # the page itself says what is not there
    with st.sidebar:
        for line in lines:
            st.caption(line)
        offer_tour()
