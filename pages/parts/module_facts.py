"""What is known about a module, and where it was read."""

import streamlit as st

import tlcore.workspace as workspace
from pages.parts.catalogue_table import SOURCES
from pages.parts.words import millions, plain, shorten
from tlcore.modules.module import Module, TensorFact


def show_facts(module: Module) -> None:
    """Name, handle and facts; a fact that is not known is a dash."""
    if module.description:
        st.write(plain(shorten(module.description, 600)))
    low, high = module.value_range
    facts = {
        "Source": SOURCES[module.source],
        "Input": _tensor(module.input),
        "Wants values in": f"{low:g} … {high:g}" if module.local else "",
        "Output": ", ".join(filter(None, map(_tensor_name, module.output))),
        "Features": str(module.feature_dim or ""),
        "Parameters": f"{millions(module.parameters)} ({module.parameters:,})" if module.parameters else "",
        "Licence": module.licence,
        "Trained on": module.training_data,
    }
    with st.grid(columns=4, min_column_width=190, gap="small"):
        for name, fact in facts.items():
            with st.container(gap=None):
                st.caption(name)
                st.markdown(plain(shorten(fact, 120)) if fact else "–")
    if not module.handle.startswith(str(workspace.home())):  # an upload or an export, gone by and by
        st.caption("Handle")
        st.code(module.handle, language=None, wrap_lines=True)
    if module.facts_source:
        st.caption(f"Licence and training data as read in: {plain(shorten(module.facts_source, 300))}")


def tensor_title(tensor: TensorFact) -> str:
    """An output's name and shape: “sigmoid (any × 88)”."""
    return f"{_tensor_name(tensor.name)} ({_tensor(tensor)})"


def _tensor_name(name: str) -> str:
    return shorten(name, 60)


def _tensor(tensor: TensorFact) -> str:
    sides = " × ".join("any" if side is None else f"{side}" for side in tensor.shape)
    return f"{sides}, {tensor.dtype}" if sides else ""
