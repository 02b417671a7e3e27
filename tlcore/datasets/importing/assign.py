"""A reading applied to the names of files: the class, split, group and other columns of each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import clean_label
from tlcore.datasets.importing.patterns import search
from tlcore.datasets.importing.proposing.annotations import is_mask
from tlcore.datasets.importing.proposing.split_names import settle_eval, split_inside, split_word, split_words
from tlcore.datasets.importing.reading import Column, Level, OneHot, Pattern, Reading, TableReading, Where
from tlcore.datasets.importing.tables.formats import read_table
from tlcore.datasets.importing.tables.matching import AMBIGUOUS, MISSING, FileNames
from tlcore.datasets.importing.tables.table import NoTable, Table
from tlcore.datasets.problems import problem

UNLABELLED = "unlabelled"
TABLE = "table"  # the column, where there is no other of this name, that says which table a file is named in


@dataclass
class Assignment:
    """What a reading says of each file, in the order of `names`.

    Attributes:
        names: the files.
        labels: the name of each one's class; "" for none.
        splits: "train", "val", "test", or "" where none is given, or where it is not known what is written means.
        groups: the group; "" for none.
        metadata: the texts of each further column; "" for none.
        fates: "" for an example, `UNLABELLED`, or why a file is left out.
        problems: what is wrong with tables and labels.
        meanings: what each written split means, of those that mean something.
        written_splits: how many examples and unlabelled files each written split has.
    """

    names: list[str]
    labels: list[str]
    splits: list[str]
    groups: list[str]
    metadata: dict[str, list[str]]
    fates: list[str]
    problems: list[Problem] = field(default_factory=list)
    meanings: dict[str, str] = field(default_factory=dict)
    written_splits: Counter = field(default_factory=Counter)

    @property
    def examples(self) -> Iterator[int]:
        """The places of those that have a label."""
        return (place for place, fate in enumerate(self.fates) if not fate)

    @property
    def unlabelled(self) -> list[str]:
        return [name for name, fate in zip(self.names, self.fates, strict=True) if fate == UNLABELLED]

    @property
    def left_out(self) -> dict[str, list[str]]:
        """The files that are left out, by reason."""
        found = defaultdict(list)
        for name, fate in zip(self.names, self.fates, strict=True):
            if fate and fate != UNLABELLED:
                found[fate].append(name)
        return found


class JoinedTables:
    """The tables of a reading, with a row for each file.

    Args:
        files: the files.
        tables: each table as it is read, with its own reading.
    """

    def __init__(self, files: FileNames, tables: Sequence[tuple[Table, TableReading]]):
        self._count = len(files.names)
        self._tables = tables
        self._rows = [
            files.find(table.column(reading.file), reading.folder, split_of_table(reading.path))
            for table, reading in tables
        ]
        self._names = files.names

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for table, reading in self._tables for name in reading.columns or table.columns))

    def column(self, name: str) -> list[str]:
        """A column's text for each file, as `values` gives it; that of `TABLE` too."""
        if name == TABLE and not self._has(TABLE):
            values = [""] * self._count
            for (table, _), rows in zip(self._tables, self._rows, strict=True):
                for file in rows:
                    if file >= 0:
                        values[file] = values[file] or table.path.rpartition("/")[2]
            return values
        return self.values(Column(name))

    def values(self, where: Column | OneHot) -> list[str]:
        """The text of each file; "" where no row has one. Where rows differ the first counts.

        Raises:
            UserError: no table has one of the columns.
        """
        for name in _columns_of(where):
            if not self._has(name):
                raise no_column(name, self.columns)
        values = [""] * self._count
        for _, pairs in self.pairs(where):
            for file, value in pairs:
                values[file] = values[file] or value
        return values

    def _has(self, name: str) -> bool:
        return any(name in table.columns for table, _ in self._tables)

    def disputes(self, where: Column | OneHot, meanings: Mapping[str, str] | None = None) -> dict[int, tuple[str, str]]:
        """The first two texts of each file that rows give unlike ones.

        Args:
            where: which columns.
            meanings: what texts mean, where that is another text.
        """
        first: dict[int, str] = {}
        found: dict[int, tuple[str, str]] = {}
        for _, pairs in self.pairs(where):
            for file, value in pairs:
                value = (meanings or {}).get(value, value)
                if first.setdefault(file, value) != value:
                    found.setdefault(file, (first[file], value))
        return found

    def pairs(self, where: Column | OneHot) -> Iterator[tuple[str, list[tuple[int, str]]]]:
        """What each table that has these columns says in them of each file."""
        for (table, _), rows in zip(self._tables, self._rows, strict=True):
            if names := [name for name in _columns_of(where) if name in table.columns]:
                columns = [table.column(name) for name in names]
                values = _hot(names, columns) if isinstance(where, OneHot) else columns[0]
                yield (
                    table.path,
                    [(file, value) for file, value in zip(rows, values, strict=True) if file >= 0 and value],
                )

    def problems(self) -> list[Problem]:
        """Rows that name no file, or several."""
        missing, ambiguous = [], []
        for (table, reading), rows in zip(self._tables, self._rows, strict=True):
            for file, written in zip(rows, table.column(reading.file), strict=True):
                if file == MISSING and written:
                    missing.append(written[:300])
                elif file == AMBIGUOUS:
                    ambiguous.append(written[:300])
        return [
            *problem(
                "missing", missing, "A table lists these files, but they are missing. Add them, or delete their rows"
            ),
            *problem(
                "ambiguous", ambiguous, "Left out: several files have this name. Put the folder before it in the table"
            ),
        ]


def open_tables(reading: Reading, contents: Mapping[str, bytes]) -> list[tuple[Table, TableReading]]:
    """The tables that a reading names, read as it says.

    Raises:
        UserError: one is not there, can't be read, or lacks the column that names files.
    """
    found = []
    for each in reading.tables:
        if each.path not in contents:
            there = ", ".join(list(contents)[:10]) or "none"
            raise UserError("A table of the reading is missing", each.path[:200], f"Tables found: {there}")
        try:
            table = read_table(each.path, contents[each.path], encoding=each.encoding, delimiter=each.delimiter)
        except NoTable as error:
            raise UserError(
                "A table of the reading can't be read", f"{each.path}: {error}", "Correct the table, or remove it"
            ) from None
        if each.header is False:
            table = table.without_header()
        if each.file not in table.columns:
            raise no_column(each.file, table.columns, each.path)
        found.append((table, each))
    return found


def assign(
    reading: Reading,
    names: Sequence[str],
    contents: Mapping[str, bytes],
    tables: JoinedTables | None = None,
    *,
    strict: bool = True,
) -> Assignment:
    """What a reading says of each file.

    Args:
        reading: which.
        names: paths of files.
        contents: the bytes of the tables that the reading names.
        tables: the same, where they are joined with the files already.
        strict: whether every split that a column or pattern gives must mean something.

    Raises:
        UserError: it names a level, table or column that is not there, or a pattern that can't be used.
    """
    names = list(names)
    tables = tables or JoinedTables(FileNames(names), open_tables(reading, contents))
    fates = fates_of(reading, names)
    labels = _cleaned(values_at(reading.label, names, tables))
    labels = _cleaned([reading.classes.get(label, label) for label in labels])
    written = values_at(reading.split, names, tables)
    meanings = split_meanings(Counter(written), reading.splits, strict=strict and not isinstance(reading.split, Level))
    assignment = Assignment(
        names,
        labels,
        _split(written, meanings, fates),
        _cleaned(values_at(reading.group, names, tables)),
        {name: values_at(where, names, tables) for name, where in reading.metadata.items()},
        fates,
        tables.problems(),
        meanings,
    )
    _settle_labels(reading, assignment, tables)
    pairs = list(zip(written, assignment.splits, strict=True))
    assignment.written_splits.update(
        value for (value, _), fate in zip(pairs, fates, strict=True) if value and fate in ("", UNLABELLED)
    )
    if any(assignment.splits[place] for place in assignment.examples):
        # files without a split are for training where others have one, but not before it is known what theirs means
        waiting = set() if isinstance(reading.split, Level) else set(assignment.written_splits) - set(meanings)
        assignment.splits = [split or ("" if value in waiting else "train") for value, split in pairs]
    return assignment


def _cleaned(values: Sequence[str]) -> list[str]:
    clean = {value: clean_label(value) for value in set(values)}
    return [clean[value] for value in values]


def written_labels(reading: Reading, names: Sequence[str], tables: JoinedTables) -> list[str]:
    """The label of each example as it is written; "" for files that are none."""
    fates = fates_of(reading, names)
    labels = _cleaned(values_at(reading.label, names, tables))
    return ["" if fate else label for label, fate in zip(labels, fates, strict=True)]


def _settle_labels(reading: Reading, assignment: Assignment, tables: JoinedTables) -> None:
    """Says of files without a label, or with several, what becomes of them."""
    fates = assignment.fates
    from_table = isinstance(reading.label, Column | OneHot)
    disputed = tables.disputes(reading.label, reading.classes) if from_table else ()
    without, found = [], []
    for place, label in enumerate(assignment.labels):
        if fates[place]:
            continue
        if place in disputed:
            fates[place] = "The tables give them several labels"
            found.append(assignment.names[place])
        elif not label and from_table:
            fates[place] = UNLABELLED
        elif not label:
            fates[place] = "They have no label"
            without.append(assignment.names[place])
    assignment.problems += [
        *problem(
            "conflicting labels", sorted(found), "Left out: the tables give them several labels. Keep the right one"
        ),
        *problem(
            "without label",
            without,
            "Left out: they are not in the folder of a class. Put each into the folder of its class"
            if isinstance(reading.label, Level)
            else "Left out: the pattern finds no class in their path",
        ),
    ]


def fates_of(reading: Reading, names: Sequence[str]) -> list[str]:
    """What the reading says by path of each file: that it is left out, and why, or has no label."""
    rules = [(each.path, each.reason or "Left out by the reading") for each in reading.left_out if each.path]
    rules += [(path, UNLABELLED) for path in reading.unlabelled]
    masks = next((each for each in reading.left_out if each.kind == "masks"), None)
    whole = {path: fate for path, fate in rules if not path.endswith("/*")}
    direct = {path[:-2]: fate for path, fate in rules if path.endswith("/*")}
    by_folder: dict[str, str] = {}

    def of_folder(folder: str) -> str:
        if folder not in by_folder:
            fate = whole.get(folder) or ""
            parent = folder.rpartition("/")[0]
            by_folder[folder] = fate or (of_folder(parent) if folder and (whole and parent != folder) else "")
        return by_folder[folder]

    fates = []
    for name in names:
        folder = name.rpartition("/")[0]
        fate = whole.get(name) or direct.get(folder) or (of_folder(folder) if whole else "")
        if not fate and masks and is_mask(name):
            fate = masks.reason or "They are masks"
        fates.append(fate)
    return fates


def values_at(where: Where | None, names: Sequence[str], tables: JoinedTables) -> list[str]:
    """What stands for each file at the place that a part of a reading names."""
    match where:
        case None:
            return [""] * len(names)
        case Level(level):
            return _folders(level, names)
        case Column(column):
            return tables.column(column)
        case OneHot(()):
            raise UserError(
                "A part of the reading names no columns", "The list of columns is empty", "Name at least one"
            )
        case OneHot():
            return tables.values(where)
        case Pattern(pattern):
            return search(pattern, names)


def _folders(level: int, names: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    values = []
    for name in names:
        folder = name.rpartition("/")[0]
        if folder not in found:
            parts = folder.split("/") if folder else []
            found[folder] = parts[level] if -len(parts) <= level < len(parts) else ""
        values.append(found[folder])
    if names and not any(values):
        deepest = max(name.count("/") for name in names)
        raise UserError(
            "There is no such folder level",
            f"No file has a folder at level {level}",
            f"Levels are 0 to {deepest - 1}, or −1 to −{deepest} counted from the innermost folder"
            if deepest
            else "There are no folders",
        )
    return values


def _columns_of(where: Column | OneHot) -> Sequence[str]:
    return where.columns if isinstance(where, OneHot) else (where.column,)


def _hot(columns: Sequence[str], values: Sequence[Sequence[str]]) -> list[str]:
    found = []
    for row in zip(*values, strict=True):
        hot = [column for column, value in zip(columns, row, strict=True) if is_one(value)]
        found.append(hot[0] if len(hot) == 1 else "")
    return found


def is_one(value: str) -> bool:
    return value.casefold() in ("1", "1.0", "true")


def _split(written: Sequence[str], meanings: Mapping[str, str], fates: list[str]) -> list[str]:
    splits = []
    for place, value in enumerate(written):
        split = meanings.get(value, "")
        if split == UNLABELLED:
            fates[place] = fates[place] or UNLABELLED
            split = ""
        splits.append(split)
    return splits


def split_of_table(path: str) -> str | None:
    """The split that a table's own name means: that of “train_labels.csv” is train."""
    return split_inside(path.rpartition("/")[2].rpartition(".")[0])


def split_meanings(written: Mapping[str, int], known: Mapping[str, str], *, strict: bool) -> dict[str, str]:
    """What each written split means: as is known, else by its words; the other of two is test, whatever its name.

    Raises:
        UserError: where it is to be strict, one means nothing.
    """
    meant = settle_eval({name: split for name in written if (split := split_word(name))}) | dict(known)
    unknown = unknown_splits(written, meant)
    if strict and len(unknown) == 1 and {meant[name] for name in written if name in meant} == {"train"}:
        meant[unknown[0]] = "test"
    elif strict and unknown:
        raise UserError(
            "Some split names are not recognised",
            ", ".join(f"“{name[:40]}”" for name in unknown[:10]),
            "Give their meanings in the reading's “splits”, rename them to train, val and test, or leave the split out",
        )
    return meant


def guessed_meanings(written: Iterable[str]) -> dict[str, str]:
    """What written splits mean by words in them, to be shown to a person; those that mean nothing are missing."""
    names = [name for name in written if name]
    shared = split_words(names)
    meant = {name: split for name in names if (split := split_word(name) or shared.get(name))}
    inside = {name: split for name in names if (split := split_inside(name))}
    meant = settle_eval(inside if len(inside) == len(names) else meant)
    unknown = unknown_splits(names, meant)
    return meant | ({unknown[0]: "test"} if len(unknown) == 1 and set(meant.values()) == {"train"} else {})


def unknown_splits(written: Iterable[str], meanings: Mapping[str, str]) -> list[str]:
    """The written splits that mean nothing."""
    return sorted(name for name in written if name and name not in meanings)


def no_column(name: str, columns: Sequence[str], path: str = "") -> UserError:
    where = f" in {path}" if path else ""
    return UserError(
        "There is no such column",
        f"“{name[:80]}”{where}",
        f"Columns found: {', '.join(column[:40] for column in columns[:30]) or 'none'}",
    )
