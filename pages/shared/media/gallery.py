"""Pictures of examples in a grid, with paging."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from pages.shared.wording.formatting import count
from tlcore.datasets.dataset import Dataset
from tlcore.modalities.image.decoding import thumbnail
from tlcore.modalities.image.value_range import Range

PAGE = 24
WIDTH = 132


@st.cache_resource(max_entries=2000, show_spinner=False)
def _picture(path: str, modified: float, width: int, values: Range | None) -> tuple[bytes, int]:
    """A thumbnail as large as it is drawn, so that Streamlit passes it on as it is; and how wide that is."""
    content = thumbnail(path, width, values)
    with Image.open(io.BytesIO(content)) as picture:
        return content, max(1, round(width * min(1.0, picture.width / picture.height)))


def show_file(path: Path, name: str, width: int = WIDTH, values: Range | None = None) -> None:
    """One picture from a file, at most `width` pixels wide and high, called `name`; `values` as for `open_rgb`."""
    if path.exists():
        content, drawn = _picture(str(path), path.stat().st_mtime, width, values)
        st.image(content, width=drawn, alt=name)
    else:
        st.caption("The file is gone")


def show_picture(dataset: Dataset, example_id: str, caption: str = "", width: int = WIDTH) -> None:
    """One example's picture, with a caption in Markdown."""
    show_file(dataset.file(example_id), dataset.source_name(example_id), width, dataset.values)
    if caption:
        st.caption(caption)


def show_gallery(
    dataset: Dataset,
    ids: Sequence[str],
    caption: Callable[[str], str],
    *,
    key: str,
    empty: str,
    page: int = PAGE,
    below: Callable[[str], None] | None = None,
) -> None:
    """Pages of pictures.

    Args:
        dataset: where the examples lie.
        ids: examples in the order to show them.
        caption: an example id's caption, in Markdown (names through `words.plain`).
        key: names the paging widget; the same for the same gallery only.
        empty: a sentence for when there are none.
        page: pictures a page.
        below: draws what stands below an example's caption; None: nothing.
    """
    if not len(ids):
        st.caption(empty)
        return
    pages = -(-len(ids) // page)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(count(len(ids), "picture"))
        shown = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    with st.grid(min_column_width=WIDTH, gap="small"):
        for example_id in ids[(shown - 1) * page : shown * page]:
            with st.container(gap="small"):
                show_picture(dataset, example_id, caption(example_id))
                if below:
                    below(example_id)
