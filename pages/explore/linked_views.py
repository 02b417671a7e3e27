"""Matrix, table and pictures of the examples, each of which shows what is selected, and the first two select."""

import zlib

import numpy as np
import pandas as pd
import streamlit as st

from pages.explore.explored import Explored
from pages.shared.charts.chart import show_chart
from pages.shared.charts.matrix_chart import FEW, confusion_figure, figure_height
from pages.shared.media.answers import show_answers
from pages.shared.run.cell import Cell
from pages.shared.run.example_selection import select_ids, write_selection
from pages.shared.tables.ticks import ticked, ticking_key
from pages.shared.wording.formatting import count, escape, shorten
from pages.shared.wording.meanings import MEANING
from tlcore.datasets.metadata import texts_of
from tlcore.evaluation.example_filter import column_of
from tlcore.evaluation.metrics.classification import confusion_matrix

HEIGHT = 560
_TALLEST = 660  # pixels of the matrix, which scrolls in them
_ROWS = 2000  # of the table on the page
_COLUMNS = 12  # metadata columns of the table on the page
_ON_CARD = 5  # values below a picture
_PAGE = 6  # pictures; each of them is drawn anew with every gesture


def show_matrix(shown: Explored) -> None:
    """The matrix of what all conditions but the cell leave, the cell framed."""
    selection = shown.selection
    counted = shown.fitting(but=("label", "predicted"))
    names = shown.run.class_names
    asked = [selection.values(field) for field in ("label", "predicted")]
    cell = tuple(int(values[0]) if len(values) == 1 else None for values in asked)
    figure = confusion_figure(
        confusion_matrix(shown.predictions.take(counted)), names, np.arange(len(names)), cell=cell,
        dark=st.context.theme.type == "dark",
    )  # fmt: skip
    with st.container(height=min(_TALLEST, figure_height(len(names)) + 20), border=False):
        show_chart(
            figure, key="explore-matrix", on_pick=lambda picked: _take_cell(shown, tuple(picked["points"][0]), cell),
            config={"displayModeBar": len(names) > FEW}, alt="Confusion matrix, rows true",
        )  # fmt: skip
    st.caption(
        f"{int(counted.sum()):,} of {count(int(shown.within.sum()), 'example')} are counted. Click a cell to select "
        "its examples; click it again to deselect them.",
        help=MEANING["confusion matrix"],
    )


def _take_cell(shown: Explored, clicked: Cell, chosen: Cell) -> None:
    selection = shown.selection.lacking("label", "predicted")
    if clicked != chosen:
        true, predicted = clicked
        selection = selection.having("label", true).having("predicted", predicted)
    write_selection(shown.run, selection)


def show_table(shown: Explored) -> None:
    """What all conditions but its own ticks leave, a row an example; a tick selects."""
    listed = shown.order(shown.fitting(but=("ticked",)))
    first = listed[:_ROWS]
    ids = shown.ids(first).tolist()
    chosen = {id for (field, _), kept in shown.sets.items() if field == "ticked" for id in kept.ids}
    key = ticking_key("examples", ids, chosen)

    def take_ticks() -> None:
        if now := ticked(key, ids):
            select_ids(shown.run, shown.folder, shown.selection, "ticked", now)
        else:
            write_selection(shown.run, shown.selection.lacking("ticked"))

    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table_of(shown, first, every=False),
        hide_index=True,
        height=HEIGHT - 60,
        column_config={"Confidence": percent},
        on_select=take_ticks,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [row for row, id in enumerate(ids) if id in chosen]}},
        key=key,
        alt="Examples",
    )
    if len(shown.metadata) > _COLUMNS:
        st.caption(
            f"{_COLUMNS} of {len(shown.metadata)} metadata columns are shown, filtered columns first; the CSV file "
            "has all of them."
        )
    words = "Highest loss first." if shown.distances is None else "Nearest first."
    if len(first) < len(listed):
        words += f" The first {_ROWS:,} of {len(listed):,} are listed; the CSV file has all of them."
    st.caption(f"{words} Tick rows to select only those.")


def table_of(shown: Explored, rows: np.ndarray, *, every: bool = True) -> pd.DataFrame:
    """The examples of some rows, by their numbers, in words; with all their columns or, for the page, some."""
    examples = shown.examples.iloc[rows]
    names = pd.Series(shown.run.class_names)
    labels = names[examples["label"]].to_numpy()
    changed = shown.dataset is not None and (examples["now"] != labels).any()
    table = {
        "File": examples["name"],
        "Split": examples["split"],
        "Label": labels,
        **({"Label now": examples["now"].replace("", "left out")} if changed else {}),
        "Predicted": names[examples["predicted"]].to_numpy(),
        "Confidence": examples["confidence"].round(3),
        "Loss": examples["loss"].round(3),
    }
    if shown.distances is not None:
        table["Distance"] = shown.distances[rows].round(4)
    if len(shown.tags):
        tags = shown.tags.groupby("id")["tag"].agg(", ".join)
        table["Tags"] = examples["id"].map(tags).fillna("")
    return pd.DataFrame({**table, **_column_values(shown, rows, list(table), every=every)})


def _column_values(shown: Explored, rows: np.ndarray, taken: list[str], *, every: bool) -> dict[str, np.ndarray]:
    """Metadata of some rows, and what else is asked for in the selection, under titles that are not taken."""
    asked = {column_of(field) for field in shown.selection.fields}
    columns = [column for column in shown.described.values() if every or column.is_metadata or column.name in asked]
    if not every:
        columns = sorted(columns, key=lambda column: column.name not in asked)[:_COLUMNS]
    found = {}
    for column in columns:
        title = column.title
        while title in taken or title in found:
            title += " (metadata)" if column.is_metadata else " (property)"
        values = shown.columns[column.name].iloc[rows]
        found[title] = values.to_numpy() if column.kind == "number" else texts_of(values).to_numpy()
    return found


def show_pictures(shown: Explored) -> None:
    """The pictures of what is selected."""
    key = f"selected-{zlib.crc32(shown.selected.tobytes())}"
    with st.container(height=HEIGHT, border=True):
        show_answers(
            shown.dataset, shown.predictions, shown.selected_ids, key=key,
            empty="No examples are selected.", page=_PAGE, run=shown.run, more=lambda id: metadata_line(shown, id),
        )  # fmt: skip


def metadata_line(shown: Explored, id: str) -> str:
    """What came with an example, as a line of Markdown: the columns of the filters first, as many as find room."""
    row = int(np.flatnonzero(shown.predictions.ids == id)[0])
    asked = [column_of(field) for field in shown.selection.fields]
    columns = sorted(
        (column for column in shown.described.values() if column.is_metadata or column.name in asked),
        key=lambda column: column.name not in asked,
    )
    parts = []
    for column in columns:
        (text,) = texts_of(shown.columns[column.name].iloc[[row]])
        if text.strip() and len(parts) < _ON_CARD:
            parts.append(f"{escape(shorten(column.title, 16))}: {escape(shorten(text, 24))}")
    return " · ".join(parts)
