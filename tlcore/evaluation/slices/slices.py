"""Slices: the examples that share a value of a column, or lie in one bin of its numbers or dates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlcore.base.formatting import count
from tlcore.datasets.metadata import date_text, is_missing, kind_of, texts_of
from tlcore.evaluation.example_filter import Condition, column_field, spelt

BINS = 4  # of numbers and dates, by quantiles
FEW = 5  # different numbers or dates up to which each is a slice of its own
MOST = 12  # values of a category that are slices of their own; the others are one
_LEAST = 5  # examples of a value that is a slice of its own where there are more than `MOST` values
_OFF = 0.05  # of all examples: how far a readable edge may lie from its quantile
_LONGEST = 200  # characters of a value that a condition spells out
MISSING = "missing"


@dataclass(frozen=True, eq=False)
class Slice:
    """Some examples of a run.

    Attributes:
        column: whose value they share, by its name.
        name: that value as people read it, or "missing", or "3 other values".
        condition: what selects them; None where they can only be listed.
        rows: (n,) bool.
        is_value: whether the name is a value of the column.
    """

    column: str
    name: str
    condition: Condition | None
    rows: np.ndarray
    is_value: bool = True

    def __len__(self) -> int:
        return int(self.rows.sum())

    def of(self, rows: np.ndarray) -> "Slice":
        """The same among some of the examples, by (n,) bool or by their numbers."""
        return replace(self, rows=self.rows[rows])


def slices_of(columns: pd.DataFrame, rows: np.ndarray | None = None) -> list[Slice]:
    """The slices of all columns of a table, in its order.

    Args:
        columns: a row an example.
        rows: which of the examples are looked at, (n,) bool; the slices are cut by all of them, so that they are the
            same in every split. None: all.
    """
    found = (each for name in columns for each in cut(columns[name]))
    return [each if rows is None else each.of(rows) for each in found]


def cut(values: pd.Series) -> list[Slice]:
    """The slices of one column: those of numbers and dates from low to high, of a category the largest first.

    Numbers and dates are cut at quartiles, moved a little to where they read well, or into their values where there
    are no more than `FEW`. Of a category of more than `MOST` values the largest are slices, all others one. Examples
    without a value are a slice too.

    Args:
        values: (n,), a row an example, with the column's name; one of `metadata.KINDS`.

    Returns:
        At least two slices, none empty, each example in one of them; none where the column tells no examples apart:
        all have one value, or many values of a category are each of a few examples.
    """
    name, missing = str(values.name), is_missing(values)
    there = values[~missing]
    if not len(there):
        return []
    parts = _values(there) if kind_of(values) == "category" else _bins(there)
    found = [Slice(name, title, condition, rows, is_value) for title, condition, rows, is_value in parts]
    whole = []
    for each in found:
        rows = np.zeros(len(values), bool)
        rows[~missing] = each.rows
        condition = each.condition and (column_field(name), each.condition)
        whole.append(replace(each, condition=condition, rows=rows))
    if missing.any():
        whole.append(Slice(name, MISSING, (column_field(name), "="), missing, False))
    return whole if len(whole) > 1 else []


_Part = tuple[str, str | None, np.ndarray, bool]  # name, what is asked of the column, rows, whether it is a value


def _values(values: pd.Series) -> Iterator[_Part]:
    codes, texts = pd.factorize(texts_of(values))
    counts = dict(zip(texts, np.bincount(codes).tolist(), strict=True))
    code_of = {text: code for code, text in enumerate(texts)}
    largest = sorted(counts, key=lambda text: (-counts[text], text))
    if len(counts) > MOST:
        largest = [text for text in largest[:MOST] if counts[text] >= _LEAST]
    for text in largest:
        yield text, f"={text}" if len(text) <= _LONGEST else None, codes == code_of[text], True
    if largest and (left := len(counts) - len(largest)):
        yield count(left, "other value"), None, ~np.isin(codes, [code_of[text] for text in largest]), False


def _bins(values: pd.Series) -> Iterator[_Part]:
    is_number = kind_of(values) == "number"
    array = values.to_numpy(float) if is_number else values.to_numpy("datetime64[us]")
    different = np.unique(array)
    if len(different) <= FEW:
        days = not is_number and (different == different.astype("datetime64[D]")).all()
        for value in different:
            text = number_text(value) if is_number else date_text(pd.Timestamp(value))
            exact = spelt(value) if is_number or days else pd.Timestamp(value).isoformat(sep=" ")
            yield text, f"{exact}..{exact}", array == value, True
        return
    edges = list(_edges(np.sort(array), _readable_number if is_number else _readable_date))
    bounds = [(None, None), *edges, (None, None)]
    for (low, low_text), (high, high_text) in zip(bounds[:-1], bounds[1:], strict=True):
        rows = np.ones(len(array), bool)
        if low is not None:
            rows &= array >= low
        if high is not None:
            rows &= array < high
        asked = f"{'' if low is None else spelt(low)}..{'' if high is None else '<' + spelt(high)}"
        yield _between(low_text, high_text, is_number), asked, rows, True


def _between(low: str | None, high: str | None, is_number: bool) -> str:
    if low is None:
        return f"{'under' if is_number else 'before'} {high}"
    if high is None:
        return f"{low} and {'over' if is_number else 'later'}"
    return f"{low} to {'under' if is_number else 'before'} {high}"


def _edges(array: np.ndarray, readable) -> Iterator[tuple[object, str]]:
    """Where sorted values are cut, and the edges as they read: the first that is near enough to its quantile."""
    n, last = len(array), array[0]
    for part in range(1, BINS):
        quantile = array[min(n - 1, part * n // BINS)]
        target = np.searchsorted(array, quantile) / n
        near = (each for each in readable(quantile) if abs(np.searchsorted(array, each[0]) / n - target) <= _OFF)
        edge, text = next(near)  # the quantile itself at last
        if last < edge <= array[-1]:
            yield edge, text
            last = edge


def _readable_number(value: float) -> Iterator[tuple[float, str]]:
    for digits in range(1, 17):
        rounded = float(f"{value:.{digits}g}")
        yield rounded, number_text(rounded)
    yield value, number_text(value)


def number_text(value: float) -> str:
    """A number with all its digits: 1,250, 0.125, 2e-10."""
    if not value or 1e-4 <= abs(value) < 1e9:
        text = np.format_float_positional(value, trim="-")
        whole, dot, rest = text.partition(".")
        return f"{int(whole):,}{dot}{rest}" if int(whole) else text
    return f"{value:g}" if float(f"{value:g}") == value else repr(float(value))


def _readable_date(value: np.datetime64) -> Iterator[tuple[np.datetime64, str]]:
    for unit in ("Y", "M", "D", "h", "m"):
        edge = value.astype(f"datetime64[{unit}]")
        text = str(edge) if unit in "YMD" else date_text(pd.Timestamp(edge))
        yield edge.astype("datetime64[us]"), text
    yield value, date_text(pd.Timestamp(value))
