"""How an item is drawn: a file beside this one for each kind of data, found by its name."""

import importlib
from typing import Any, Protocol

import numpy as np
import streamlit as st

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset

WIDTH = 132  # pixels
_DRAWN_BY = {"image": "pages.shared.media.image"}


class Drawing(Protocol):
    """What a page needs of one kind of data; the functions of a module.

    Attributes:
        FACTS: what the view of what is measured of each item is called.
    """

    FACTS: str

    def show_preview(self, content: bytes, name: str, width: int | None = None) -> None:
        """Draws what `Modality.preview` gives, at most so many pixels wide; None: as wide as its place."""

    def show_decoded(self, item: np.ndarray, caption: str | None, width: int) -> None:
        """Draws an item as it is decoded for a module."""

    def show_facts(self, dataset: Dataset) -> None:
        """Draws what is measured of a dataset's items."""

    def take_new(self, key: str) -> Any:
        """A new item made on the spot, as `st.file_uploader` gives a file; None without one."""


def drawing_of(modality: str) -> Drawing:
    """How items of a kind of data are drawn."""
    return importlib.import_module(_DRAWN_BY[modality])


def show_item(dataset: Dataset, example_id: str, caption: str = "", width: int = WIDTH) -> None:
    """One example, with a caption in Markdown."""
    try:
        content = _preview(dataset, dataset.id, example_id, width)
    except UserError as error:
        st.caption(error.title)
    else:
        drawing_of(dataset.modality).show_preview(content, dataset.source_name(example_id), width)
    if caption:
        st.caption(caption)


@st.cache_resource(max_entries=2000, show_spinner=False)
def _preview(_dataset: Dataset, id: str, example_id: str, width: int) -> bytes:
    return _dataset.preview(example_id, width)
