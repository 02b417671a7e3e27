"""Where tables, columns and folders say different things of the same files, in words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tlcore.datasets.importing.assign import JoinedTables, written_labels
from tlcore.datasets.importing.proposing.folders import FolderReading
from tlcore.datasets.importing.reading import Column, Level, OneHot, Pattern, Reading, Where, said
from tlcore.datasets.importing.tables.columns import Columns, reading_of
from tlcore.datasets.importing.tables.matching import FileNames

_MOST_MISTAKES = 0.2  # of the files, where codes stand for the other's classes


class Source(NamedTuple):
    """What says something of files.

    Attributes:
        name: what it is called in a sentence.
        values: what it says of each file; "" for nothing.
        column: of a table, what else could be chosen; "" for folders.
    """

    name: str
    values: Sequence[str]
    column: str = ""


def labels_at(where: Where, reading: Reading, files: FileNames, joined: JoinedTables, path: str = "") -> Source:
    """What a place says of the class of each file.

    Args:
        where: the place.
        reading: how the files are read.
        files: their names.
        joined: the tables.
        path: of the one table that is asked; "" for all of them.
    """
    values = written_labels(replace(reading, label=where), files.names, joined)
    values = [reading.classes.get(value, value) for value in values]
    if isinstance(where, Level):
        return Source("the folders", values)
    if isinstance(where, Pattern):
        return Source("the file names", values)
    paths = [path] if path else [each for each, _ in joined.pairs(where)]
    what = "columns" if isinstance(where, OneHot) else "column"
    name = f"the {what} {said(where)} of {', '.join(paths[:3])}{' …' if len(paths) > 3 else ''}"
    return Source(name, values, said(where))


def other_labels(
    reading: Reading, files: FileNames, tables: Sequence[Columns], folders: FolderReading
) -> Iterator[Source]:
    """What gives a class but for the reading's label: columns that are called so, and folders.

    Args:
        reading: how the files are read.
        files: their names.
        tables: those that could be read.
        folders: what the folders say.
    """
    used = {each.path for each in reading.tables}
    for each in tables:
        if each.label is None or not each.is_named or not each.share or each.boxes:
            continue
        places = dict.fromkeys([each.label, *map(Column, each.named)])
        others = [where for where in places if where != reading.label or each.table.path not in used]
        joined = JoinedTables(files, [(each.table, reading_of(each))] if others else [])
        for where in others:
            yield labels_at(where, reading, files, joined, each.table.path)
    if len(folders.names) > 1 and folders.label != reading.label:
        source = labels_at(folders.label, reading, files, JoinedTables(files, []))
        yield source._replace(values=[value if value in folders.names else "" for value in source.values])


def label_doubts(chosen: Source, others: Sequence[Source], names: Sequence[str]) -> list[str]:
    """Doubts about classes that others give otherwise, or that are others altogether, or given to more files.

    Args:
        chosen: where the class is taken from.
        others: what else gives a class.
        names: the files.
    """
    found = []
    for other in others:
        places = _label_clashes(chosen.values, other.values)
        if places:
            found.append(_disagree("class", chosen, other, places, names))
        elif places is None and other.column and chosen.column and len(set(other.values) - {""}) > 1:
            found.append(
                f"{_begin(other.name)} could be the class too, but the class is taken from {chosen.name}. To use the "
                f"other, choose {other.column} as the class (`--label-column` on the command line)"
            )
        elif other.column and chosen.column:
            more = sum(bool(value) and not label for label, value in zip(chosen.values, other.values, strict=True))
            if more:
                found.append(
                    f"{_begin(other.name)} gives a class to {more:,} more files, but only {chosen.name} is used. To "
                    "use both, give the columns the same name"
                )
    return found


def split_doubts(chosen: Source, others: Sequence[Source], names: Sequence[str]) -> list[str]:
    """Doubts about files that others put into another split.

    Only splits that both know contradict each other: a column may part a folder's train into train and val.

    Args:
        chosen: where the split is taken from.
        others: what else gives a split.
        names: the files.
    """
    found = []
    for other in others:
        both = set(chosen.values) & set(other.values) - {""}
        pairs = enumerate(zip(chosen.values, other.values, strict=True))
        if places := [place for place, (one, two) in pairs if one != two and {one, two} <= both]:
            found.append(_disagree("split", chosen, other, places, names))
    return found


def disputed(what: str, disputes: Mapping[int, tuple[str, str]], names: Sequence[str], outcome: str) -> list[str]:
    """A doubt about files that rows of the tables in use give two values.

    Args:
        what: kind of value.
        disputes: the two texts by the place of the file.
        names: the files.
        outcome: what becomes of them.
    """
    if not disputes:
        return []
    place, (first, second) = next(iter(sorted(disputes.items())))
    return [
        f"The tables give {len(disputes):,} of the files more than one {what}; for example, “{names[place][:80]}” has "
        f"“{first[:40]}” and “{second[:40]}”. {outcome}"
    ]


def _label_clashes(chosen: Sequence[str], other: Sequence[str]) -> list[int] | None:
    """The places of files with two contradicting labels; None where labels are of another kind.

    They are of one kind where most names of the fewer ones are among the others, or where each name of one stands for
    one of the other, but for a few mistakes, as codes do.
    """
    chosen, other = ([value.casefold() for value in values] for values in (chosen, other))
    both = [place for place, pair in enumerate(zip(chosen, other, strict=True)) if all(pair)]
    known, others = set(chosen) - {""}, set(other) - {""}
    if 2 * len(known & others) > min(len(known), len(others)):
        return [place for place in both if chosen[place] != other[place]]
    counts: dict[str, Counter] = defaultdict(Counter)
    for place in both:
        counts[other[place]][chosen[place]] += 1
    meant = {value: its.most_common(1)[0][0] for value, its in counts.items()}
    clashes = [place for place in both if meant[other[place]] != chosen[place]]
    is_code = len(set(meant.values())) == len(meant) and len(clashes) <= _MOST_MISTAKES * len(both)
    return clashes if is_code else None


def _disagree(what: str, chosen: Source, other: Source, places: Sequence[int], names: Sequence[str]) -> str:
    both = sum(bool(one and two) for one, two in zip(chosen.values, other.values, strict=True))
    first = places[0]
    return (
        f"{_begin(chosen.name)} and {other.name} disagree about the {what} of {len(places):,} of {both:,} files; for "
        f"example, “{names[first][:80]}” is “{chosen.values[first][:40]}” in the former and "
        f"“{other.values[first][:40]}” in the latter. The former is used"
    )


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]
