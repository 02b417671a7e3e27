"""What is known of examples beside label and split: the metadata that came with them, and what was measured of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcore.datasets.dataset import COLUMNS, Dataset

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("category", "number", "date")
_PROPERTIES = {  # title, and what it is measured in
    "width": ("Width", "pixels"),
    "height": ("Height", "pixels"),
    "size": ("File size", "bytes"),
    "brightness": ("Brightness", "0 to 1"),
    "contrast": ("Contrast", "0 to 1"),
    "sharpness": ("Sharpness", "0 to 1"),
}


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
    types = dataset.column_types
    metadata = [Column(name, name, _kind(types[name]), True) for name in dataset.metadata if name in types]
    names = [name for name in _PROPERTIES if name in types]
    names += [name for name in types if name not in (*_PROPERTIES, *COLUMNS)]
    properties = []
    for name in names:
        title, unit = _PROPERTIES.get(name, (name.replace("_", " ").capitalize(), ""))
        if name not in dataset.metadata:
            properties.append(Column(name, title, _kind(types[name]), False, unit))
    return (*metadata, *properties)


def _kind(type) -> str:
    """The kind of a column, by its type on disk."""
    from pyarrow import types

    if types.is_integer(type) or types.is_floating(type) or types.is_decimal(type):
        return "number"
    return "date" if types.is_date(type) or types.is_timestamp(type) else "category"


def read_columns(dataset: Dataset, ids: Sequence[str]) -> "pd.DataFrame":
    """All of `columns_of`, a row for each of some examples, in their order.

    Numbers are float or int, dates are `datetime64` without a time zone, categories whatever they were stored as.

    Args:
        dataset: whose.
        ids: of examples, those that were left out since too; one that is not there has no values.
    """
    import pandas as pd

    columns, table = columns_of(dataset), dataset.imported
    found = {}
    for column in columns:
        values = table[column.name]
        if column.kind == "date":
            values = pd.to_datetime(values, utc=True, errors="coerce").dt.tz_localize(None)
        elif column.kind == "number" and values.dtype == object:
            values = pd.to_numeric(values, errors="coerce")
        found[column.name] = values
    rows = pd.Index(table["id"]).get_indexer(ids)
    whole = pd.DataFrame(found, index=range(len(table)), copy=False)
    return whole.reindex(rows).reset_index(drop=True)


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
    missing = values.isna().to_numpy(bool)
    if kind_of(values) == "number":
        return missing | ~np.isfinite(values.to_numpy(float, na_value=np.nan))
    return missing if kind_of(values) == "date" else missing | (texts_of(values).str.strip() == "").to_numpy(bool)


def texts_of(values: "pd.Series") -> "pd.Series":
    """Values as people read them; "" where there is none."""
    kind = kind_of(values)
    if kind == "number":
        words = [f"{value:.10g}" if np.isfinite(value) else "" for value in values.to_numpy(float, na_value=np.nan)]
    elif kind == "date":
        words = [date_text(value) for value in values]
    else:
        words = ["" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    return values.__class__(words, values.index, dtype=str)


def date_text(value: "pd.Timestamp") -> str:
    """A time in ISO's words, its day alone at midnight; "" for none."""
    if value != value:
        return ""
    return value.date().isoformat() if value == value.normalize() else value.isoformat(sep=" ", timespec="seconds")
