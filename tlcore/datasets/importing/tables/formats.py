"""Files of tables as people have them, each format read into a table of texts."""

import csv
import io
from collections import Counter
from collections.abc import Iterable

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.tables import objects
from tlcore.datasets.importing.tables.table import MOST_CELLS, NoTable, Table, as_text, columns_of_rows, unlike
from tlcore.datasets.sources.encodings import decide_encoding

LARGEST = 64 * 1000**2  # bytes of a table
_LARGEST_UNPACKED = 512 * 1000**2  # bytes that one unpacks to
_MOST_SHEET_CELLS = 2_000_000
_OBJECTS = (".json", ".jsonl", ".ndjson", ".labels")


def open_choices(path: str) -> tuple[str, ...]:
    """What a table's format leaves open, by the names that a reading has for it."""
    ending = suffix(path)
    if ending in _OBJECTS:
        return ("encoding",)
    if ending in _BINARY:
        return ("header",) if _BINARY[ending] is _sheet else ()
    return "encoding", "delimiter", "header"


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
        if ending in _BINARY:
            return _BINARY[ending](path, content)
        encoding = encoding or decide_encoding(content).name
        text = content.decode(encoding, "replace").removeprefix("\ufeff")
        if ending in _OBJECTS:
            return objects.read(path, text, encoding)
        return _parted(path, text, encoding, delimiter or ("\t" if ending in (".tsv", ".tab") else ""))
    except NoTable:
        raise
    except Exception as error:  # csv, json, pyarrow and openpyxl raise nearly anything on hostile bytes
        raise NoTable(str(error)[:200] or type(error).__name__) from None


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
        if cells > MOST_CELLS:
            raise NoTable(f"it has more than {MOST_CELLS:,} cells")
        rows.append(row)
    if not rows:
        raise NoTable("it is empty")
    columns = columns_of_rows(rows)
    names = unlike(column[0] for column in columns)
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


def _parquet(path: str, content: bytes) -> Table:
    from pyarrow import parquet, types

    file = parquet.ParquetFile(io.BytesIO(content))
    facts = file.metadata
    if facts.num_rows * max(1, facts.num_columns) > MOST_CELLS:
        raise NoTable(f"it has more than {MOST_CELLS:,} cells")
    if sum(facts.row_group(n).total_byte_size for n in range(facts.num_row_groups)) > _LARGEST_UNPACKED:
        raise NoTable(f"it unpacks to more than {_LARGEST_UNPACKED:,} bytes")
    table = file.read().flatten()
    is_bytes = [types.is_binary(field.type) or types.is_large_binary(field.type) for field in table.schema]
    if any(is_bytes):
        raise NoTable("it holds the files themselves, not their names. Save them as files first")
    names = [name.removesuffix(".path") for name in table.column_names]
    known = objects.class_names((table.schema.metadata or {}).get(b"huggingface", b""))
    values = [
        [objects.named(as_text(value), known.get(name)) for value in column.to_pylist()]
        for name, column in zip(names, table.columns, strict=True)
    ]
    return Table(path, unlike(names), values)


def _sheet(path: str, content: bytes) -> Table:
    """The first sheet of a workbook that has rows."""
    import zipfile

    import openpyxl

    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise NoTable("it is not an Excel workbook")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_UNPACKED:
            raise NoTable(f"it unpacks to more than {_LARGEST_UNPACKED:,} bytes")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            rows, cells = [], 0
            for row in sheet.iter_rows(values_only=True):
                cells += len(row)
                if cells > _MOST_SHEET_CELLS:
                    raise NoTable(f"it has more than {_MOST_SHEET_CELLS:,} cells")
                if any(cell is not None for cell in row):
                    rows.append([as_text(cell) for cell in row])
            if len(rows) > 1:
                columns = columns_of_rows(rows)
                names = unlike(column[0] for column in columns)
                return Table(path, names, [column[1:] for column in columns], is_certain=False)
    finally:
        book.close()
    raise NoTable("it has no rows")


def _other_sheet(path: str, content: bytes) -> Table:
    raise NoTable(f"{suffix(path)} files are not supported; save it as .xlsx")


_BINARY = {
    ".parquet": _parquet,
    **dict.fromkeys((".xlsx", ".xlsm"), _sheet),
    **dict.fromkeys((".xls", ".xlsb", ".ods", ".numbers"), _other_sheet),
}
