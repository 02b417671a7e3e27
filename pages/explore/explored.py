"""What the linked views show: a run's examples, and which of them the selection picks."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from pages.shared.run.example_columns import columns_of_run, described_columns, slices_of_run
from pages.shared.run.example_selection import open_sets
from pages.shared.run.examples import examples_of
from pages.shared.run.finished import dataset_of, predictions_of
from pages.shared.wording.formatting import show_error
from tlcore.base.errors import UserError
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.datasets.editing import edits
from tlcore.datasets.metadata import Column
from tlcore.datasets.selections import KeptSet
from tlcore.evaluation.example_filter import SCOPE, Condition, Selection, column_of, selected_rows
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.slices.slices import Slice
from tlcore.runs import Run


@dataclass(frozen=True)
class Explored:
    """A run's examples under a selection.

    Attributes:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
        dataset: the run's; None where it was deleted.
        selection: what is selected; without a word on splits, test stays hidden.
        sets: the ids that the selection speaks of.
        examples: of `examples_of`.
        tags: a row for each tag of an example.
        columns: metadata and properties of the examples, in their order.
        described: what these columns are, by name.
    """

    run: Run
    early: bool
    dataset: Dataset | None
    selection: Selection
    sets: dict[Condition, KeptSet]
    examples: pd.DataFrame
    tags: pd.DataFrame
    columns: pd.DataFrame
    described: dict[str, Column]

    @property
    def folder(self) -> Path:
        """Where sets of ids are kept: beside the dataset, or the run where that is gone."""
        return (self.dataset or self.run).folder

    @property
    def predictions(self) -> Top1Predictions:
        return predictions_of(self.run, self.early)

    @property
    def splits(self) -> tuple[str, ...]:
        """Those that have examples here."""
        there = set(self.examples["split"].unique())
        return tuple(split for split in SPLITS if split in there)

    @property
    def shown_splits(self) -> tuple[str, ...]:
        """Those that are shown: without a word on them all but test, which is read when asked for."""
        asked = tuple(split for split in self.splits if split in self.selection.values("split"))
        return asked or tuple(split for split in self.splits if split != "test")

    @cached_property
    def by_field(self) -> dict[str, np.ndarray]:
        """(n,) bool for each field that has a condition, and for splits always: the examples that fit it alone."""
        asked = self.selection.having("split", *self.shown_splits)
        ids = {condition: kept.ids for condition, kept in self.sets.items()}
        return {
            field: selected_rows(self.examples, asked.about(field), ids, self.tags, self.columns)
            for field in asked.fields
        }

    @property
    def slices(self) -> dict[str, list[Slice]]:
        """Of all examples by column, of the columns that have some."""
        return slices_of_run(self.run, self.early, self.dataset)

    @property
    def metadata(self) -> list[Column]:
        """The columns that came with the data."""
        return [column for column in self.described.values() if column.is_metadata]

    def fitting(self, *, but: Collection[str] = ()) -> np.ndarray:
        """(n,) bool: the examples that fit all conditions, but those of some fields."""
        return np.logical_and.reduce([rows for field, rows in self.by_field.items() if field not in but])

    @cached_property
    def within(self) -> np.ndarray:
        """(n,) bool: the examples that are shown at all."""
        return self.fitting(but=[field for field in self.by_field if field not in SCOPE])

    @cached_property
    def rows(self) -> np.ndarray:
        """(n,) bool: the examples that are selected."""
        return self.fitting()

    @cached_property
    def everything(self) -> bool:
        """Whether all that is shown is selected."""
        return bool(self.rows.sum() == self.within.sum())

    @cached_property
    def selected(self) -> np.ndarray:
        """The numbers of the rows that are selected, in the order to show them."""
        return self.order(self.rows)

    @property
    def selected_ids(self) -> ExtensionArray:
        """Of the examples that are selected, in that order."""
        return self.ids(self.selected)

    def order(self, rows: np.ndarray) -> np.ndarray:
        """Some rows, (n,) bool, as numbers in the order to show them: nearest first, or the highest loss first."""
        numbers = np.flatnonzero(rows)
        by = -self.examples["loss"].to_numpy()[numbers] if self.distances is None else self.distances[numbers]
        return numbers[np.argsort(by, kind="stable")]

    @cached_property
    def distances(self) -> np.ndarray | None:
        """(n,) float: how far each example is from those that others were found to be like, NaN for all others."""
        for (field, _), kept in self.sets.items():
            if field == "like":
                distances = dict(zip(kept.ids, kept.distances, strict=True))
                return self.examples["id"].map(distances).to_numpy(float)
        return None

    def ids(self, rows: np.ndarray) -> ExtensionArray:
        """Of some rows, by their numbers or (n,) bool."""
        return self.examples["id"].array[rows]


def explore(run: Run, early: bool, selection: Selection) -> Explored:
    """A run's examples under a selection, read once."""
    dataset = dataset_of(run)
    selection, sets = open_sets((dataset or run).folder, selection)
    tags = edits.tags_of(dataset) if dataset else pd.DataFrame({"id": [], "tag": []}, dtype=str)
    described = described_columns(dataset)
    selection = _of_known_columns(selection, described)
    examples, columns = examples_of(run, early, dataset), columns_of_run(run, early, dataset)
    return Explored(run, early, dataset, selection, sets, examples, tags, columns, described)


def _of_known_columns(selection: Selection, described: Collection[str]) -> Selection:
    """The same without what it asks of columns that are not there, of which the page says so."""
    gone = [field for field in selection.fields if column_of(field) not in (None, *described)]
    for field in gone:
        show_error(
            UserError(
                "This selection uses a column that does not exist",
                f"There is no column “{column_of(field)[:80]}”",
                "Choose another column",
            )
        )
    return selection.lacking(*gone)
