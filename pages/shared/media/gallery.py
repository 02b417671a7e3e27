"""Examples in a grid, with paging."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.media.items import WIDTH, show_item
from pages.shared.wording.nouns import count_items
from tlcore.datasets.dataset import Dataset

PAGE = 24


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
    """Pages of examples.

    Args:
        dataset: where the examples lie.
        ids: examples in the order to show them.
        caption: an example id's caption, in Markdown (names through `formatting.escape`).
        key: names the paging widget; the same for the same gallery only.
        empty: a sentence for when there are none.
        page: examples a page.
        below: draws what stands below an example's caption; None: nothing.
    """
    if not len(ids):
        st.caption(empty)
        return
    pages = -(-len(ids) // page)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(count_items(len(ids), dataset.modality))
        shown = st.pagination(pages, key=f"{key}-page") if pages > 1 else 1
    with st.grid(min_column_width=WIDTH, gap="small"):
        for example_id in ids[(shown - 1) * page : shown * page]:
            with st.container(gap="small"):
                show_item(dataset, example_id, caption(example_id))
                if below:
                    below(example_id)
