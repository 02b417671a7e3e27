"""What is known of examples beside label and split: the metadata that came with them, and what was measured of each."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcore.datasets.dataset import COLUMNS, Dataset
from tlcore.modalities import Fact, modality_of

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("category", "number", "date")
_SIZE = Fact("size", "File size", "bytes")  # of every example's file


class Column(NamedTuple):
    """A column of examples that they can be filtered and sliced by.

    Attributes:
        name: of the column of `Dataset.examples`.
        title: what people call it.
        kind: one of `KINDS`.
        is_metadata: whether it came with the data; else it is a property that was measured.
        unit: of a property; "" where there is none.
    """

    name: str
    title: str
    kind: str
    is_metadata: bool
    unit: str = ""


def columns_of(dataset: Dataset) -> tuple[Column, ...]:
    """The columns that a dataset has: metadata in its own order, then properties."""
    values = _values(dataset)
    facts = {fact.name: fact for fact in _facts(dataset)}
    metadata = [Column(name, name, kind_of(values[name]), True) for name in dataset.metadata if name in values]
    names = [name for name in facts if name in values]
    names += [name for name in values if name not in facts]
    properties = []
    for name in names:
        _, title, unit = facts.get(name, Fact(name, name.replace("_", " ").capitalize(), ""))
        if name not in dataset.metadata:
            properties.append(Column(name, title, kind_of(values[name]), False, unit))
    return (*metadata, *properties)


def _facts(dataset: Dataset) -> tuple[Fact, ...]:
    """What is measured of its examples, in the order that people see."""
    return (*modality_of(dataset.modality).facts, _SIZE)


def read_columns(dataset: Dataset, ids: Sequence[str]) -> "pd.DataFrame":
    """All of `columns_of`, a row for each of some examples, in their order.

    Args:
        dataset: whose.
        ids: of examples, those that were left out since too; one that is not there has no values.
    """
    import pandas as pd

    rows = pd.Index(dataset.columns("id", left_out=True)["id"]).get_indexer(ids)
    return _values(dataset).reindex(rows).reset_index(drop=True)


def _values(dataset: Dataset) -> "pd.DataFrame":
    """Metadata and properties of all examples, those that were left out since too; not to be changed."""
    return _read(dataset.folder, dataset.metadata)


@functools.lru_cache(maxsize=4)
def _read(folder: Path, metadata: tuple[str, ...]) -> "pd.DataFrame":
    from tlcore.datasets.store import open_dataset

    table = open_dataset(folder.name).imported  # what came with examples is never edited
    return table[[name for name in table if name in metadata or name not in COLUMNS or name == "size"]]


def kind_of(values: "pd.Series") -> str:
    """The kind of a column that was read."""
    from pandas.api import types

    if types.is_bool_dtype(values):
        return "category"
    if types.is_numeric_dtype(values):
        return "number"
    return "date" if types.is_datetime64_any_dtype(values) else "category"


def is_missing(values: "pd.Series") -> np.ndarray:
    """(n,) bool: which examples have no value; an infinite number is none, nor is a text without a letter."""
    import pandas as pd

    missing = values.isna().to_numpy(bool)
    if kind_of(values) == "number":
        return missing | ~np.isfinite(values.to_numpy(float, na_value=np.nan))
    if kind_of(values) == "date":
        return missing
    codes, different = pd.factorize(values)
    return missing | np.array([*(not str(each).strip() for each in different), True])[codes]


def texts_of(values: "pd.Series") -> "pd.Series":
    """Values as people read them; "" where there is none."""
    import pandas as pd

    kind = kind_of(values)
    if kind == "number":
        words = [f"{value:.10g}" if np.isfinite(value) else "" for value in values.to_numpy(float, na_value=np.nan)]
    elif kind == "date":
        words = [date_text(value) for value in values]
    else:
        codes, different = pd.factorize(values)  # of many examples few are unlike
        texts = np.array([*map(str, different), ""], dtype=object)  # what is missing has the code -1
        words = texts[codes]
    return pd.Series(words, values.index, dtype=str)


def date_text(value: "pd.Timestamp") -> str:
    """A time in ISO's words, its day alone at midnight; "" for none."""
    if value != value:
        return ""
    return value.date().isoformat() if value == value.normalize() else value.isoformat(sep=" ", timespec="seconds")
