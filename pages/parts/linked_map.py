"""The embedding map of the examples, on which some can be selected."""

from collections.abc import Collection

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.choice import select_ids, write_selection
from pages.parts.explored import Explored, places_on_map
from pages.parts.map_chart import COLOURINGS, map_figure, part_of
from pages.parts.map_points import DRAWN, inside, thin
from pages.parts.meanings import MEANING
from pages.parts.waiting import wait_for
from pages.parts.words import count
from tlcore import jobs
from tlcore.evaluation.maps import METHODS, WHICH, map_path
from tlcore.evaluation.of_run import has_trained_features
from tlcore.runs import Run

HEIGHT = 600


def choose_map(run: Run, early: bool) -> tuple[str, str, str]:
    """Which module's vectors, the method, and what colours mean; all in the URL."""
    trained = has_trained_features(run) and not early
    with st.container(horizontal=True):
        which = st.segmented_control(
            "Feature vectors of", list(WHICH) if trained else ["module"], format_func=WHICH.get,
            default="trained" if trained else "module", required=True, key="which", bind="query-params",
        )  # fmt: skip
        method = st.segmented_control(
            "Map", list(METHODS), format_func=METHODS.get, default="pca", required=True, key="method",
            bind="query-params",
        )  # fmt: skip
        colouring = st.segmented_control(
            "Colour", list(COLOURINGS), format_func=COLOURINGS.get, default="label", required=True, key="colour",
            bind="query-params", wrap=True,
        )  # fmt: skip
    return which, method, colouring


def show_map(shown: Explored, which: str, method: str, colouring: str) -> None:
    """The map, with what is selected standing out; or the progress of the job that computes it."""
    if not _has_map(shown, which, method):
        return
    places = places_on_map(shown, which, method)
    rows = np.flatnonzero(shown.within & places["x"].notna().to_numpy())
    points = places.iloc[rows]
    selected = shown.rows[rows]
    drawn = drawn_points(points, selected)
    chosen = points["id"].array[selected] if not shown.everything else ()
    key = f"map-{which}-{method}-{colouring}"
    figure = map_figure(points.iloc[drawn], colouring, shown.run.class_names, chosen=chosen, height=HEIGHT)
    st.plotly_chart(
        figure, key=key, on_select=lambda: _take(shown, key, points, drawn, colouring),
        selection_mode=("points", "box", "lasso"),
        config={
            "scrollZoom": True, "displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"],
            "plotGlPixelRatio": 1,  # a quarter of the work where no graphics card draws
        },
        alt="Embedding map, a point an example",
    )  # fmt: skip
    words = "Draw a loop around points; the tools above the map drag a box, or move it so that points can be clicked."
    if len(drawn) < len(points):
        words = (
            f"{len(drawn):,} of {len(points):,} points are drawn: the selected, rare classes and mistakes before "
            "others. A loop or box selects all that lie in it."
        )
    missing = int(shown.within.sum()) - len(points)
    words += f" {count(missing, 'example')} are not on this map." if missing else ""
    st.caption(words, help=MEANING["embedding map"])


def drawn_points(points: pd.DataFrame, selected: np.ndarray) -> np.ndarray:
    """Which points are drawn where there are too many: half of them of the selected, or more where the others are few.

    Args:
        points: a row an example, with `label` and `predicted`.
        selected: (n,) bool.

    Returns:
        Row numbers (at most `DRAWN`,) int, in order.
    """
    these, others = np.flatnonzero(selected), np.flatnonzero(~selected)
    drawn = these[thin(points.iloc[these], max(DRAWN // 2, DRAWN - len(others)))]
    return np.union1d(drawn, others[thin(points.iloc[others], DRAWN - len(drawn))])


def _has_map(shown: Explored, which: str, method: str) -> bool:
    """Whether the map is kept; else it is asked of a worker, and its progress is shown in the map's place."""
    if map_path(shown.run, which, method).exists():
        return True
    args = {"run": shown.run.id, "which": which, "method": method}
    job = jobs.find_job("map", args)
    with st.container(height=HEIGHT, border=False):
        if job is None or (job.state in ("done", "stopped")):
            job = jobs.submit("map", args)
        if job.state in ("failed", "cancelled") and st.button("Compute it again", icon=":material/refresh:"):
            job = jobs.submit("map", args)
        if wait_for(job, f"{METHODS[method]} of {count(len(shown.examples), 'feature vector')}"):
            st.rerun()
    return False


def _take(shown: Explored, chart: str, points: pd.DataFrame, drawn: np.ndarray, colouring: str) -> None:
    """Selects what was drawn around or clicked; nothing drawn, as after a double click, lets go of it."""
    event = st.session_state[chart].selection
    if event.points or event.lasso or event.box:
        ids = _picked(event, points, drawn, colouring)
        select_ids(shown.run, shown.folder, shown.selection, "drawn", ids)
    else:
        write_selection(shown.run, shown.selection.lacking("drawn"))


def _picked(event, points: pd.DataFrame, drawn: np.ndarray, colouring: str) -> Collection[str]:
    """The ids of all points within a loop or box, whether they are drawn or not, and of those that were clicked."""
    clicked = [point["customdata"] for point in event.points]
    clicked = [id[0] if isinstance(id, list) else id for id in clicked]
    rows = points["id"].isin(clicked).to_numpy()
    if event.lasso or event.box:
        within = inside(points, event.lasso, event.box)
        parts = part_of(points, colouring)
        hidden = np.setdiff1d(parts[drawn][within[drawn]], parts[rows])  # switched off by a click on the legend
        rows = rows | (within & ~np.isin(parts, hidden))
    return points["id"].array[rows]
