"""Tables that a person names: made complete, and kept although a draft would not choose them."""

import copy
from collections.abc import Mapping
from dataclasses import replace

from tlcore.base.errors import UserError
from tlcore.datasets.importing.reading import TableReading
from tlcore.datasets.importing.scan import Scan
from tlcore.datasets.importing.tables.columns import Columns, read_columns
from tlcore.datasets.importing.tables.formats import read_table
from tlcore.datasets.importing.tables.table import NoTable, Table


def complete_tables(given: Mapping[str, object], scan: Scan) -> dict[str, object]:
    """The parts that are given, with what they leave open of their tables.

    Where no label or split is given, that of a table whose header is not the likely one is found here: a draft looks
    for it under the likely header.

    Args:
        given: the parts of a reading, by name.
        scan: the source.

    Raises:
        UserError: no column of a table names files.
    """
    given = dict(given)
    tables = given.get("tables", ())
    is_open = any(not each.file or each.header is None for each in tables)
    if not tables or not (is_open or "label" not in given or "split" not in given):
        return given
    completed, turned = [], []
    for each in tables:
        table = _read(each, scan)
        if table is None:
            completed.append(each)
            continue
        columns, likely = read_columns(table, scan.files, each.header), read_columns(table, scan.files)
        completed.append(_complete(each, columns))
        if likely.table.header != columns.table.header:
            turned.append((likely, columns))
    given["tables"] = tuple(completed)
    for part in ("label", "split"):
        if any(getattr(likely, part) for likely, _ in turned) and part not in given:
            found = next((columns for _, columns in turned if getattr(columns, part)), None)
            given[part] = getattr(found, part) if found else None
    return given


def unnamed_tables(given: Mapping[str, object], scan: Scan) -> list[Columns]:
    """The tables that name files and are not among those that are given, where the label is not given.

    A draft would take the label from one of them.
    """
    if "tables" not in given or "label" in given:
        return []
    named = {each.path for each in given["tables"]}
    tables = [_read(TableReading(path), scan) for path in scan.tables if path not in named]
    found = [read_columns(table, scan.files) for table in tables if table]
    return [each for each in found if each.file and each.share > 0]


def without_tables(scan: Scan, tables: list[Columns]) -> Scan:
    """The same source as if it had no such tables; problems that are found with it are found with both."""
    paths = {each.table.path for each in tables}
    found = copy.copy(scan)
    found.tables = {path: content for path, content in scan.tables.items() if path not in paths}
    return found


def as_given(columns: Columns, tables: Mapping[str, TableReading], scan: Scan) -> Columns:
    """What the columns of a table are under the header that its reading says."""
    known = tables.get(columns.table.path)
    if known is None or known.header is None or known.header == columns.table.header:
        return columns
    return read_columns(columns.table, scan.files, known.header)


def _read(known: TableReading, scan: Scan) -> Table | None:
    """A table with its first row as header; None where it is not there or can't be read, which is said elsewhere."""
    if known.path not in scan.tables:
        return None
    try:
        return read_table(known.path, scan.tables[known.path], encoding=known.encoding, delimiter=known.delimiter)
    except NoTable:
        return None


def _complete(known: TableReading, columns: Columns) -> TableReading:
    table = columns.table
    if not known.file and not columns.file:
        raise UserError(
            "No column of a table names the files",
            known.path[:200],
            f"Say which one does, or do not use the table. Columns found: {', '.join(table.columns[:30])[:300]}",
        )
    file = known.file or columns.file
    others = known.columns if known.file else tuple(name for name in table.columns if name != file)
    return replace(
        known,
        encoding=known.encoding or table.encoding,
        delimiter=known.delimiter or table.delimiter,
        header=table.header,
        file=file,
        columns=others,
    )
