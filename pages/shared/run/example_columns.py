"""Metadata and properties of a run's examples, and the slices that they make; read once."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.shared.run.examples import versions_of
from pages.shared.run.finished import predictions_of
from pages.shared.wording.formatting import shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import Column, columns_of, read_columns
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.metrics_by_slice import SliceMeasures, compare_with_rest
from tlcore.evaluation.slices.slices import Slice, cut
from tlcore.runs import Run


def described_columns(dataset: Dataset | None) -> dict[str, Column]:
    """The columns of a dataset by name; none where it was deleted."""
    return {} if dataset is None else {column.name: column for column in columns_of(dataset)}


def column_title(column: Column) -> str:
    """What a column is called, with its unit."""
    return shorten(column.title, 40) + (f" ({column.unit})" if column.unit else "")


def columns_of_run(run: Run, early: bool, dataset: Dataset | None) -> pd.DataFrame:
    """Metadata and properties, a row an example as `predictions_of` has them. Shared: not to be changed.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
        dataset: the run's; None where it was deleted: then there is no column.
    """
    return _columns(predictions_of(run, early).ids, dataset, versions_of(run, early, dataset))


@st.cache_resource(max_entries=4, show_spinner=False)
def _columns(_ids: np.ndarray, _dataset: Dataset | None, versions: tuple) -> pd.DataFrame:
    return pd.DataFrame(index=range(len(_ids))) if _dataset is None else read_columns(_dataset, _ids)


def slices_of_split(run: Run, early: bool, dataset: Dataset | None, split: str) -> list[SliceMeasures]:
    """All slices of the examples of one split with every measure, beside the rest. Shared: not to be changed."""
    slices = [each for cut in slices_of_run(run, early, dataset).values() for each in cut]
    return _compared(slices, predictions_of(run, early), split, versions_of(run, early, dataset))


@st.cache_resource(max_entries=4, show_spinner="Measuring each slice …")
def _compared(_slices: list[Slice], _said: Top1Predictions, split: str, versions: tuple) -> list[SliceMeasures]:
    rows = _said.splits == split
    return compare_with_rest(_said.take(rows), [each.of(rows) for each in _slices])


def slices_of_run(run: Run, early: bool, dataset: Dataset | None) -> dict[str, list[Slice]]:
    """The slices of all of a run's examples by column, of columns that have some. Shared: not to be changed."""
    return _slices(columns_of_run(run, early, dataset), versions_of(run, early, dataset))


@st.cache_resource(max_entries=4, show_spinner="Dividing the examples into slices …")
def _slices(_columns: pd.DataFrame, versions: tuple) -> dict[str, list[Slice]]:
    found = {name: cut(_columns[name]) for name in _columns}
    return {name: slices for name, slices in found.items() if slices}
