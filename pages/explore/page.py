"""Explore: one selection of a run's examples, shown and made by matrix, map, table and pictures alike."""

import streamlit as st

from pages.explore.explored import explore
from pages.explore.filters import show_conditions, show_filters
from pages.explore.linked_map import choose_map, show_map
from pages.explore.linked_views import show_matrix, show_pictures, show_table
from pages.explore.selection_actions import show_uses
from pages.shared.editing.edit_labels import show_mending
from pages.shared.run.example_selection import read_selection
from pages.shared.run.finished import require_result
from pages.shared.run.interim_result import EARLY_IS_OUT_OF_FOLD
from tlcore.evaluation.run_results import has_trained_features

_HELP = (
    "A selection made in one view is shown in all views: a cell of the matrix, a loop on the map, a filter, or "
    "ticked rows of the table. The selection is part of the page's address: copy the address to share it, or press "
    "your browser's Back button to undo."
)


# a widget's value goes when another page is shown: without one, this page was just opened
arrived = "which" not in st.session_state
st.title("Explore", help=_HELP)
run, early = require_result("explore")
shown = explore(run, early, read_selection(run, arrived=arrived))
if early:
    st.caption(EARLY_IS_OUT_OF_FOLD)
elif not has_trained_features(run):
    st.caption("This run trained no layer groups, so its feature vectors are those of the module as it came.")
show_filters(shown)
which, method, dimensions, colouring = choose_map(shown)
show_conditions(shown)
show_uses(shown, which)
with st.grid(min_column_width=440, gap="medium"):
    with st.container():
        show_matrix(shown)
    with st.container():
        show_map(shown, which, method, dimensions, colouring)
    with st.container():
        show_table(shown)
    with st.container():
        show_pictures(shown)
if shown.dataset:
    show_mending(shown.dataset, shown.selected_ids.tolist(), key="explore")
