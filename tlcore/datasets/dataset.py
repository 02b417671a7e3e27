"""A dataset as data: what every other room and page reads of one."""

import bisect
import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:  # else imported by what reads tables: the processes that check files have no use for it
    import pandas as pd

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Problem:
    """Something found wrong while files were read, and what was done about it."""

    kind: str  # "unreadable", "duplicates", "conflicting duplicates", "ignored", "small class", "imbalance", …
    files: tuple[str, ...]
    action: str  # a sentence: what was done, or what to do


@dataclass(frozen=True)
class Dataset:
    """Labelled examples, checked, split and stored.

    Attributes:
        fingerprint: changes when an example's bytes, label or split do, and with nothing else.
        class_names: in order; a label indexes them.
        splits_given: whether the split came with the files (then it can't be made again).
        licence_note: what the files' licence is, as far as is known.
        folder: where it lies.
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

    @functools.cached_property
    def examples(self) -> "pd.DataFrame":
        """A row an example, in a fixed order.

        Columns: `id` (str), `split` ("train", "val" or "test"), `label` (int), `sha256`, `source_name`
        (the path that it came under, shown to people), `file` (its path under the folder), `size` (bytes),
        `width`, `height` (pixels).
        """
        import pandas as pd

        return pd.read_parquet(self._table.path)

    def columns(self, *names: str) -> "pd.DataFrame":
        """Some columns of `examples`, which alone are read; the last that any dataset was asked for stay at hand."""
        import pandas as pd

        return pd.DataFrame({name: _column(self._table, name) for name in names}, copy=False)

    @property
    def splits(self) -> dict[str, int]:
        """How many examples each split has."""
        return dict(_count_splits(self._table))

    def _repr_html_(self) -> str:
        from tlcore.datasets.card import dataset_html

        return dataset_html(self)

    def file(self, example_id: str) -> Path:
        """Where one example's bytes lie."""
        return self.folder / _column(self._table, "file").array[_row(self._table, example_id)]

    def source_name(self, example_id: str) -> str:
        """The path that one example came under, as people know it."""
        return _column(self._table, "source_name").array[_row(self._table, example_id)]

    @functools.cached_property
    def _table(self) -> "_Table":
        path = self.folder / "examples.parquet"
        return _Table(str(path), path.stat().st_mtime_ns)


class _Table(NamedTuple):
    """A table of examples as it is at one time: another split is another one."""

    path: str
    modified: int


@functools.lru_cache(maxsize=24)
def _column(table: _Table, name: str) -> "pd.Series":
    import pandas as pd

    return pd.read_parquet(table.path, columns=[name])[name]


@functools.lru_cache(maxsize=1024)
def _count_splits(table: _Table) -> tuple[tuple[str, int], ...]:
    import pandas as pd

    counts = pd.read_parquet(table.path, columns=["split"])["split"].value_counts()
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
