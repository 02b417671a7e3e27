"""Which examples a selection picks: a flat list of conditions that all must hold, as plain data."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlcore.datasets.dataset import SPLITS
from tlcore.errors import UserError

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

Condition = tuple[str, str]


@dataclass(frozen=True)
class Selection:
    """Conditions, each a field and a value; without any, every example is selected.

    Fields: `split`; `label` and `predicted` (a class by its number); `right` ("yes" or "no"); `confidence` ("0.2-0.8",
    ends included); `tag`; `name` (a part of it, in any case); `drawn`, `ticked`, `like` and `kept` (in a set of ids);
    `only` (the same) and `without` (in none of these sets). Of several values of one field any may hold, but of `only`
    and `without` all must.
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
                    f"“{text[:80]}” says nothing about the examples of this run",
                    "Select anew",
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


def _is_condition(field: str, value: str, classes: int) -> bool:
    if field not in _VALUES or not re.fullmatch(_VALUES[field], value, re.DOTALL):
        return False
    if field == "confidence":
        low, high = map(float, value.split("-"))
        return low <= high
    return field not in ("label", "predicted") or int(value) < classes


def selected_rows(
    examples: pd.DataFrame,
    selection: Selection,
    sets: Mapping[Condition, Collection[str]],
    tags: pd.DataFrame | None = None,
) -> np.ndarray:
    """Which examples fit all conditions.

    Args:
        examples: a row an example: `id`, `split`, `label` and `predicted` (int), `confidence`, `name`.
        selection: the conditions.
        sets: the ids of each condition that names a set.
        tags: `id` and `tag`, a row for each tag of an example; None: there are none.

    Returns:
        (n,) bool.
    """
    rows = np.ones(len(examples), bool)
    for field in selection.fields:
        each = [_fitting(examples, field, value, sets, tags) for value in selection.values(field)]
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


def is_among(ids: Sequence[str], some: Collection[str]) -> np.ndarray:
    """(n,) bool: which of the ids are among some; pandas's own `isin` takes thirty times as long on its Arrow text."""
    return pd.Index(ids, dtype=object).isin(pd.Index(some, dtype=object))
