"""A table of texts, whatever the file was that it was read from."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_CELLS = 20_000_000
LONGEST_CELL = 2_000  # characters that are kept of one


class NoTable(Exception):
    """Why a file is no table that can be read."""


@dataclass
class Table:
    """A table of texts.

    Attributes:
        path: where it lies.
        columns: names, each once.
        values: a list of texts for each column; "" where there is none.
        encoding: of its text; "" for formats that say it themselves.
        delimiter: what parts its columns; "" for formats without one.
        header: whether its first row named the columns.
        is_certain: whether the file says by itself where its columns begin and how they are called.
    """

    path: str
    columns: list[str]
    values: list[list[str]]
    encoding: str = ""
    delimiter: str = ""
    header: bool = True
    is_certain: bool = True

    @property
    def rows(self) -> int:
        return len(self.values[0]) if self.values else 0

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    def column(self, name: str) -> list[str]:
        return self.values[self.columns.index(name)]

    def without_header(self) -> "Table":
        """The same with its first row taken for a row as any other."""
        if not self.header:
            return self
        names = [f"column {number + 1}" for number in range(len(self.columns))]
        values = [[name, *column] for name, column in zip(self.columns, self.values, strict=True)]
        return Table(self.path, names, values, self.encoding, self.delimiter, False, False)

    def with_header(self) -> "Table":
        """The same with its first row taken for the names of its columns."""
        if self.header or not self.rows:
            return self
        names, values = unlike(each[0] for each in self.values), [each[1:] for each in self.values]
        return Table(self.path, names, values, self.encoding, self.delimiter, True, False)


def unlike(names: Iterable[str]) -> list[str]:
    """Names of columns, each given one and each once."""
    found: dict[str, None] = {}
    for number, name in enumerate(names):
        name = unicodedata.normalize("NFC", " ".join(name.split()))[:200] or f"column {number + 1}"
        while name in found:
            name = f"{name}, again"
        found[name] = None
    return list(found)


def of_rows(path: str, rows: Iterable[dict[str, object]], encoding: str = "") -> Table:
    """A table of rows that each name their own columns.

    Raises:
        NoTable: there are none, or too many.
    """
    columns: dict[str, list[str]] = {}
    count = 0
    for count, row in enumerate(rows, 1):
        for name, value in row.items():
            if name not in columns:
                columns[name] = [""] * (count - 1)
            columns[name].append(as_text(value))
        for values in columns.values():
            if len(values) < count:
                values.append("")
        if count * len(columns) > MOST_CELLS:
            raise NoTable(f"it has more than {MOST_CELLS:,} cells")
    if not columns:
        raise NoTable("it holds no rows")
    names = dict(zip(columns, unlike(columns), strict=True))
    return Table(path, list(names.values()), list(columns.values()), encoding)


def as_text(value: object) -> str:
    """A cell as a text of composed letters: "" where it is missing, whole numbers without a fraction."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return _cell(str(value))


def columns_of_rows(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells of rows, column by column; rows that are too short or long are filled or cut to what most have.

    Raises:
        NoTable: they are too many.
    """
    widths = Counter(len(row) for row in rows[:200])
    width = max(len(rows[0]), max(widths, key=lambda width: (widths[width], width)))
    if width * len(rows) > MOST_CELLS:
        raise NoTable(f"it has more than {MOST_CELLS:,} cells")
    even = ([*row[:width], *[""] * (width - len(row))] for row in rows)
    return [[_cell(cell) for cell in column] for column in zip(*even, strict=True)]


def _cell(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()[:LONGEST_CELL]
