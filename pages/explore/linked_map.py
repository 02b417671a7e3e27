"""The embedding map of the examples, on which some can be selected."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from pages.explore.explored import Explored
from pages.shared.charts.chart import Picked, show_chart
from pages.shared.charts.map_chart import COLOURINGS, map_config, map_figure, outlines, part_of, slice_colours
from pages.shared.charts.map_points import DRAWN, inside, thin
from pages.shared.run.example_columns import column_title
from pages.shared.run.example_selection import select_ids, write_selection
from pages.shared.run.kept_map import choose_method, has_map, points_of
from pages.shared.wording.formatting import count
from pages.shared.wording.meanings import MEANING
from tlcore.evaluation.example_filter import Selection, column_field, column_of, is_among
from tlcore.evaluation.maps.embedding_maps import WHICH
from tlcore.evaluation.run_results import has_trained_features
from tlcore.evaluation.slices.slices import Slice

HEIGHT = 600


def choose_map(shown: Explored) -> tuple[str, str, int, str]:
    """Which module's vectors, the method, the dimensions, and what colours mean; all in the URL.

    A column that gives the colours is named by its field, as a selection names it.
    """
    trained = has_trained_features(shown.run) and not shown.early
    sliced = [name for name in shown.described if name in shown.slices]
    colourings = {**COLOURINGS, **({"column": "Metadata"} if sliced else {})}
    with st.container(horizontal=True):
        which = st.segmented_control(
            "Feature vectors of", list(WHICH) if trained else ["module"], format_func=WHICH.get,
            default="trained" if trained else "module", required=True, wrap=True, key="which", bind="query-params",
        )  # fmt: skip
        method, dimensions = choose_method()
        colouring = st.segmented_control(
            "Colour", list(colourings), format_func=colourings.get, default="label", required=True, key="colour",
            bind="query-params", wrap=True,
        )  # fmt: skip
        if colouring == "column":
            colouring = column_field(
                st.selectbox(
                    "Colour by", sliced, format_func=lambda name: column_title(shown.described[name]),
                    key="colour-column", bind="query-params", width=240,
                )
            )  # fmt: skip
    return which, method, dimensions, colouring


def show_map(shown: Explored, which: str, method: str, dimensions: int, colouring: str) -> None:
    """The map, with what is selected standing out; or the progress of the job that computes it."""
    if not has_map(shown.run, shown.early, which, method, dimensions, height=HEIGHT):
        return
    points = points_of(shown.run, shown.early, shown.dataset, which, method, dimensions)
    points = points[shown.within[points.index]]
    slices = []
    if (column := column_of(colouring)) is not None:
        points = points.assign(slice=_slice_numbers(shown.slices[column])[points.index])
        slices, colouring = slice_colours(shown.slices[column], shown.described[column].kind), "slice"
    selected = shown.rows[points.index]
    drawn = drawn_points(points, selected)
    chosen = None if shown.everything else selected[drawn]
    figure = map_figure(
        points.iloc[drawn], colouring, shown.run.class_names, chosen=chosen, height=HEIGHT, slices=slices
    )
    map_id = f"{shown.run.id}-{which}-{method}-{dimensions}"
    figure.update_layout(
        uirevision=f"{map_id}-{colouring}-{column}-{len(points)}", shapes=_outlines(map_id, shown.selection)
    )
    flat = dimensions == 2
    show_chart(
        figure, key="explore-map", config=map_config(), alt="Embedding map, a point an example",
        on_pick=(lambda picked: _take(shown, map_id, picked, points, drawn, colouring)) if flat else None,
    )  # fmt: skip
    st.caption(" ".join(_words(shown, points, drawn, flat)), help=MEANING["embedding map"])


def _slice_numbers(slices: Sequence[Slice]) -> np.ndarray:
    """(n,) int: which of the slices of a column each example is in."""
    return np.argmax([each.rows for each in slices], axis=0)


def _words(shown: Explored, points: pd.DataFrame, drawn: np.ndarray, flat: bool) -> Iterator[str]:
    if len(drawn) < len(points):
        yield (
            f"{len(drawn):,} of {len(points):,} points are drawn; selected examples, rare classes and mistakes take "
            "precedence."
        )
    if flat:
        yield "Draw a loop around points to select them, or draw a box with the tools above the map."
    else:
        yield "Drag to rotate the map. Selected examples stand out; to select others, use two dimensions."
    if missing := int(shown.within.sum()) - len(points):
        yield f"Not on this map: {count(missing, 'example')}."


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


def _take(
    shown: Explored, map_id: str, picked: Picked, points: pd.DataFrame, drawn: np.ndarray, colouring: str
) -> None:
    """Selects what was drawn around or clicked; nothing drawn, as after a double click, lets go of it."""
    if any(picked.values()):
        ids = _ids_of(picked, points, drawn, colouring)
        selection = select_ids(shown.run, shown.folder, shown.selection, "drawn", ids)
        st.session_state[_around(map_id, selection)] = outlines(picked["loops"], picked["boxes"])
    else:
        write_selection(shown.run, shown.selection.lacking("drawn"))


def _around(map_id: str, selection: Selection) -> str:
    """Under which name the session has what was drawn around on a map."""
    return " ".join(("drawn around", map_id, *selection.values("drawn")))


def _outlines(map_id: str, selection: Selection) -> list[dict]:
    """What this session drew around on a map, as long as that is selected; not Plotly's own, which selects anew."""
    return st.session_state.get(_around(map_id, selection), [])


def _ids_of(picked: Picked, points: pd.DataFrame, drawn: np.ndarray, colouring: str) -> Collection[str]:
    """Of all points within a loop or box, whether they are drawn or not, and of those that were clicked."""
    rows = is_among(points["id"], picked["points"])
    if picked["loops"] or picked["boxes"]:
        within = inside(points, picked["loops"], picked["boxes"])
        parts = part_of(points, colouring)
        hidden = np.setdiff1d(parts[drawn][within[drawn]], parts[rows])  # switched off by a click on the legend
        rows = rows | (within & ~np.isin(parts, hidden))
    return points["id"].array[rows]
