"""Module: a pretrained model to build on, and which of its layer groups to train."""

import streamlit as st

from pages.module.catalogue_table import choose_from
from pages.module.facts import show_facts
from pages.module.layer_groups import show_count, show_plain_stack, show_switched_stack
from pages.module.open_form import choose, open_with, show_choices, show_opening, show_other_ways, start_opening
from pages.shared.editing.damaged import show_damaged
from pages.shared.editing.users import show_users
from pages.shared.shell.pages import go_to
from pages.shared.shell.selection import select, selected
from pages.shared.wording.formatting import errors_shown, escape, shorten, show_error
from tlcore.base.errors import UserError
from tlcore.modules import (
    catalogue,
    damaged_modules,
    default_module,
    delete_module,
    find_module,
    is_kept,
    provider_of,
)
from tlcore.modules.descriptions import answer_note
from tlcore.modules.module import Module
from tlcore.runs import check_unused


def chosen_module() -> Module:
    """The module that the URL or the session names, opened or not; the built-in one for a new user."""
    ref = selected("module")
    module = find_module(ref) if ref else default_module()
    if module is None:
        module = next((known for known in catalogue() if known.handle == ref), None)
    if module is None:
        show_error(UserError("This module is not on this machine", ref, "Open it by its handle, below the catalogue"))
        module = default_module()
    if module.local and module.id != selected("module"):
        select(module=module.id)
    selected("groups")
    return module


def show_local(module: Module) -> None:
    """A module that is open: its facts, what will be trained, the stack."""
    show_facts(module)
    if note := answer_note(module):
        st.warning(escape(note), icon=":material/warning:")
        if module.inner_outputs and st.button("Use an inner output", icon=":material/layers:", key="use-inner"):
            open_with(module, (module.inner_outputs[0].name,), module.values)
    if provider_of(module.source).choices:
        with st.expander("Another output or pixel range", icon=":material/tune:"):
            show_choices(module)
    if is_kept(module) and st.button("Delete this module", icon=":material/delete:"):
        confirm_delete(module)
    st.subheader("Layer groups")
    with st.container(border=True):
        if module.trainable:
            show_count(module)
        else:
            st.info(
                f"**This module can't be fine-tuned.** {escape(module.why_not_trainable.rstrip('.'))}. It still "
                "gives feature vectors, on which you can train a linear probe.",
                icon=":material/lock:",
            )
        fits = takes_data(module)
        if st.button("Next: train", type="primary", icon=":material/arrow_forward:", disabled=not fits):
            go_to("train", module=module.id, run="")
    if module.trainable:
        show_switched_stack(module)
    else:
        show_plain_stack(module)


def takes_data(module: Module) -> bool:
    """Whether some kind of dataset fits the module; a word when none does."""
    with errors_shown():
        module.input_spec()
        return True
    return False


def show_away(module: Module) -> None:
    """A module that is known but not here: what is known, and the way to fetch it."""
    with st.container(border=True):
        st.markdown(
            "This module is not on this machine yet. Fetching it needs a network connection once; it is "
            "kept afterwards."
        )
        if st.button("Fetch and open", type="primary", icon=":material/download:", key="fetch"):
            start_opening(module.handle, name=module.name)
    show_facts(module)


@st.dialog("Delete this module?")
def confirm_delete(module: Module) -> None:
    st.write(
        f"“{escape(shorten(module.name, 80))}” will be deleted from this machine. {provider_of(module.source).again}"
    )
    underway = show_users(
        "module", module.id, "used it. Results are kept, but predicting and exporting will no longer work:"
    )
    if st.button("Delete the module", type="primary", icon=":material/delete:", key="delete-module", disabled=underway):
        with errors_shown():
            check_unused("module", module.id)
            delete_module(module.id)
            choose(default_module().id)


st.title("Module")
module = chosen_module()
picked = choose_from(catalogue(), module)
if picked and picked.local and picked.id != module.id:
    select(module=picked.id)
    st.rerun()
show_damaged("module", damaged_modules(), delete_module)
with st.expander("Open another module", icon=":material/add:"):
    show_other_ways()
show_opening()
module = picked or module
st.header(escape(shorten(module.name, 90)))
if module.local:
    show_local(module)
else:
    show_away(module)
