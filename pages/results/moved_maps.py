"""The map of the module as it came and of the trained one, laid over each other and shown in three ways."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.results.movement_chart import between, movement_figure
from pages.shared.charts.chart import show_chart
from pages.shared.charts.map_chart import axes_of, hold_frame, map_config, map_figure
from pages.shared.charts.map_points import thin
from pages.shared.run.kept_map import choose_method, has_map, points_of
from pages.shared.run.shown_split import tell_of_views
from pages.shared.wording.formatting import share
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.evaluation.maps.embedding_maps import WHICH
from tlcore.evaluation.maps.procrustes import align
from tlcore.runs import Run

_HEIGHT = 560
_WAITING = 150
_TITLES = {"module": "Before: the module as it came", "trained": "After: the trained module"}
_LEFT = (
    "The orientation and size of a map mean nothing, so the map before is shifted, rotated, mirrored and scaled to "
    "match the map after as closely as possible (Procrustes analysis). The remaining difference is movement: 0 % if "
    "both maps are the same, 100 % if they have nothing in common; the map before is then drawn very small."
)


def show_moved_maps(run: Run, dataset: Dataset | None) -> None:
    """Both maps of a fine-tuned run, in one of three ways."""
    method, dimensions, show, splits = _choose()
    with st.grid(min_column_width=440, gap="medium"):
        there = [has_map(run, False, which, method, dimensions, height=_WAITING) for which in WHICH]
    if not all(there):
        return
    before, after = (points_of(run, False, dataset, which, method, dimensions) for which in WHICH)
    axes = list(axes_of(after))
    laid = align(before[axes], after[axes])
    before = before.assign(**dict(zip(axes, laid.places.T, strict=True)))
    shown = after["split"].isin(splits).to_numpy()
    if not shown.any():
        st.info("**No points to show.** Switch a split on.", icon=":material/filter_alt_off:")
        return
    if "test" in splits:
        tell_of_views(run)
    st.caption(f"**{share(laid.left)}** of the spread of the map is movement from before to after.", help=_LEFT)
    before, after = before[shown], after[shown]
    drawn = thin(after)
    show(before.iloc[drawn], after.iloc[drawn], run.class_names)
    if len(drawn) < len(after):
        st.caption(f"{len(drawn):,} of {len(after):,} points are drawn; rare classes and mistakes take precedence.")


def _choose():
    """The method, the dimensions, what shows the maps, and the splits shown; all in the URL."""
    with st.container(horizontal=True):
        method, dimensions = choose_method()
        way = st.segmented_control(
            "Show",
            list(_WAYS),
            default="Side by side",
            required=True,
            wrap=True,
            key="way",
            bind="query-params",
            help="Both maps side by side, a line from each example's place before to its place after, or a slider "
            "that moves all examples from before to after.",
        )
        splits = st.pills(
            "Splits", SPLITS, selection_mode="multi", default=SPLITS[:2],
            wrap=True, key="moved-splits", bind="query-params",
            help="The model was trained on the train examples, so their classes separate more than those of new "
            "examples. Looks at test are counted.",
        )  # fmt: skip
    return method, dimensions, _WAYS[way], splits


def _show_side_by_side(before: pd.DataFrame, after: pd.DataFrame, class_names: tuple[str, ...]) -> None:
    with st.grid(min_column_width=440, gap="medium"):
        for which, points in (("module", before), ("trained", after)):
            with st.container():
                figure = map_figure(points, "label", class_names, height=_HEIGHT)
                _draw(hold_frame(figure, points), f"map-{which}", _TITLES[which])


def _show_lines(before: pd.DataFrame, after: pd.DataFrame, class_names: tuple[str, ...]) -> None:
    st.caption("Each line runs from an example's place before fine-tuning to its place after.")
    _draw(
        movement_figure(before, after, class_names, height=_HEIGHT),
        "map-lines",
        "Movement of each example from before to after",
    )


@st.fragment
def _show_slider(before: pd.DataFrame, after: pd.DataFrame, class_names: tuple[str, ...]) -> None:
    way = st.slider(
        "From before (0 %) to after (100 %)", 0, 100, 0, step=5, format="%d %%", key="on-the-way",
        help="How far each example is drawn along the straight line from its place before to its place after.",
    )  # fmt: skip
    figure = map_figure(between(before, after, way / 100), "label", class_names, height=_HEIGHT)
    _draw(hold_frame(figure, before, after), "map-slider", f"{way} % of the way from before to after")


def _draw(figure: go.Figure, key: str, title: str) -> None:
    st.markdown(f"**{title}**", help=MEANING["embedding map"])
    show_chart(
        figure,
        key=key,
        config=map_config("select2d", "lasso2d"),
        alt=title,
    )


_WAYS = {"Side by side": _show_side_by_side, "Lines": _show_lines, "Slider": _show_slider}
