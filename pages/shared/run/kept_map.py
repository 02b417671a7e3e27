"""A run's embedding maps: asked of a worker where they are not kept, and read with what was said of each example."""

import functools
from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.shared.jobs.progress import have_done
from pages.shared.run.examples import examples_of, versions_of
from pages.shared.run.finished import predictions_of
from pages.shared.wording.formatting import count
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.maps.embedding_maps import DIMENSIONS, METHODS, WHICH, map_version, read_map
from tlcore.runs import Run


def has_map(run: Run, early: bool, which: str, method: str, dimensions: int = 2, *, height: int) -> bool:
    """Whether the map is kept; else it is asked of a worker, and its progress is shown in the map's place.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
        which: one of `embedding_maps.WHICH`.
        method: one of `embedding_maps.METHODS`.
        dimensions: one of `embedding_maps.DIMENSIONS`.
        height: pixels that the map will have.
    """
    if map_version(run, which, method, dimensions):
        return True
    vectors = count(len(predictions_of(run, early)), "feature vector")
    with st.container(height=height, border=False):
        args = {"run": run.id, "which": which, "method": method, "dimensions": dimensions}
        if have_done("map", args, f"Computing {METHODS[method]} of {vectors} of {WHICH[which]}", is_gone=True):
            st.rerun()
    return False


def points_of(
    run: Run, early: bool, dataset: Dataset | None, which: str, method: str, dimensions: int = 2
) -> pd.DataFrame:
    """The rows of `examples_of` that are on a kept map, and where they lie on it. Shared: not to be changed."""
    versions = versions_of(run, early, dataset), map_version(run, which, method, dimensions)
    read = functools.partial(read_map, run, which, method, dimensions)
    return _points(examples_of(run, early, dataset), read, versions)


@st.cache_resource(max_entries=4, show_spinner=False)
def _points(_examples: pd.DataFrame, _read: Callable[[], pd.DataFrame], versions: tuple) -> pd.DataFrame:
    return _examples.join(_read().set_index("id"), on="id", how="inner")


def choose_method() -> tuple[str, int]:
    """The map's method and its dimensions; both in the URL."""
    method = st.segmented_control(
        "Map", list(METHODS), format_func=METHODS.get, default="pca", required=True,
        wrap=True, key="method", bind="query-params",
        help="PCA preserves large distances and is fast. t-SNE and UMAP keep neighbours together; distances between "
        "their clusters mean little.",
    )  # fmt: skip
    dimensions = st.segmented_control(
        "Dimensions", list(DIMENSIONS), default=2, required=True, wrap=True, key="dimensions", bind="query-params"
    )
    return method, dimensions
