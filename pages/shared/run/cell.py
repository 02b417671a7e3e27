"""The chosen cell of the confusion matrix: in the URL as a selection, and in step with the matrix and two boxes."""

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.charts.chart import show_chart
from pages.shared.charts.matrix_chart import FEW, figure_height
from pages.shared.run.example_selection import SELECTION
from pages.shared.wording.formatting import shorten
from tlcore.evaluation.example_filter import Selection

Cell = tuple[int | None, int | None]
_TALLEST = 760  # pixels; a larger matrix scrolls
_OLD = "cell"
_FIELDS = ("label", "predicted")
_BOXES = {"cell-true": "True class", "cell-predicted": "Predicted class"}


def read_cell(classes: int) -> Cell:
    """The (true, predicted) class that the URL selects; None where it selects none, or one that is not there."""
    labels = {str(label): label for label in range(classes)}
    if _OLD in st.query_params:  # addresses of before had the cell under a key of its own
        true, _, predicted = st.query_params.pop(_OLD).partition(",")
        write_cell((labels.get(true), labels.get(predicted)))
    asked = [text.partition(":")[::2] for text in st.query_params.get_all(SELECTION)]
    true, predicted = ([value for name, value in asked if name == field] for field in _FIELDS)
    return tuple(labels.get(each[0]) if len(each) == 1 else None for each in (true, predicted))


def write_cell(cell: Cell) -> None:
    """Puts a cell in the URL, as a selection of its examples."""
    if cell == (None, None):
        st.query_params.pop(SELECTION, None)
    else:
        st.query_params[SELECTION] = list(cell_selection(cell).texts)


def cell_selection(cell: Cell) -> Selection:
    """The examples of a cell, or of a whole row or column."""
    asked = zip(_FIELDS, cell, strict=True)
    return Selection(tuple((field, str(value)) for field, value in asked if value is not None))


def toggle_cell(clicked: Cell, chosen: Cell) -> None:
    """Puts the cell that was clicked in the URL; a click on the one that is chosen takes it out."""
    write_cell((None, None) if clicked == chosen else clicked)


def show_clickable(
    figure: go.Figure,
    class_names: tuple[str, ...],
    cell: Cell,
    *,
    alt: str,
    words: str = "**Click a cell** to see its examples, or choose it here.",
    meaning: str | None = None,
) -> DeltaGenerator:
    """A matrix whose cells can be clicked, and what chooses one by keyboard: beside it, below where it is large.

    Args:
        figure: of `matrix_chart`.
        class_names: of its rows and columns.
        cell: the one that is chosen.
        alt: what the figure is.
        words: what a click gives, in Markdown.
        meaning: of the matrix, on a question mark.

    Returns:
        The place for what the chosen cell holds.
    """
    few = len(class_names) <= FEW
    with st.grid(columns=2, min_column_width=440, gap="medium") if few else st.container():
        with st.container(
            height="content" if few else min(_TALLEST, figure_height(len(class_names)) + 20), border=False
        ):
            show_chart(
                figure, key="matrix", config={"displayModeBar": not few}, alt=alt,
                on_pick=lambda picked: toggle_cell(tuple(picked["points"][0]), cell),
            )  # fmt: skip
        beside = st.container()
        with beside:
            st.markdown(words, help=meaning)
            choose_cell(class_names, cell)
    return beside


def choose_cell(class_names: tuple[str, ...], cell: Cell) -> None:
    """Two boxes that choose a cell by keyboard, and a button that lets go of it."""
    for key, label in zip(_BOXES, cell, strict=True):
        st.session_state[key] = label
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, title in _BOXES.items():
            st.selectbox(
                title,
                range(len(class_names)),
                index=None,
                format_func=lambda label: shorten(class_names[label], 60),
                key=key,
                placeholder="any",
                on_change=_take_boxes,
                width=220,
            )
        st.button(
            "Clear", icon=":material/close:", on_click=_take_boxes, args=((None, None),), disabled=cell == (None, None)
        )


def _take_boxes(cell: Cell | None = None) -> None:
    write_cell(cell or tuple(st.session_state[key] for key in _BOXES))
