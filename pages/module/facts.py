"""What is known about a module, and where it was read."""

import streamlit as st

from pages.shared.wording.formatting import escape, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.modules.descriptions import module_facts, public_handle
from tlcore.modules.module import Module

_MEANINGS = {
    "Input": MEANING["module input"],
    "Expected pixel range": MEANING["value range"],
    "Features": MEANING["feature length"],
    "Parameters": MEANING["parameters"],
}


def show_facts(module: Module) -> None:
    """Name, handle and facts; a fact that is not known is a dash."""
    if module.description:
        st.write(escape(shorten(module.description, 600)))
    with st.grid(columns=4, min_column_width=190, gap="small"):
        for name, fact in module_facts(module).items():
            with st.container(gap=None):
                st.caption(name, help=_MEANINGS.get(name))
                st.markdown(escape(shorten(fact, 120)) if fact else "–")
    if handle := public_handle(module):
        st.caption("Handle")
        st.code(handle, language=None, wrap_lines=True)
    if module.facts_source:
        st.caption(f"Source of the licence and the training data: {escape(shorten(module.facts_source, 300))}")
