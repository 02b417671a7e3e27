"""`labels.csv`: which label, and which split, each file has."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from tlcore.datasets.names import clean_label, clean_path
from tlcore.errors import UserError

NAME = "labels.csv"
LARGEST = 64 * 1000**2  # bytes
_NEEDED = ("filename", "label")


class Row(NamedTuple):
    """One line: a file, its label ("" where the line has none), and its split's name as it is written."""

    filename: str
    label: str
    split: str


def read_table(content: bytes, name: str = NAME) -> list[Row]:
    """Reads a table with the columns `filename`, `label` and, if splits are given, `split`.

    Columns may stand in any order, among others, parted by comma, semicolon, tab or bar. The text may be UTF-8,
    UTF-16 (with its mark) or Windows-1252.

    Raises:
        UserError: columns are missing, or it is no such table.
    """
    text = _decode(content)
    try:
        delimiter = max(",;\t|", key=lambda delimiter: _fit(next(_lines(text, delimiter), [])))
        lines = list(_lines(text, delimiter))
    except csv.Error as error:
        raise _no_table(name, str(error)) from None
    if not lines:
        raise _no_table(name, "it is empty")
    header = [cell.strip().casefold() for cell in lines[0]]
    missing = [column for column in _NEEDED if column not in header]
    if missing:
        found = ", ".join(cell[:40] for cell in header[:20])
        lacking = f"the column {missing[0]} is" if len(missing) == 1 else "the columns filename and label are"
        raise _no_table(name, f"{lacking} missing; the first line has: {found}")
    columns = [header.index(column) if column in header else None for column in ("filename", "label", "split")]
    rows = []
    for line in lines[1:]:
        filename, label, split = ("" if i is None or i >= len(line) else line[i].strip() for i in columns)
        if filename or label:
            rows.append(Row(clean_path(filename.replace("\\", "/")), clean_label(label), split))
    return rows


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:200]:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _lines(text: str, delimiter: str) -> Iterator[list[str]]:
    return (line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line))


def _fit(header: list[str]) -> int:
    return len({cell.strip().casefold() for cell in header} & {*_NEEDED, "split"})


def _no_table(name: str, what: str) -> UserError:
    return UserError(
        "The table of labels can't be read",
        f"{name}: {what}",
        "Its first line must read filename,label or filename,label,split",
    )
