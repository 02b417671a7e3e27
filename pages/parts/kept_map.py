"""A run's embedding maps: asked of a worker where they are not kept, and read with what was said of each example."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.parts.finished import predictions_of
from pages.parts.waiting import have_made
from pages.parts.words import count
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.maps import METHODS, WHICH, map_path, read_map
from tlcore.evaluation.of_run import predictions_file
from tlcore.evaluation.predictions import Answers
from tlcore.runs import Run


def has_map(run: Run, early: bool, which: str, method: str, dimensions: int = 2, *, height: int) -> bool:
    """Whether the map is kept; else it is asked of a worker, and its progress is shown in the map's place.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
        which: one of `maps.WHICH`.
        method: one of `maps.METHODS`.
        dimensions: one of `maps.DIMENSIONS`.
        height: pixels that the map will have.
    """
    if map_path(run, which, method, dimensions).exists():
        return True
    vectors = count(len(predictions_of(run, early)), "feature vector")
    with st.container(height=height, border=False):
        args = {"run": run.id, "which": which, "method": method, "dimensions": dimensions}
        have_made("map", args, f"{METHODS[method]} of {vectors} of {WHICH[which]}")
    return False


def points_of(
    run: Run, early: bool, dataset: Dataset | None, which: str, method: str, dimensions: int = 2
) -> pd.DataFrame:
    """A row an example: where it lies, and what was true and said of it. Shared by all who look: not to be changed."""
    files = [map_path(run, which, method, dimensions), predictions_file(run, early=early)]
    files += [dataset.folder / "examples.parquet"] if dataset else []
    versions = tuple((str(file), file.stat().st_mtime_ns) for file in files)
    return _points(predictions_of(run, early), dataset, lambda: read_map(run, which, method, dimensions), versions)


@st.cache_resource(max_entries=4, show_spinner=False)
def _points(_predictions: Answers, _dataset: Dataset | None, _read: Callable, versions: tuple) -> pd.DataFrame:
    said = _predictions
    table = pd.DataFrame(
        {
            "id": said.ids,
            "split": said.splits,
            "label": said.labels,
            "predicted": said.predicted,
            "confidence": said.confidence,
        }
    )
    if _dataset:
        names = _dataset.columns("id", "source_name", left_out=True).rename(columns={"source_name": "name"})
        table = table.merge(names, on="id", how="left")
    else:
        table["name"] = table["id"]
    return table.merge(_read(), on="id")
