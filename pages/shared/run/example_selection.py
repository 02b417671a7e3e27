"""The selection of examples that matrix, map, table and gallery share: in the URL, to be sent and undone."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NoReturn

import streamlit as st

from pages.shared.shell.pages import PAGES, go_to
from pages.shared.wording.formatting import show_error
from tlcore.base.errors import UserError
from tlcore.datasets.selections import KeptSet, keep_set, named_sets, read_set
from tlcore.evaluation.example_filter import SETS, Condition, Selection
from tlcore.runs import Run

# In the URL: each value is a condition, and all are written at once, so a change is one step of the browser's Back.
SELECTION = "where"


def read_selection(run: Run, *, arrived: bool) -> Selection:
    """What the URL says.

    Args:
        run: whose examples they are.
        arrived: whether the page was just opened: then, where the URL says nothing, it is what was left in this run.
    """
    if arrived and SELECTION not in st.query_params and st.session_state.get(_left(run)):
        st.query_params[SELECTION] = st.session_state[_left(run)]
    try:
        selection = Selection.parse(st.query_params.get_all(SELECTION), len(run.class_names))
    except UserError as error:
        show_error(error)
        selection = Selection()
    st.session_state[_left(run)] = list(selection.texts)
    return selection


def write_selection(run: Run, selection: Selection) -> None:
    """Puts a selection in the URL; for callbacks, after which the page is drawn anew."""
    st.session_state[_left(run)] = list(selection.texts)
    if selection.texts:
        st.query_params[SELECTION] = list(selection.texts)
    else:
        st.query_params.pop(SELECTION, None)


def select_ids(
    run: Run, folder: Path, selection: Selection, field: str, ids: Sequence[str], distances: Sequence[float] = ()
) -> Selection:
    """Puts a set of ids in a field of the selection, in place of what was there, and gives that selection.

    Args:
        run: whose examples they are.
        folder: where sets are kept.
        selection: what else is selected.
        field: one whose conditions name sets.
        ids: in the order to show them.
        distances: one for each id, or none.
    """
    selection = selection.having(field, keep_set(folder, ids, distances))
    write_selection(run, selection)
    return selection


def ticked_selection(folder: Path, ids: Sequence[str], splits: Collection[str]) -> Selection:
    """Some examples as if they were ticked in Explore's table.

    Args:
        folder: where sets are kept.
        ids: of the examples.
        splits: those that they are of, which are shown there.
    """
    return Selection().having("split", *sorted(splits)).having("ticked", keep_set(folder, ids))


def explore_button(
    run: Run, asked: Callable[[], Selection], *, key: str, label: str = "Explore these", disabled: bool = False
) -> None:
    """A button that opens the page Explore with some examples of a run selected.

    Args:
        run: with a result.
        asked: gives what is selected there; called when the button is pressed, so that no set is kept before.
        key: names the button.
        label: what stands on it.
        disabled: whether it can't be pressed.
    """
    help = "Opens these examples in Explore, where you can see them on the map and edit their labels."
    if st.button(label, icon=PAGES["explore"]["icon"], key=key, disabled=disabled, help=help):
        open_in_explore(run, asked())


def open_in_explore(run: Run, selection: Selection) -> NoReturn:
    """Opens the page Explore with a selection of a run's examples."""
    go_to("explore", run=run.id, where=selection.texts)


def open_sets(folder: Path, selection: Selection) -> tuple[Selection, dict[Condition, KeptSet]]:
    """The sets that a selection speaks of; what is no longer kept is left out of it, and the page says so."""
    found, gone = {}, []
    for field, value in selection.conditions:
        if field in SETS:
            try:
                found[field, value] = _set(folder, field, value)
            except UserError as error:
                show_error(error)
                gone.append((field, value))
    return Selection(tuple(each for each in selection.conditions if each not in gone)), found


def _set(folder: Path, field: str, value: str) -> KeptSet:
    if field == "kept":
        named = named_sets(folder).get(value)
        if named is None:
            raise UserError(
                "This selection does not exist", f"There is no selection called “{value[:80]}”", "Choose another"
            )
        value = named.key
    return _read(str(folder), value)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(folder: str, key: str) -> KeptSet:  # under one key there is never another set
    return read_set(Path(folder), key)


def _left(run: Run) -> str:
    return f"selected-{run.id}"
