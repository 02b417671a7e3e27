"""What is in a dataset, to look at: classes, pictures, sizes and metadata."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from pages.data.charts import class_chart, slice_chart
from pages.data.class_names import show_class_names
from pages.data.unlabelled import show_unlabelled
from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import class_colours
from pages.shared.charts.map_chart import slice_colours
from pages.shared.media.gallery import show_gallery
from pages.shared.media.items import drawing_of
from pages.shared.run.example_columns import column_title
from pages.shared.shell.tabs import Tab, show_views
from pages.shared.tables.pick import pick_row
from pages.shared.wording.formatting import count, escape, shorten
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.nouns import noun_of
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.datasets.metadata import Column, columns_of, date_text, is_missing, read_columns, texts_of
from tlcore.evaluation.slices.slices import cut, number_text
from tlcore.reports.dataset_card import class_counts

_HEIGHT = 430


def show_examples(dataset: Dataset) -> None:
    """One view of the examples."""
    unlabelled, drawing = len(dataset.unlabelled), drawing_of(dataset.modality)
    views = {
        "classes": Tab("Classes", lambda: show_counts(dataset)),
        "gallery": Tab(noun_of(dataset.modality).many.capitalize(), lambda: show_items(dataset)),
        "facts": Tab(drawing.FACTS, lambda: drawing.show_facts(dataset)),
        "metadata": Tab("Metadata", lambda: show_metadata(dataset)),
    }
    if unlabelled:
        views["unlabelled"] = Tab(f"Unlabelled ({unlabelled:,})", lambda: show_unlabelled(dataset))
    show_views(views)


def show_counts(dataset: Dataset) -> None:
    """A stacked bar a class, the same as a table, and ways to rename and merge."""
    counts = class_counts(dataset.columns("label", "split"), dataset.class_names)
    with st.grid(columns=2, min_column_width=360, gap="medium"):
        with st.container():
            st.markdown("**Examples of each class**", help=MEANING["class counts"])
            chart = class_chart(counts)
            with st.container(height=_HEIGHT if chart.layout.height > _HEIGHT else "content", border=False):
                show_chart(chart, key="class-counts", alt="Examples of each class by split")
        st.dataframe(
            counts,
            hide_index=True,
            height=min(38 + 35 * len(counts), _HEIGHT),
            column_config={"Class": st.column_config.TextColumn(width="medium")},
        )
    show_class_names(dataset)


def show_items(dataset: Dataset) -> None:
    """A gallery by class and split, with paging."""
    names = dataset.class_names
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Class",
            [None, *range(len(names))],
            format_func=lambda label: "All classes" if label is None else shorten(names[label], 60),
            key="gallery-class",
            width=320,
        )
        split = st.segmented_control(
            "Split", ["all", *SPLITS], default="all", required=True, wrap=True, key="gallery-split"
        )  # fmt: skip
    examples = dataset.columns("id", "label", "split")
    shown = examples_in_turn(examples, label, split)
    colours = class_colours(names)

    def caption(id: str) -> str:
        example = examples.iloc[int((examples["id"] == id).argmax())]
        name = names[example["label"]]
        return f':color[■]{{foreground="{colours[name]}"}} {escape(shorten(name, 18))} · {example["split"]}'

    show_gallery(
        dataset,
        shown["id"].array,
        caption,
        key=f"gallery-{dataset.id}-{label}-{split}",
        empty="There are no examples of this class in this split.",
    )


def examples_in_turn(examples: pd.DataFrame, label: int | None, split: str) -> pd.DataFrame:
    """The examples of a class and a split ("all": any), the classes taking turns."""
    shown = examples
    if label is not None:
        shown = shown[shown["label"] == label]
    if split != "all":
        shown = shown[shown["split"] == split]
    turn = shown.groupby("label").cumcount()
    return shown.iloc[np.lexsort([shown["label"], turn])]


def show_metadata(dataset: Dataset) -> None:
    """The columns that came with the data, and what was measured of each picture; a column's values by class."""
    columns = columns_of(dataset)
    values, labels = _values_of(dataset, (dataset.id, dataset.fingerprint))
    st.markdown("**Metadata and properties**", help=MEANING["metadata"])
    row = pick_row(
        metadata_table(dataset, columns, values),
        key=f"metadata-{dataset.id}",
        alt="Columns of the examples",
        tallest=_HEIGHT,
        columns={
            "Missing": st.column_config.NumberColumn(width="small"),
            "Values": st.column_config.TextColumn(width="large"),
        },
    )
    if row is None:
        st.caption(
            "Tick a row to see how its values are distributed over the classes. You can filter by these columns in "
            "Explore and compare metrics by them in Results."
        )
        return
    column = columns[row]
    slices = cut(values[column.name])
    if not slices:
        st.caption(
            f"{escape(shorten(column.title, 60))} does not divide the examples into groups, so there is "
            "nothing to draw."
        )
        return
    st.markdown(f"**{escape(column_title(column))} in each class**")
    chart = slice_chart(slices, slice_colours(slices, column.kind), labels, dataset.class_names)
    with st.container(height=_HEIGHT if chart.layout.height > _HEIGHT else "content", border=False):
        show_chart(chart, key=f"metadata-{column.name}", alt="Values in each class")


@st.cache_resource(max_entries=4, show_spinner=False)
def _values_of(_dataset: Dataset, version: tuple[str, str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The columns of the examples that the dataset has now, and their labels (n,) int."""
    examples = _dataset.columns("id", "label")
    return read_columns(_dataset, examples["id"]), examples["label"].to_numpy(int)


def metadata_table(dataset: Dataset, columns: Sequence[Column], values: pd.DataFrame) -> pd.DataFrame:
    """A row a column: kind, how many have no value, and what values there are, in words."""
    rows = []
    for column in columns:
        role = "metadata" if column.is_metadata else "measured"
        rows.append(
            {
                "Column": column_title(column),
                "Kind": column.kind,
                "From": f"{role}, used as the group" if column.name == dataset.group_column else role,
                "Missing": int(is_missing(values[column.name]).sum()),
                "Values": _in_short(column, values[column.name]),
            }
        )
    return pd.DataFrame(rows)


def _in_short(column: Column, values: pd.Series) -> str:
    there = values[~is_missing(values)]
    if not len(there):
        return "none"
    if column.kind == "category":
        counts = texts_of(there).value_counts()
        if counts.iloc[0] == 1 < len(counts):
            return f"{count(len(counts), 'value')}, each in one example only"
        most = ", ".join(f"{shorten(text, 24)} ({number:,})" for text, number in counts.head(5).items())
        return most if len(counts) <= 5 else f"{count(len(counts), 'value')}: {most} …"
    low, middle, high = there.min(), there.quantile(0.5, interpolation="lower"), there.max()
    if low == high:
        return _word(low, column.kind)
    return f"{_word(low, column.kind)} to {_word(high, column.kind)}, median {_word(middle, column.kind)}"


def _word(value: object, kind: str) -> str:
    return date_text(value) if kind == "date" else number_text(float(f"{value:.4g}"))
