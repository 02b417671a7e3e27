"""A dataset as data: what every other room and page reads of one."""

import bisect
import contextlib
import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.rich_display import RichDisplay
from tlcore.modalities import modality_of

if TYPE_CHECKING:  # else imported by what reads tables: the processes that check files have no use for it
    import pandas as pd

SPLITS = ("train", "val", "test")
IMPORTED = "imported.parquet"  # the examples as they came; there from the first edit on
UNLABELLED = "unlabelled.parquet"  # where files without a label came too
COLUMNS = ("id", "split", "label", "sha256", "source_name", "file", "size")  # of examples of any modality
TRAIN_AND_VAL = SPLITS[:2]  # what a run may see before its last stage is over


@dataclass(frozen=True)
class Problem:
    """Something found wrong while files were read, and what was done about it."""

    kind: str  # "unreadable", "duplicates", "conflicting duplicates", "ignored", "small class", "imbalance", …
    files: tuple[str, ...]
    action: str  # a sentence: what was done, or what to do
    kept: tuple[str, ...] = ()  # of duplicates: the file that is kept instead of each of `files`


@dataclass(frozen=True)
class Dataset(RichDisplay):
    """Labelled examples, checked, split and stored.

    Attributes:
        fingerprint: changes when an example's bytes, label or split do, and with nothing else.
        class_names: in order; a label indexes them.
        splits_given: whether the split came with the files (then it can't be made again).
        licence_note: what the files' licence is, as far as is known.
        folder: where it lies.
        metadata: the columns of `examples` that came with the data and are neither label nor split.
        group_column: the one of them whose examples of one value are never in two splits; "" for none.
        values: (low, high) that pictures of more than 8 bits are scaled by; None where there are none.
        reading: how the source was read, as `importing.Reading.to_dict` has it; empty in older workspaces.
        version: how many edits it has seen, those that were undone and their undoing too; 0 is as imported.
        replay: makes the examples of this version, where those of a later one lie in their place; `store` gives it.
    """

    id: str
    name: str
    modality: str
    class_names: tuple[str, ...]
    fingerprint: str
    created: str
    folder: Path
    owner: str = ""
    description: str = ""
    licence_note: str = ""
    splits_given: bool = False
    seed: int = 0
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    version: int = 0
    metadata: tuple[str, ...] = ()
    group_column: str = ""
    values: tuple[float, float] | None = None
    reading: dict = field(default_factory=dict, repr=False, compare=False)
    replay: Callable[["Dataset"], "pd.DataFrame"] | None = field(default=None, repr=False, compare=False)

    @functools.cached_property
    def examples(self) -> "pd.DataFrame":
        """A row an example, in a fixed order; those that were left out are not among them.

        Columns: `id` (str), `split` ("train", "val" or "test"), `label` (int), `sha256`, `source_name`
        (the path that it came under, shown to people), `file` (its path under the folder), `size` (bytes),
        the facts of its modality (of pictures `width` and `height` in pixels, and in newer workspaces `brightness`,
        `contrast` and `sharpness`), and the columns that `metadata` names.
        """
        try:
            return _read(self._table)
        except _Edited:  # since it was opened
            if self.replay is None:
                raise
            return self.replay(self)

    def examples_in(self, splits: Sequence[str]) -> "pd.DataFrame":
        """The rows of `examples` that are in some splits, in the same order."""
        return self.examples[self.examples["split"].isin(splits)].reset_index(drop=True)

    def without(self, ids: Collection[str]) -> "Dataset":
        """The dataset as if some examples were not in it; what lies on disk stays as it is."""
        if not len(ids):
            return self
        fewer = replace(self)
        examples = self.examples
        vars(fewer)["examples"] = examples[~examples["id"].isin(set(ids))].reset_index(drop=True)
        return fewer

    def columns(self, *names: str, left_out: bool = False) -> "pd.DataFrame":
        """Some columns of `examples`, which alone are read; the last that any dataset was asked for stay at hand.

        Args:
            names: which.
            left_out: whether those left out since are among them: all examples, with the labels and splits that they
                were imported with.
        """
        import pandas as pd

        if "examples" not in vars(self) or left_out:
            table = self._imported if left_out else self._table
            with contextlib.suppress(_Edited):
                return pd.DataFrame({name: _column(table, name) for name in names}, copy=False)
        return self.examples[list(names)]

    @property
    def splits(self) -> dict[str, int]:
        """How many examples each split has."""
        if "examples" not in vars(self):
            with contextlib.suppress(_Edited):
                return dict(_count_splits(self._table))
        return dict(_counted(self.examples["split"]))

    @property
    def untrained_classes(self) -> tuple[str, ...]:
        """The classes that no train example is of, so that nothing can be learnt of them."""
        table = self.columns("label", "split")
        trained = set(table["label"][table["split"] == "train"].tolist())
        return tuple(name for label, name in enumerate(self.class_names) if label not in trained)

    def file(self, example_id: str) -> Path:
        """Where the bytes of one example, one that was left out, or one without a label lie."""
        return self.folder / self._value(example_id, "file")

    def preview(self, example_id: str, size: int) -> bytes:
        """A small copy of one example for galleries, as `Modality.preview` gives it.

        Raises:
            UserError: its file is gone or damaged.
        """
        file = self.file(example_id)
        if not file.exists():
            raise UserError("The file is gone", self.source_name(example_id), "Import the dataset again")
        return modality_of(self.modality).preview(file, size, self.values)

    def source_name(self, example_id: str) -> str:
        """The path that it came under, as people know it."""
        return self._value(example_id, "source_name")

    def source_names(self, example_ids: Sequence[str]) -> list[str]:
        """The same for many examples at once."""
        import pandas as pd

        tables = (self.columns("id", "source_name", left_out=True), self.unlabelled[["id", "source_name"]])
        return pd.concat(tables).set_index("id")["source_name"].loc[list(example_ids)].tolist()

    def _value(self, example_id: str, column: str) -> str:
        try:
            return _column(self._imported, column).array[_row(self._imported, example_id)]
        except KeyError:
            table = _Table(str(self.folder / UNLABELLED))
            if not Path(table.path).exists():
                raise
            return _column(table, column).array[_row(table, example_id)]

    @functools.cached_property
    def unlabelled(self) -> "pd.DataFrame":
        """A row a file that came without a label: the columns of `examples` but `split` and `label`."""
        import pandas as pd

        path = self.folder / UNLABELLED
        if path.exists():
            return pd.read_parquet(path)
        return pd.DataFrame({name: [] for name in COLUMNS if name not in ("split", "label")})

    @property
    def imported(self) -> "pd.DataFrame":
        """The examples as they were imported, before any edit, as `examples` has them."""
        return _read(self._imported)

    @property
    def _table(self) -> "_Table":
        return _Table(str(self.folder / "examples.parquet"), self.fingerprint)

    @property
    def _imported(self) -> "_Table":
        path = self.folder / IMPORTED
        return _Table(str(path)) if path.exists() else self._table


class _Table(NamedTuple):
    """A table of examples: that of one fingerprint, or whatever lies there."""

    path: str
    fingerprint: str = ""


class _Edited(UserError):
    """The table of a later version lies where a dataset's was."""


def _read(table: _Table, columns: list[str] | None = None) -> "pd.DataFrame":
    import pandas as pd

    found = pd.read_parquet(table.path, columns=columns)
    if table.fingerprint and found.attrs.get("fingerprint", table.fingerprint) != table.fingerprint:
        raise _Edited("The dataset has been edited since it was opened", Path(table.path).parent.name, "Open it again")
    return found


@functools.lru_cache(maxsize=24)
def _column(table: _Table, name: str) -> "pd.Series":
    return _read(table, [name])[name]


@functools.lru_cache(maxsize=1024)
def _count_splits(table: _Table) -> tuple[tuple[str, int], ...]:
    return _counted(_read(table, ["split"])["split"])


def _counted(splits: "pd.Series") -> tuple[tuple[str, int], ...]:
    counts = splits.value_counts()
    return tuple((split, int(counts.get(split, 0))) for split in SPLITS)


def _row(table: _Table, example_id: str) -> int:
    order, ids = _sorted_ids(table)
    place = bisect.bisect_left(ids, example_id.encode())
    if place == len(ids) or ids[place] != example_id.encode():
        raise KeyError(example_id)
    return int(order[place])


@functools.lru_cache(maxsize=4)
def _sorted_ids(table: _Table) -> tuple[np.ndarray, np.ndarray]:
    """The order (n,) that sorts the ids, and they so sorted: a search in them needs no dictionary of all."""
    ids = _column(table, "id").to_numpy("S")
    order = np.argsort(ids, kind="stable").astype(np.int32)
    return order, ids[order]
