"""What columns beside label and split hold: numbers, dates or categories."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 50  # that are kept unasked
LONGEST_VALUE = 200  # characters of a category's value
_FEW = 20  # different texts that are a category however few files there are
_NONE = {"", "na", "n/a", "nan", "null", "-", "?", "none"}  # what people write where a number or date is missing
_NO_TEXT = {"", "nan", "null", "n/a"}
_FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S", "%Y:%m:%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
    "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f",
)  # fmt: skip
_NUMBER = re.compile("[+-]?([0-9]{1,300}[.,]?[0-9]{0,300}|[.,][0-9]{1,300})(e[+-]?[0-9]{1,3})?", re.I)


class Kind(NamedTuple):
    """What a column holds: "number", "date", "category" or "text", which is not kept unasked; and a word about it."""

    name: str
    note: str = ""
    format: str = ""  # of dates


def kind_of(values: Sequence[str]) -> Kind:
    """What the texts of a column are.

    All that is written is a number, or a date in one and the same format; else it is a category where texts repeat
    (at most half as many different ones as there are texts, or twenty), and text where they do not. Whole numbers
    with zeros before them are names, not numbers.

    Args:
        values: its texts.
    """
    written = [value for value in values if value.casefold() not in _NONE]
    if not written:
        return Kind("text", "empty")
    unlike = set(written)
    if all(_NUMBER.fullmatch(value) and not _has_zeros(value) for value in unlike):
        return Kind("number")
    date = _date_format(list(unlike))
    if date.name:
        return date
    if max(map(len, unlike)) > LONGEST_VALUE:
        return Kind("text", "long texts")
    if len(unlike) <= max(_FEW, len(written) / 2):
        return Kind("category", date.note)
    return Kind("text", date.note or "nearly every file has a different text")


def typed(values: Sequence[str], kind: Kind) -> "pd.Series":
    """The texts of a column as what they are: float64, datetime64, or str with None where there is none."""
    import pandas as pd

    if kind.name == "number":
        numbers = {value: _number(value) for value in set(values)}
        return pd.Series([numbers[value] for value in values], dtype="float64")
    if kind.name == "date":
        written = [None if value.casefold() in _NONE else value for value in values]
        return pd.to_datetime(pd.Series(written, dtype="str"), format=kind.format)
    return pd.Series([None if value.casefold() in _NO_TEXT else value[:LONGEST_VALUE] for value in values], dtype="str")


def _date_format(written: Sequence[str]) -> Kind:
    """The one format that all are written in, if they are dates; a `Kind` without a name where they are not."""
    import pandas as pd

    if not all(8 <= len(value) <= 32 and any(letter.isdigit() for letter in value) for value in written[:50]):
        return Kind("")
    start = pd.Series(written[:50], dtype="str")
    fits = {each: _parses(start, each) for each in _FORMATS}
    whole = [each for each, which in fits.items() if which.all()]
    if len(written) > 50:
        every = pd.Series(written, dtype="str")
        whole = [each for each in whole if _parses(every, each).all()]
    if {"%d/%m/%Y", "%m/%d/%Y"} <= set(whole):
        return Kind("", "maybe dates, but day and month can't be told apart")
    if whole:
        return Kind("date", "", whole[0])
    if pd.concat(fits, axis=1).any(axis=1).mean() > 0.8:
        return Kind("", "dates in several formats")
    return Kind("")


def _parses(values: "pd.Series", format: str) -> "pd.Series":
    import pandas as pd

    return pd.to_datetime(values, format=format, errors="coerce").notna()


def _has_zeros(value: str) -> bool:
    return len(value) > 1 and value[0] == "0" and value.isdigit()


def _number(value: str) -> float:
    if value.casefold() in _NONE:
        return float("nan")
    number = float(value.replace(",", "."))
    return number if abs(number) != float("inf") else float("nan")
