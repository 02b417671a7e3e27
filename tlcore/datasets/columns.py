"""What is known of examples beside label and split: the metadata that came with them, and what was measured of each."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcore.datasets.dataset import COLUMNS, Dataset

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("category", "number", "date")
_NAMES = re.compile(r"(?i:(^|[^a-z])id)$|[a-z]I[Dd]$")  # columns whose values name something, though they be digits
_NUMBER = r"[+-]?(0|[1-9][0-9]*|[0-9]*\.[0-9]+|(0|[1-9][0-9]*)\.)([eE][+-]?[0-9]{1,3})?"  # 007 is none, but a code
_TIME = r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_DATES = (
    (rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}", ("ISO8601",)),
    (r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", ("%Y/%m/%d",)),
    (r"[0-9]{4}:[0-9]{2}:[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", ("%Y:%m:%d %H:%M:%S",)),
    (r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", ("%d.%m.%Y",)),
    (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", ("%d/%m/%Y", "%m/%d/%Y")),
)
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
    values = _typed(dataset)
    metadata = [Column(name, name, kind_of(values[name]), True) for name in dataset.metadata if name in values]
    names = [name for name in _PROPERTIES if name in values]
    names += [name for name in values if name not in _PROPERTIES]
    properties = []
    for name in names:
        title, unit = _PROPERTIES.get(name, (name.replace("_", " ").capitalize(), ""))
        if name not in dataset.metadata:
            properties.append(Column(name, title, kind_of(values[name]), False, unit))
    return (*metadata, *properties)


def read_columns(dataset: Dataset, ids: Sequence[str]) -> "pd.DataFrame":
    """All of `columns_of`, a row for each of some examples, in their order.

    Args:
        dataset: whose.
        ids: of examples, those that were left out since too; one that is not there has no values.
    """
    import pandas as pd

    rows = pd.Index(dataset.columns("id", left_out=True)["id"]).get_indexer(ids)
    return _typed(dataset).reindex(rows).reset_index(drop=True)


def _typed(dataset: Dataset) -> "pd.DataFrame":
    """Metadata and properties of all examples, those that were left out since too; not to be changed."""
    return _typed_table(dataset.folder, dataset.metadata, dataset.group_column)


@functools.lru_cache(maxsize=4)
def _typed_table(folder: Path, metadata: tuple[str, ...], group: str) -> "pd.DataFrame":
    import pandas as pd

    from tlcore.datasets.store import open_dataset

    table = open_dataset(folder.name).imported  # what came with examples is never edited
    names = [name for name in table if name in metadata or name not in COLUMNS or name == "size"]
    return pd.DataFrame({name: typed(table[name], is_name=name == group) for name in names}, index=range(len(table)))


def typed(values: "pd.Series", *, is_name: bool = False) -> "pd.Series":
    """A column with the type that all of its values have: numbers, dates of one format, else as they are.

    Args:
        values: as a table had them; texts, or typed already.
        is_name: whether they only name something, as a patient's number does; so does a column called id.

    Returns:
        Numbers as float, or int where they were; dates as `datetime64` without a time zone; all else as it was.
    """
    import pandas as pd
    from pandas.api import types

    if types.is_datetime64_any_dtype(values):
        return pd.to_datetime(values, utc=True).dt.tz_localize(None)
    if types.is_numeric_dtype(values):
        return values.map(str, na_action="ignore") if is_name else values
    texts = values.dropna().map(str).str.strip()
    texts = texts[texts != ""]
    if is_name or not len(texts) or _NAMES.search(str(values.name)):
        return values
    if _all(texts, _NUMBER):
        return texts.astype(float).reindex(values.index)
    for pattern, formats in _DATES:
        if _all(texts, pattern):
            read = [pd.to_datetime(texts, format=each, errors="coerce", utc=True) for each in formats]
            read = [dates for dates in read if dates.notna().all()]
            if len(read) == 1:  # else it is open what is the day and what the month
                return read[0].dt.tz_localize(None).reindex(values.index)
    return values


def _all(texts: "pd.Series", pattern: str) -> bool:
    return bool(texts.head(100).str.fullmatch(pattern).all() and texts.str.fullmatch(pattern).all())


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
