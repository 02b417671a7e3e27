"""What a log of edits makes of the examples as they were imported."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.filenames import in_natural_order
from tlcore.datasets.splits import group_values, stratified
from tlcore.datasets.versions.edit_log import Edit, marked, read_log

if TYPE_CHECKING:
    import pandas as pd


class Replay:
    """All imported examples, those left out too, as they are after some edits.

    A class stays known when its last example has another label or is left out: it is no class of the dataset then, and
    is one again as soon as it has an example.

    Args:
        table: the examples as they were imported.
        first: the import.
    """

    def __init__(self, table: "pd.DataFrame", first: Edit):
        import pandas as pd

        self.seed, self.fractions, self.group = first.seed, first.fractions, first.to
        self._table = table
        self._rows = pd.Index(table["id"])
        self._labels = table["label"].to_numpy(int, copy=True)
        self._splits = table["split"].to_numpy(object, copy=True)
        self._here = np.ones(len(table), bool)
        self._names: list[str | None] = list(first.names)  # None: one that is no class any more, by whatever name
        self._corrected_to: set[str] = set()

    def rows(self, ids: Sequence[str]) -> np.ndarray:
        """(n,) int: where some examples stand; −1 for what is none."""
        return self._rows.get_indexer(list(ids))

    def is_here(self, rows: np.ndarray) -> np.ndarray:
        """(n,) bool: which are not left out."""
        return self._here[rows]

    def names_of(self, rows: np.ndarray) -> np.ndarray:
        """(n,) object: the class that each is of."""
        return np.array(self._names, object)[self._labels[rows]]

    def comes_of_corrections(self, name: str) -> bool:
        """Whether a class is none that was imported, renamed or merged, but is made by the labels that name it."""
        return name not in self._names or name in self._corrected_to

    def apply(self, edit: Edit) -> None:
        """Changes the examples as one edit says; tags change none.

        Raises:
            UserError: it names a class that is not there, or gives a class the name of another.
        """
        match edit.kind:
            case "label":
                if edit.to not in self._names:
                    if not edit.is_new:
                        raise _no_class(edit.to)
                    self._names.append(edit.to)
                    self._corrected_to.add(edit.to)
                self._labels[self.rows(edit.ids)] = self._names.index(edit.to)
            case "leave out":
                self._here[self.rows(edit.ids)] = False
            case "rename":
                self._rename(self._class(edit.names[0]), edit.to)
            case "merge":
                self._merge([self._class(name) for name in edit.names], edit.to)
            case "split":
                self.seed, self.fractions = edit.seed, edit.fractions
                self._split()
            case "group":
                self.group = edit.to
                self._split()

    def result(self) -> tuple["pd.DataFrame", tuple[str, ...]]:
        """The examples that are here, as `Dataset.examples` has them, and the names of their classes."""
        here = np.flatnonzero(self._here)
        labels = self._labels[here]
        present = np.unique(labels)
        class_names = in_natural_order(self._names[label] for label in present.tolist())
        place = np.full(len(self._names), -1)
        place[present] = [class_names.index(self._names[label]) for label in present.tolist()]
        table = self._table.iloc[here].reset_index(drop=True)
        table["label"] = place[labels]
        table["split"] = self._splits[here]
        return table, class_names

    def _split(self) -> None:
        here = np.flatnonzero(self._here)
        keys = self._table["sha256"].to_numpy(object)[here].tolist()
        groups = group_values(self._table[self.group].iloc[here]) if self.group else None
        self._splits[here] = stratified(keys, self.names_of(here).tolist(), self.fractions, self.seed, groups)

    def _class(self, name: str) -> int:
        if name not in self._names:
            raise _no_class(name)
        return self._names.index(name)

    def _rename(self, label: int, name: str) -> None:
        if name in self._names:
            other = self._names.index(name)
            if np.any(self._labels[self._here] == other):
                raise UserError("There is already a class of this name", f"“{name}”", "Merge the two classes instead")
            self._names[other] = None
        self._names[label] = name

    def _merge(self, labels: list[int], name: str) -> None:
        into = self._names.index(name) if name in self._names else labels[0]
        self._labels[np.isin(self._labels, labels)] = into
        for label in labels:
            self._names[label] = None
        self._names[into] = name


def replay(table: "pd.DataFrame", log: Sequence[Edit]) -> Replay:
    """The examples after all edits that are not undone.

    Args:
        table: as they were imported.
        log: as `read_log` gives it, the import first.

    Raises:
        UserError: an edit makes no sense without one that is undone; it is named.
    """
    examples = Replay(table, log[0])
    for edit in log[1:]:
        if not edit.undone:
            try:
                examples.apply(edit)
            except UserError as error:
                why = f"{error.title[0].lower()}{error.title[1:]} ({error.detail})"
                raise UserError(
                    f"Edit {edit.id} was made later and depends on this edit",
                    f"{edit.words}. Without the earlier edit: {why}",
                    f"Undo edit {edit.id} first",
                ) from None
    return examples


def open_version(dataset: Dataset, version: int) -> Dataset:
    """A dataset as it was after so many edits; 0 as it was imported.

    Raises:
        UserError: there was no such version.
    """
    if version == dataset.version:
        return dataset
    if not 0 <= version <= dataset.version:
        raise UserError(
            "There is no such version of the dataset",
            f"“{dataset.name}” has no version {version}; its latest is {dataset.version}",
            "Choose a version from its history",
        )
    log = marked(read_log(dataset)[: version + 1])
    examples = replay(dataset.imported, log)
    table, class_names = examples.result()
    then = dataclasses.replace(
        dataset, class_names=class_names, fingerprint=log[-1].fingerprint, version=version,
        seed=examples.seed, fractions=examples.fractions, group_column=examples.group,
    )  # fmt: skip
    vars(then)["examples"] = table  # else they would be made once more
    return then


def examples_of(dataset: Dataset) -> "pd.DataFrame":
    """The examples of a dataset at its version, made of its log where later edits have replaced them."""
    return replay(dataset.imported, read_log(dataset)).result()[0]


def _no_class(name: str) -> UserError:
    return UserError("There is no such class", f"No class is called “{name}”", "Choose one of the dataset's classes")
