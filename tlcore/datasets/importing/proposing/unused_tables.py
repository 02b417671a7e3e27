"""Why tables that could be read are not used."""

from collections.abc import Iterable

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.reading import Column, Level, OneHot, Reading
from tlcore.datasets.importing.tables.columns import Columns


def explain_unused(unused: Iterable[Columns], reading: Reading, problems: dict[str, str]) -> None:
    """Notes why tables are not used, of which nothing is noted yet.

    Args:
        unused: what the columns of each are.
        reading: the reading, which uses none of them.
        problems: the reasons by the tables' paths.
    """
    for each in unused:
        if each.table.path not in problems and (why := _why_unused(each, reading)):
            problems[each.table.path] = why


def _why_unused(columns: Columns, reading: Reading) -> str:
    """The reason, to follow “it is not used:”; "" for texts that are most likely no tables at all."""
    table = columns.table
    if not columns.share and suffix(table.path) in (".txt", ".json"):
        return ""
    if "submission" in table.path.rpartition("/")[2].casefold():
        return "it is a form for submissions, and its labels are placeholders"
    if not columns.file:
        return "none of its columns contains file names"
    if not columns.share:
        return "it names none of the files"
    if columns.others or columns.split:
        return "the chosen tables do not include it"
    if columns.label is None:
        return "it has no column besides the file names"
    if isinstance(columns.label, Column) and len(set(table.column(columns.label.column)) - {""}) < 2:
        return f"its column “{columns.label.column}” has only one value"
    return f"the class is taken from {_place(reading)}, and this table has no further columns"


def _place(reading: Reading) -> str:
    match reading.label:
        case Column() | OneHot():
            return next((each.path for each in reading.tables), "another table")
        case Level():
            return "the folders"
        case _:
            return "the file names"
