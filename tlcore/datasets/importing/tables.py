"""Tables as people have them, read into columns of texts."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlcore.datasets.names import suffix

LARGEST = 64 * 1000**2  # bytes of a table
_MOST_CELLS = 20_000_000
_PARTED = (".csv", ".tsv", ".txt")
_OBJECTS = (".json", ".jsonl", ".ndjson", ".labels")
TABLES = (*_PARTED, *_OBJECTS, ".parquet", ".xlsx")


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
    notes: list[str] = field(default_factory=list)

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
        names = [f"column {number + 1}" for number in range(len(self.columns))]
        values = [[name, *column] for name, column in zip(self.columns, self.values, strict=True)]
        return Table(self.path, names, values, self.encoding, self.delimiter, False, False, self.notes)


def is_table(name: str) -> bool:
    return suffix(name) in TABLES


def read_table(path: str, content: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """Reads a table.

    Args:
        path: where it lies; its suffix tells its format.
        content: its bytes.
        encoding: of its text; "" finds out.
        delimiter: what parts its columns; "" finds out.

    Raises:
        NoTable: it can't be read as one.
    """
    ending = suffix(path)
    try:
        text, encoding = _decode(content, encoding)
        if ending in _OBJECTS:
            raise NoTable("this format is not read yet")
        return _parted(path, text, encoding, delimiter or ("\t" if ending == ".tsv" else ""))
    except (csv.Error, ValueError, RecursionError, OverflowError) as error:
        raise NoTable(str(error)[:200]) from None


def _decode(content: bytes, encoding: str) -> tuple[str, str]:
    if encoding:
        try:
            return content.decode(encoding, "replace").removeprefix("\ufeff"), encoding
        except LookupError:
            raise NoTable(f"there is no encoding called “{encoding[:40]}”") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "utf-16"
    if b"\0" in content[:200]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        return content.decode(encoding, "replace"), encoding
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "cp1252"


def _parted(path: str, text: str, encoding: str, delimiter: str) -> Table:
    """A table whose cells a character parts."""
    first, end, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own mark
        delimiter, text = delimiter or first.strip()[4], rest
    if not text.strip():
        raise NoTable("it is empty")
    delimiter = delimiter or _delimiter(text, path)
    csv.field_size_limit(LARGEST)
    rows, cells = [], 0
    for row in _lines(text, delimiter):
        cells += len(row)
        if cells > _MOST_CELLS:
            raise NoTable(f"it has more than {_MOST_CELLS:,} cells")
        rows.append(row)
    if not rows:
        raise NoTable("it is empty")
    width = max(Counter(len(row) for row in rows[:200]).items(), key=lambda item: (item[1], item[0]))[0]
    width = max(width, len(rows[0]))
    rows = [row[:width] + [""] * (width - len(row)) for row in rows]
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    names = _unlike(column[0] for column in columns)
    return Table(path, names, [column[1:] for column in columns], encoding, delimiter, is_certain=False)


def _delimiter(text: str, path: str) -> str:
    """The character that parts most rows into the same number of cells."""
    sample = text[: 1 << 16]
    if len(text) > len(sample):
        sample = sample.rpartition("\n")[0] or sample
    best, score = ",", (0.0, 0)
    for delimiter in (",", ";", "\t", "|", *((" ",) if suffix(path) == ".txt" else ())):
        widths = Counter(len(row) for row in _lines(sample, delimiter))
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        fits = times / widths.total() if width > 1 else 0.0
        if (round(fits, 2), width) > score:
            best, score = delimiter, (round(fits, 2), width)
    return best


def _lines(text: str, delimiter: str) -> Iterable[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    return (line for line in reader if any(line))


def _unlike(names: Iterable[str]) -> list[str]:
    """Names of columns, each given one and each once."""
    found: dict[str, None] = {}
    for number, name in enumerate(names):
        name = " ".join(name.split())[:200] or f"column {number + 1}"
        while name in found:
            name = f"{name}, again"
        found[name] = None
    return list(found)
