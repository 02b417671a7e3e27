"""Pictures, as pages draw them (`items.Drawing`)."""

import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from PIL import Image

from pages.shared.charts.chart import show_chart
from pages.shared.charts.colours import SPLITS as COLOURS
from pages.shared.wording.formatting import count, size
from tlcore.datasets.dataset import Dataset

FACTS = "Sizes"
_HEIGHT = 430  # pixels of the chart
_MARGIN = {"l": 8, "r": 16, "t": 32, "b": 8}
_SIZES_HELP = (
    "How many pictures have each width and height: the larger the bubble, the more pictures. All pictures are "
    "resized to the module's input size, whatever their shape."
)


def show_preview(content: bytes, name: str, width: int | None = None) -> None:
    """A picture as large as it is, so that Streamlit passes it on as it is; never wider than its place."""
    drawn = "content" if width is None else _drawn_width(content, width)
    st.image(content, width=drawn, alt=name)


def _drawn_width(content: bytes, width: int) -> int:
    """How wide a picture is that fits a square."""
    with Image.open(io.BytesIO(content)) as picture:
        return max(1, round(width * min(1.0, picture.width / picture.height)))


def show_decoded(item: np.ndarray, caption: str | None, width: int) -> None:
    """Pixels, uint8 (h, w, 3)."""
    st.image(item, width=width, caption=caption)


def take_new(key: str) -> object | None:
    """One from the camera, which is off until it is asked for."""
    return st.camera_input("Take a picture") if st.toggle("Use the camera", key=key) else None


def show_facts(dataset: Dataset) -> None:
    """Widths and heights, and what the files weigh."""
    examples = dataset.columns("width", "height", "size")
    sizes = pixel_sizes(examples)
    with st.grid(columns=2, min_column_width=360, gap="medium"):
        with st.container():
            st.markdown("**Widths and heights**", help=_SIZES_HELP)
            show_chart(size_chart(sizes, _HEIGHT), key="sizes", alt="Pictures by width and height")
        with st.container():
            width, height = examples["width"], examples["height"]
            if len(sizes) == 1:
                st.markdown(f"All pictures are **{width[0]:,} × {height[0]:,}** pixels.")
            else:
                st.markdown(
                    f"{count(len(sizes), 'size')}, from **{width.min():,} × {height.min():,}** to **{width.max():,} "
                    f"× {height.max():,}** pixels; the median width is **{width.median():,.0f}** and the median "
                    f"height **{height.median():,.0f}**."
                )
            st.markdown(
                f"The files take **{size(int(examples['size'].sum()))}** in total; the median file size is "
                f"{size(int(examples['size'].median()))}."
            )
            st.caption("Pictures are resized to the input size of the module.")
            st.dataframe(
                sizes.rename(columns={"width": "Width", "height": "Height", "pictures": "Pictures"}),
                hide_index=True,
                height=min(38 + 35 * len(sizes), 250),
            )


def pixel_sizes(examples: pd.DataFrame) -> pd.DataFrame:
    """How many pictures have each width and height, the most frequent first."""
    return examples.groupby(["width", "height"]).size().reset_index(name="pictures").sort_values(
        "pictures", ascending=False, ignore_index=True
    )  # fmt: skip


def size_chart(sizes: pd.DataFrame, height: int) -> go.Figure:
    """A bubble for each width and height, as large as there are pictures of it.

    Args:
        sizes: as `pixel_sizes` gives it.
        height: pixels.
    """
    largest = sizes["pictures"].max()
    crowded = len(sizes) > 100
    figure = go.Figure(
        go.Scatter(
            x=sizes["width"],
            y=sizes["height"],
            mode="markers",
            marker={
                "size": sizes["pictures"], "sizemode": "area", "sizeref": largest / (10 if crowded else 26) ** 2,
                "color": COLOURS["test"], "opacity": 0.4 if crowded else 0.6, "sizemin": 4, "line": {"width": 0},
            },
            customdata=sizes["pictures"],
            hovertemplate="%{x} × %{y} pixels<br>%{customdata:,} pictures<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(height=height, margin=_MARGIN, dragmode=False)
    figure.update_xaxes(title="Width, pixels", rangemode="tozero")
    figure.update_yaxes(title="Height, pixels", rangemode="tozero")
    return figure
