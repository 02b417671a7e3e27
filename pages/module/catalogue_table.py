"""The catalogue of modules as a table: filtered, sorted, one row chosen."""

import hashlib

import pandas as pd
import streamlit as st

from pages.shared.wording.formatting import count
from pages.shared.wording.meanings import MEANING
from tlcore.modalities import find_modality
from tlcore.modules.descriptions import source_title
from tlcore.modules.module import Module

_GENERATION = "catalogue-generation"
_HERE, _AWAY, _FINE_TUNED = "On this machine", "Not fetched yet", "Can be fine-tuned"


def choose_from(modules: list[Module], chosen: Module | None) -> Module | None:
    """Draws filters and table.

    Args:
        modules: the catalogue.
        chosen: the one whose row is marked to begin with.

    Returns:
        The one whose row is marked, if any.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", placeholder="Name, handle, licence, training data", icon=":material/search:", key="catalogue-text"
        )
        wanted = st.pills(
            "Show only", [_HERE, _AWAY, _FINE_TUNED], selection_mode="multi", wrap=True, key="catalogue-only"
        )  # fmt: skip
    shown = [module for module in modules if fits(module, text, wanted)]
    shown.sort(key=lambda module: not module.local)
    if not shown:
        st.caption("No module matches. Change the search, or open a module by its handle below.")
        return None
    marked = [row for row, module in enumerate(shown) if chosen and _same(module, chosen)]
    names = "|".join(f"{module.id} {module.handle}" for module in shown)
    key = f"catalogue-{hashlib.sha256(names.encode()).hexdigest()[:12]}-{st.session_state.get(_GENERATION, 0)}"
    picked = st.dataframe(
        table(shown),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": marked[:1]}},
        key=key,
        height=316,
        placeholder="",
        column_config={
            "Name": st.column_config.TextColumn(width="medium"),
            "Features": st.column_config.NumberColumn(help=MEANING["feature length"]),
            "Parameters": st.column_config.NumberColumn(format="compact", help=MEANING["parameters"]),
            "Fine-tuning": st.column_config.TextColumn(help="Whether layer groups can be fine-tuned; blank if unknown"),
            "Trained on": st.column_config.TextColumn(width="medium"),
        },
    )
    st.caption(f"{count(len(shown), 'module')}. Tick a row to see the module; click a column header to sort.")
    return shown[picked.selection.rows[0]] if picked.selection.rows else None


def mark_chosen() -> None:
    """Lets the table mark the chosen module's row again, whatever row was ticked."""
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1


def fits(module: Module, text: str, wanted: list[str]) -> bool:
    """Whether every word of a search is somewhere in the module's facts, and what is wanted holds."""
    facts = " ".join(
        (module.name, module.handle, source_title(module), module.licence, module.training_data, module.description)
    ).lower()
    place = {_HERE, _AWAY} & set(wanted)
    return (
        all(word in facts for word in text.lower().split())
        and (len(place) != 1 or module.local == (_HERE in place))
        and (_FINE_TUNED not in wanted or module.trainable is True)
    )


def table(modules: list[Module]) -> pd.DataFrame:
    """A row a module; what is not known is blank."""
    rows = [
        {
            "Name": module.name,
            "Where": "on this machine" if module.local else "not fetched yet",
            "Source": source_title(module),
            "Input": input_size(module),
            "Features": module.feature_dim,
            "Parameters": module.parameters,
            "Fine-tuning": {True: "yes", False: "no", None: ""}[module.trainable],
            "Licence": module.licence,
            "Trained on": module.training_data,
        }
        for module in modules
    ]
    return pd.DataFrame(rows).astype({"Features": "Int64", "Parameters": "Int64"})


def input_size(module: Module) -> str:
    """The size of the items that a module takes, or its input's shape; empty while unknown."""
    modality = find_modality(module.modality)
    size = modality.size_in_words(module) if modality else ""
    return size or " × ".join("any" if side is None else str(side) for side in module.input.shape)


def _same(module: Module, other: Module) -> bool:
    return module.id == other.id if module.local or other.local else module.handle == other.handle
