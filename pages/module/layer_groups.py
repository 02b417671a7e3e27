"""A module's layer groups as a stack from input to output, each with a switch."""

import streamlit as st

from pages.module.catalogue_table import input_size
from pages.shared.shell.selection import select_groups, selected_groups
from pages.shared.wording.formatting import count, escape, millions, share, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.modules.module import LayerGroup, Module

_SLIDER, _SWITCHES = "slider-moves", "switch-moves"
_COLUMNS = [12, 6, 7, 10]


def show_count(module: Module) -> None:
    """How many of the module's values the groups that are switched on have, in numbers and as a bar."""
    groups = selected_groups(module)
    trained = module.trainable_parameters(groups)
    total = module.trainable_parameters(module.group_names)
    part = trained / total if total else 0.0
    if groups:
        words = f"**{trained:,} of {total:,}** parameters will be trained ({share(part)}), and the new head"
    else:
        words = f"**None of {total:,}** parameters will be trained: a linear probe trains only the new head"
    st.markdown(words, help=MEANING["values trained"])
    st.progress(part)


def show_switched_stack(module: Module) -> None:
    """The slider “train the last groups”, and the stack with its switches; both always say the same."""
    groups = selected_groups(module)
    slider = _widget_key("last", module, moved_by=_SWITCHES)
    st.session_state.setdefault(slider, trained_at_end(module, groups))

    def slide() -> None:
        _count_move(_SLIDER)
        select_groups(module.last_groups(st.session_state[slider]))

    st.slider(
        "Train the last groups",
        0,
        len(module.groups),
        key=slider,
        on_change=slide,
        help="Groups near the output are the most specific to the original training data, so start with these.",
    )
    _show_stack(module, groups, switched=True)


def _widget_key(name: str, module: Module, *, moved_by: str) -> str:
    """A key that changes when a widget is moved by another one.

    A browser sends the state of all widgets with each change. Of one that the server has just moved it still sends the
    old state when a person is quick; under a new key that is not taken for a change.
    """
    return f"{name}-{module.id}-{st.session_state.get(moved_by, 0)}"


def _count_move(mover: str) -> None:
    st.session_state[mover] = st.session_state.get(mover, 0) + 1


def show_plain_stack(module: Module) -> None:
    """The stack of a module that can't be fine-tuned: no switches."""
    _show_stack(module, (), switched=False)


def trained_at_end(module: Module, groups: tuple[str, ...]) -> int:
    """How many groups from the output back are all switched on."""
    number = 0
    for name in reversed(module.group_names):
        if name not in groups:
            break
        number += 1
    return number


def _show_stack(module: Module, groups: tuple[str, ...], *, switched: bool) -> None:
    total = sum(group.parameters for group in module.groups) or 1
    st.caption(f":material/input: Input: {escape(input_size(module) or 'any size')}")
    with st.container(border=True, gap=None):
        titles = {"Group": None, "Parameters": MEANING["group values"], "Share": MEANING["group values"], "": None}
        for column, title in zip(st.columns(_COLUMNS, gap="xsmall"), titles, strict=True):
            column.caption(title, help=titles[title])
        for place, group in enumerate(module.groups):
            name, values, bar, variables = st.columns(_COLUMNS, vertical_alignment="center", gap="xsmall")
            with name:
                if switched:
                    _show_switch(module, group, place, group.name in groups)
                else:
                    st.markdown(escape(shorten(group.name, 40)))
            values.caption(millions(group.parameters))
            bar.progress(group.parameters / total)
            with variables:
                _show_variables(module, group, place)
    st.caption(":material/output: Output: feature vector → new head, always trained")


def _show_switch(module: Module, group: LayerGroup, place: int, on: bool) -> None:
    key = _widget_key(f"group-{place}", module, moved_by=_SLIDER)
    st.session_state.setdefault(key, on)

    def switch() -> None:
        _count_move(_SWITCHES)
        groups = set(selected_groups(module)) - {group.name}
        if st.session_state[key]:
            groups.add(group.name)
        select_groups(tuple(name for name in module.group_names if name in groups))

    st.toggle(
        escape(shorten(group.name, 40)),
        key=key,
        on_change=switch,
        disabled=not group.trainable_parameters,
        wrap=True,
    )


def _show_variables(module: Module, group: LayerGroup, place: int) -> None:
    popover = st.popover(
        count(len(group.variables), "variable"),
        type="tertiary",
        key=f"variables-{module.id}-{place}",
        on_change="rerun",
    )
    if popover.open:
        with popover:
            st.dataframe(
                {
                    "Variable": [variable.name for variable in group.variables],
                    "Shape": [" × ".join(map(str, variable.shape)) or "scalar" for variable in group.variables],
                    "Parameters": [variable.parameters for variable in group.variables],
                    "Trainable": ["yes" if variable.trainable else "no" for variable in group.variables],
                },
                hide_index=True,
                column_config={
                    "Trainable": st.column_config.TextColumn(help="The optimizer does not change moving statistics")
                },
                height=min(38 + 35 * len(group.variables), 360),
                width=620,
            )
