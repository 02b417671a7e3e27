"""Which examples a selection picks: a flat list of conditions that all must hold, as plain data."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import SPLITS
from tlcore.datasets.metadata import is_missing, kind_of, texts_of

SETS = ("drawn", "ticked", "like", "kept", "only", "without")  # fields whose value names a set of ids
SCOPE = ("split", "only", "without")  # fields that put the other examples away, instead of letting them stand back
_ALL = ("only", "without")  # of whose values all must hold
_CLASS = r"0|[1-9][0-9]{0,5}"
_SHARE = r"0(\.[0-9]+)?|1(\.0+)?"
_VALUES = {
    "split": "|".join(SPLITS),
    "label": _CLASS,
    "predicted": _CLASS,
    "right": "yes|no",
    "confidence": rf"({_SHARE})-({_SHARE})",
    "tag": ".+",
    "name": ".+",
    **dict.fromkeys(SETS, ".+"),
}
_COLUMN = "column."  # before the name of a column; with it, that is a field of its own
_NUMBER = r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)?"
_RANGE = re.compile(rf"(?P<low>{_NUMBER}|{_DATE})?\.\.(?P<open><?)(?P<high>{_NUMBER}|{_DATE})?")

Condition = tuple[str, str]


@dataclass(frozen=True)
class Selection:
    """Conditions, each a field and a value; without any, every example is selected.

    Fields: `split`; `label` and `predicted` (a class by its number); `right` ("yes" or "no"); `confidence` ("0.2-0.8",
    ends included); `tag`; `name` (a part of it, in any case); `drawn`, `ticked`, `like` and `kept` (in a set of ids);
    `only` (the same) and `without` (in none of these sets); and `column.NAME`, a column of the examples by its name,
    percent-encoded: "=female" (this value), "=" (none), "40..60" (numbers or dates, ends included; either end may be
    missing) or "40..<60" (without the upper end). Of several values of one field any may hold, but of `only` and
    `without` all must.
    """

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, texts: Sequence[str], classes: int) -> "Selection":
        """Reads what `texts` gives.

        Args:
            texts: "field:value" each.
            classes: how many there are.

        Raises:
            UserError: a text is no condition, or names a class that is not there.
        """
        conditions = [tuple(text.partition(":")[::2]) for text in texts]
        for (field, value), text in zip(conditions, texts, strict=True):
            if not _is_condition(field, value, classes):
                raise UserError(
                    "This selection can't be read",
                    f"“{text[:80]}” is not a valid condition for the examples of this run",
                    "Make the selection again",
                )
        return cls(tuple(dict.fromkeys(conditions)))

    @property
    def texts(self) -> tuple[str, ...]:
        """The conditions as "field:value"."""
        return tuple(f"{field}:{value}" for field, value in self.conditions)

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that have a condition, each once."""
        return tuple(dict.fromkeys(field for field, _ in self.conditions))

    def values(self, field: str) -> tuple[str, ...]:
        """What a field's conditions ask for."""
        return tuple(value for name, value in self.conditions if name == field)

    def having(self, field: str, *values: object) -> "Selection":
        """The same with these values of a field instead of its others."""
        return Selection((*self.lacking(field).conditions, *((field, str(value)) for value in values)))

    def lacking(self, *fields: str) -> "Selection":
        """The same without what it says of some fields."""
        return Selection(tuple(condition for condition in self.conditions if condition[0] not in fields))

    def about(self, *fields: str) -> "Selection":
        """What it says of some fields alone."""
        return Selection(tuple(condition for condition in self.conditions if condition[0] in fields))


def column_field(name: str) -> str:
    """The field of a column of the examples."""
    return _COLUMN + quote(name, safe="")


def column_of(field: str) -> str | None:
    """The column that a field is of; None where it is of none."""
    return unquote(field.removeprefix(_COLUMN)) if field.startswith(_COLUMN) else None


def range_of(value: str) -> tuple[str, str, bool] | None:
    """Lower and upper end ("" for none) of the range that a column's value asks for, and whether the upper is left out.

    None where it asks for no range.
    """
    found = None if value.startswith("=") else _RANGE.fullmatch(value)
    return found and (found["low"] or "", found["high"] or "", bool(found["open"]))


def spelt(end: float | np.datetime64) -> str:
    """An end of a range, as a condition has it; read back, it is the same."""
    if isinstance(end, np.datetime64):
        at = pd.Timestamp(end)
        return at.date().isoformat() if at == at.normalize() else at.isoformat(sep=" ")
    return np.format_float_positional(end, trim="-") if not end or 1e-6 < abs(end) < 1e15 else repr(float(end))


def _is_condition(field: str, value: str, classes: int) -> bool:
    if field.startswith(_COLUMN):
        return field != _COLUMN and column_field(column_of(field)) == field and _is_asked_of_column(value)
    if field not in _VALUES or not re.fullmatch(_VALUES[field], value, re.DOTALL):
        return False
    if field == "confidence":
        low, high = map(float, value.split("-"))
        return low <= high
    return field not in ("label", "predicted") or int(value) < classes


def _is_asked_of_column(value: str) -> bool:
    if value.startswith("="):
        return True
    found = range_of(value)
    if found is None or not any(found[:2]):
        return False
    ends = [end for end in found[:2] if end]
    are_dates = [bool(re.fullmatch(_DATE, end)) for end in ends]
    try:
        read = [
            (datetime.fromisoformat if is_date else float)(end) for end, is_date in zip(ends, are_dates, strict=True)
        ]
    except ValueError:  # a thirteenth month
        return False
    return len(set(are_dates)) == 1 and read == sorted(read)


def selected_rows(
    examples: pd.DataFrame,
    selection: Selection,
    sets: Mapping[Condition, Collection[str]],
    tags: pd.DataFrame | None = None,
    columns: pd.DataFrame | None = None,
) -> np.ndarray:
    """Which examples fit all conditions.

    Args:
        examples: a row an example: `id`, `split`, `label` and `predicted` (int), `confidence`, `name`.
        selection: the conditions.
        sets: the ids of each condition that names a set.
        tags: `id` and `tag`, a row for each tag of an example; None: there are none.
        columns: those that may be asked for, a row an example in the same order; nothing fits one that is not there.

    Returns:
        (n,) bool.
    """
    rows = np.ones(len(examples), bool)
    for field in selection.fields:
        name = column_of(field)
        if name is None:
            each = [_fitting(examples, field, value, sets, tags) for value in selection.values(field)]
        elif columns is None or name not in columns:
            each = [np.zeros(len(examples), bool)]
        else:
            each = [fits_column(columns[name], value) for value in selection.values(field)]
        rows &= (np.logical_and if field in _ALL else np.logical_or).reduce(each)
    return rows


def _fitting(
    examples: pd.DataFrame,
    field: str,
    value: str,
    sets: Mapping[Condition, Collection[str]],
    tags: pd.DataFrame | None,
) -> np.ndarray:
    if field in SETS:
        fits = is_among(examples["id"], sets[field, value])
        return ~fits if field == "without" else fits
    if field in ("label", "predicted"):
        fits = examples[field] == int(value)
    elif field == "split":
        fits = examples["split"] == value
    elif field == "right":
        fits = (examples["label"] == examples["predicted"]) == (value == "yes")
    elif field == "confidence":
        fits = examples["confidence"].between(*map(float, value.split("-")))
    elif field == "name":
        fits = examples["name"].str.contains(value, case=False, regex=False)
    else:
        return is_among(examples["id"], () if tags is None else tags["id"][tags["tag"] == value])
    return fits.to_numpy(bool)


def fits_column(values: pd.Series, asked: str) -> np.ndarray:
    """Which values of a column fit what is asked of it.

    Args:
        values: (n,) of one of `metadata.KINDS`.
        asked: the value of a condition on a column: "=female", "=", "40..60", "40..<60".

    Returns:
        (n,) bool; of a date without a time as the upper end the whole day fits.
    """
    if asked.startswith("="):
        missing = is_missing(values)
        return missing if asked == "=" else ~missing & (texts_of(values) == asked[1:]).to_numpy(bool)
    kind = kind_of(values)
    low, high, is_open = range_of(asked)
    if kind == "category" or (kind == "date") != bool(re.fullmatch(_DATE, low or high)):
        return np.zeros(len(values), bool)
    fits = ~is_missing(values)
    if kind == "number":
        numbers, ends = values.to_numpy(float, na_value=np.nan), [float(end) if end else None for end in (low, high)]
    else:
        numbers = values.to_numpy("datetime64[us]")
        ends = [np.datetime64(end, "us") if end else None for end in (low, high)]
        if high and len(high) == len("2020-01-01") and not is_open:
            ends[1], is_open = ends[1] + np.timedelta64(timedelta(days=1)), True
    if ends[0] is not None:
        fits &= numbers >= ends[0]
    if ends[1] is not None:
        fits &= numbers < ends[1] if is_open else numbers <= ends[1]
    return fits


def is_among(ids: Sequence[str], some: Collection[str]) -> np.ndarray:
    """(n,) bool: which of the ids are among some; pandas's own `isin` takes thirty times as long on its Arrow text."""
    return pd.Index(ids, dtype=object).isin(pd.Index(some, dtype=object))
