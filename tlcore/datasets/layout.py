"""Which class, and which split, each picture has: from the folders that it lies in, or from `labels.csv`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tlcore.datasets.dataset import Problem
from tlcore.datasets.names import clean_label
from tlcore.datasets.problems import problem
from tlcore.datasets.splits import split_named
from tlcore.datasets.table import Row
from tlcore.errors import UserError


class Labelled(NamedTuple):
    """A file with its class's name and its split as given; None where none is given."""

    name: str
    label: str
    split: str | None


def from_folders(names: Sequence[str]) -> tuple[list[Labelled], list[Problem]]:
    """A folder a class, or folders named after splits with a folder a class in each; folders around them don't count.

    Args:
        names: paths of pictures, with forward slashes.
    """
    paths = {name: tuple(name.split("/")) for name in names}
    depth = 0
    while True:
        inside = {name: parts[depth:] for name, parts in paths.items() if len(parts) > depth + 1}
        tops = {parts[0] for parts in inside.values()}
        if len(tops) != 1 or not any(len(parts) > 2 for parts in inside.values()):
            break
        depth += 1
        paths = {name: parts for name, parts in paths.items() if name in inside}
    if _has_splits(inside.values()):
        found = {
            name: (parts[1], split_named(parts[0]))
            for name, parts in inside.items()
            if split_named(parts[0]) and len(parts) > 2
        }
    else:
        found = {name: (parts[0], None) for name, parts in inside.items()}
    cleaned = {label: clean_label(label) for label in {label for label, _ in found.values()}}
    labelled = [Labelled(name, cleaned[label], split) for name, (label, split) in found.items() if cleaned[label]]
    known = {each.name for each in labelled}
    without = [name for name in names if name not in known]
    action = "Left out: they lie in no class's folder. Put each into the folder of its class"
    return labelled, problem("without label", without, action)


def _has_splits(paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether the first folders are splits, and not classes that happen to be called “train” or “test”."""
    tops = defaultdict(bool)
    for parts in paths:
        tops[parts[0]] |= len(parts) > 2
    named = [top for top in tops if split_named(top)]
    return any(tops[top] for top in named) and (len(named) > 1 or len(named) == len(tops))


def from_table(names: Sequence[str], rows: Sequence[Row], folder: str) -> tuple[list[Labelled], list[Problem]]:
    """Labels as a table gives them.

    A row's file is the one at that path from the table's folder, else the only one whose path ends so, in capitals
    or not, with its suffix or without.

    Args:
        names: paths of pictures, with forward slashes.
        rows: the table.
        folder: the folder that the table lies in, "" for the top.

    Raises:
        UserError: no row has a label, none names a file that is there, or a split's name is unknown.
    """
    known = set(names)
    paths = [f"{folder}/{row.filename}" if folder else row.filename for row in rows]
    others = {row.filename.casefold() for row, path in zip(rows, paths, strict=True) if path not in known}
    ending = _ending(names, others)
    labels, missing, ambiguous, disputed = {}, [], [], set()
    for row, path in zip(rows, paths, strict=True):
        matches = [path] if path in known else ending[row.filename.casefold()]
        if len(matches) != 1:
            (ambiguous if matches else missing).append(row.filename)
        elif row.label and labels.setdefault(matches[0], row).label != row.label:
            disputed.add(matches[0])
    if rows and not any(row.label for row in rows):
        raise UserError(
            "The table of labels has no labels",
            f"The column label is empty in all {len(rows):,} rows",
            "Write the class of each file into its row",
        )
    if rows and not labels:
        raise UserError(
            "The table of labels names no file that is there",
            f"Its first row has “{rows[0].filename[:100]}”, the files are such as “{min(names)[:100]}”"
            if names
            else "There are no pictures beside it",
            "Write file names as they are, relative to the table's folder",
        )
    given = _given_splits({row.split for name, row in labels.items()})
    labelled = [
        Labelled(name, labels[name].label, given[labels[name].split])
        for name in names
        if name in labels and name not in disputed
    ]
    unlabelled = [name for name in names if name not in labels]
    problems = [
        *problem(
            "conflicting labels", sorted(disputed), "Left out: the table gives them several labels. Keep the right one"
        ),
        *problem("missing", missing, "The table names them, but they are not there. Add them, or delete their rows"),
        *problem("ambiguous", ambiguous, "Left out: several files are called so. Write their folder before the name"),
        *problem("without label", unlabelled, "Left out: the table has no label for them. Add a row for each"),
    ]
    return labelled, problems


def _ending(names: Sequence[str], ends: set[str]) -> dict[str, list[str]]:
    """The paths that have each of these ends, in small letters, with the suffix or without."""
    found = {end: [] for end in ends}
    if not ends:
        return found
    for name in names:
        parts = name.casefold().split("/")
        for start in range(max(0, len(parts) - 8), len(parts)):
            end = "/".join(parts[start:])
            if end in found:
                found[end].append(name)
            if "." in parts[-1] and (stem := end.rpartition(".")[0]) in found:
                found[stem].append(name)
    return found


def _given_splits(written: set[str]) -> dict[str, str | None]:
    """What each split's name in a table means. Rows without one are for training where others have one."""
    meant = {name: split_named(name) for name in written if name}
    unknown = sorted(name for name, split in meant.items() if split is None)
    if len(unknown) == 1 and set(meant.values()) - {None} == {"train"}:
        meant[unknown[0]] = "test"  # the other of two, whatever its name
    elif unknown:
        raise UserError(
            "The table of labels has splits that are unknown",
            ", ".join(f"“{name[:40]}”" for name in unknown[:10]),
            "Call them train, val and test, or leave the column out",
        )
    meant[""] = "train" if meant else None
    return meant
