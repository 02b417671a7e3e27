"""The files that a table names, where it is given alone and they lie in its folder."""

from collections.abc import Sequence

from tlcore.base.errors import UserError
from tlcore.datasets.importing.tables.columns import read_columns
from tlcore.datasets.importing.tables.formats import read_table
from tlcore.datasets.importing.tables.matching import AMBIGUOUS, FileNames
from tlcore.datasets.importing.tables.table import NoTable


def files_beside(path: str, content: bytes | None, files: FileNames) -> list[str]:
    """The names of the files in a table's folder that its rows name, or may name.

    Args:
        path: the table's.
        content: its bytes; None where they can't be read as a table.
        files: those in its folder.

    Raises:
        UserError: it is no table, or names none of them.
    """
    try:
        if content is None:
            raise NoTable("it is not a table that is supported, or it is too large")
        columns = read_columns(read_table(path, content), files)
    except NoTable as error:
        raise UserError(
            "The table can't be read", f"{path}: {error}", "Give a CSV file with a row for each file"
        ) from None
    written = columns.table.column(columns.file) if columns.file else []
    places = files.find(written)
    named = set(places)
    for value, place in zip(written, places, strict=True):
        if place == AMBIGUOUS:
            named.update(files.candidates(value))
    found = [name for number, name in enumerate(files.names) if number in named]
    if not found:
        raise _nothing_beside(path, written)
    return found


def _nothing_beside(path: str, written: Sequence[str]) -> UserError:
    first = next(filter(None, written), "")
    return UserError(
        "The table's files were not found",
        f"{path}: none of the files that it names is in its folder; the first is “{first[:100]}”"
        if first
        else f"{path}: no column holds the names of files",
        "Put the table in the folder that holds its files, or give a folder or archive that holds both",
    )
