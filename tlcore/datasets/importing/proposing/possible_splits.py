"""Where the split may come from: columns of tables, folders, or the names of the tables themselves."""

from collections.abc import Iterator, Sequence

from tlcore.datasets.importing.assign import TABLE, split_of_table
from tlcore.datasets.importing.proposing.folders import FolderReading
from tlcore.datasets.importing.proposing.split_names import settle_eval, split_inside
from tlcore.datasets.importing.reading import Column, OneHot, Reading, Where
from tlcore.datasets.importing.tables.columns import Columns


def possible_splits(
    tables: Sequence[Columns], folders: FolderReading, reading: Reading
) -> Iterator[tuple[Where, dict[str, str], str]]:
    """Each place that may give the split, what is written there means, and a sentence to say so; the best first.

    Args:
        tables: those that are used.
        folders: what the folders say.
        reading: the reading, with its label and tables.
    """
    best = [each.split for each in tables if each.split]
    for column in dict.fromkeys([*best, *(column for each in tables for column in each.splits)]):
        written = {name for each in tables for name in each.splits.get(column, ())}
        meant = settle_eval({name: split_inside(name) for name in sorted(written)})
        yield column, meant, f"The column “{column.column}” gives the split"
    if folders.split is not None and len(set(folders.splits.values())) > 1:
        yield folders.split, folders.splits, folders.reasons["split"]
    elif not best and isinstance(reading.label, Column | OneHot):
        meant = {each.path.rpartition("/")[2]: split_of_table(each.path) for each in reading.tables}
        meant = {name: split for name, split in meant.items() if split}
        if len(set(meant.values())) > 1:
            yield Column(TABLE), settle_eval(meant), "The names of the tables give the split"
