"""What can be done with the selected examples: show only them, all but them, find more like them, keep them."""

import numpy as np
import streamlit as st

from pages.explore.explored import Explored
from pages.explore.linked_views import table_of
from pages.shared.jobs.progress import have_done
from pages.shared.run.example_selection import select_ids, write_selection
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count, errors_shown, escape, shorten, show_error
from tlcore.base.errors import UserError
from tlcore.datasets.selections import NamedSet, forget_set, keep_set, name_set, named_sets
from tlcore.evaluation.example_filter import SCOPE, is_among
from tlcore.evaluation.maps.embedding_maps import WHICH
from tlcore.evaluation.maps.neighbours import more_like
from tlcore.evaluation.run_results import kept_features_of

_ALIKE = 24
_MOST_ALIKE = 1000
_ASKED = "alike-asked"  # how many more were asked for, until they are found
_ALIKE_HELP = (
    "Selects these examples and the shown examples nearest to their mean direction, by cosine distance between the "
    "full feature vectors of {}, not by distance on the map."
)


def show_uses(shown: Explored, which: str) -> None:
    """Buttons for what can be done with the selected examples.

    Args:
        shown: the examples.
        which: the feature vectors by which examples are alike.
    """
    none = not shown.rows.any()
    nothing_to_put_away = none or shown.everything
    why = (
        "Select some of the examples first: click a cell, draw a loop on the map, set a filter, or tick rows in the "
        "table."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Only these", icon=":material/filter_alt:", disabled=nothing_to_put_away, on_click=_only, args=(shown,),
            help=why if nothing_to_put_away else "Hides all other examples, so you can select among these.",
        )  # fmt: skip
        st.button(
            "All but these", icon=":material/filter_alt_off:", disabled=nothing_to_put_away, on_click=_without,
            args=(shown,), help=why if nothing_to_put_away else "Hides these examples and selects all others.",
        )  # fmt: skip
        number = st.number_input(
            "How many more", 1, _MOST_ALIKE, _ALIKE, key="alike-number", label_visibility="collapsed", width=120,
        )  # fmt: skip
        wanted = st.button(
            "Find similar", icon=":material/join_inner:", disabled=nothing_to_put_away,
            help=why if nothing_to_put_away else _ALIKE_HELP.format(WHICH[which]),
        )  # fmt: skip
        with st.popover("Save selection", icon=":material/bookmark:"):
            _show_kept(shown)
        download_csv(lambda: table_of(shown, shown.selected), "selected.csv", key="selected-csv")
    if wanted:
        st.session_state[_ASKED] = number
    if _ASKED in st.session_state:
        _find_alike(shown, which, st.session_state[_ASKED])


@errors_shown()
def _only(shown: Explored) -> None:
    key = keep_set(shown.folder, shown.ids(shown.rows).tolist())
    write_selection(shown.run, shown.selection.about(*SCOPE).having("only", key))


@errors_shown()
def _without(shown: Explored) -> None:
    key = keep_set(shown.folder, shown.ids(shown.rows).tolist())
    scope = shown.selection.about(*SCOPE)
    write_selection(shown.run, scope.having("without", *scope.values("without"), key))


def _find_alike(shown: Explored, which: str, number: int) -> None:
    """Selects them, once their feature vectors are there: a worker computes those that were thrown out."""
    try:
        kept = kept_features_of(shown.run, which)
        if kept is None:
            args = {"run": shown.run.id, "which": which}
            if have_done("features", args, f"Feature vectors of {WHICH[which]}", is_gone=True):
                st.rerun()
            return
        del st.session_state[_ASKED]
        ids, vectors = kept
        with st.spinner("Comparing with all examples …", show_time=True):
            these, others = (is_among(ids, shown.ids(rows)) for rows in (shown.rows, shown.within))
            if not these.any():
                raise UserError(
                    "These examples have no feature vectors", "They were left out of the dataset", "Select others"
                )
            numbers, distances = more_like(vectors, np.flatnonzero(these), number, others)
    except UserError as error:
        st.session_state.pop(_ASKED, None)
        show_error(error)
        return
    select_ids(shown.run, shown.folder, shown.selection.about(*SCOPE), "like", ids[numbers], distances)
    st.rerun()


def _show_kept(shown: Explored) -> None:
    """A field that names the selected examples, and the selections that have a name."""
    with st.form("name-selection", border=False):
        name = st.text_input("Name", placeholder="what these examples have in common", max_chars=80)
        selected = int(shown.rows.sum())
        if st.form_submit_button(f"Save {count(selected, 'example')}", icon=":material/bookmark_add:"):
            with errors_shown():
                name_set(shown.folder, name, shown.selected_ids.tolist())
                st.rerun()
    for kept in named_sets(shown.folder).values():
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.button(
                f"{escape(shorten(kept.name, 40))} · {kept.size:,}", key=f"kept-{kept.name}", type="tertiary",
                icon=":material/bookmark:", on_click=write_selection,
                args=(shown.run, shown.selection.about(*SCOPE).having("kept", kept.name)),
            )  # fmt: skip
            if st.button("Delete", key=f"forget-{kept.name}", icon=":material/delete:", type="tertiary"):
                _confirm(shown, kept)


@st.dialog("Delete this selection?")
def _confirm(shown: Explored, kept: NamedSet) -> None:
    st.markdown(
        f"**{escape(kept.name)}** contains {count(kept.size, 'example')}. The examples themselves are not deleted."
    )
    if st.button("Delete the selection", type="primary", icon=":material/delete:"):
        forget_set(shown.folder, kept.name)
        if kept.name in shown.selection.values("kept"):
            write_selection(shown.run, shown.selection.lacking("kept"))
        st.rerun()
