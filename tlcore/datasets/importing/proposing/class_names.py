"""Names for classes: lists of them beside integer labels, tables of codes, and one class written in two ways."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tlcore.datasets.filenames import suffix
from tlcore.datasets.importing.tables.table import Table

_LONGEST = 100  # characters of a name; ImageNet's synonyms are the longest in use, and sentences may be longer
_CALLED = {
    "class", "classes", "classname", "classnames", "label", "labels", "labelnames", "labelmap", "name", "names",
    "category", "categories", "synset", "synsets", "wnid", "wnids", "words", "species", "breeds", "map", "mapping",
    "index", "legend", "codes",
}  # fmt: skip


class ClassNames(NamedTuple):
    """What labels stand for.

    Attributes:
        names: the name of each label; empty where no table says any.
        path: of the table that says so.
        is_certain: whether it is called as a list of classes, or has one column alone that can be their names.
    """

    names: dict[str, str]
    path: str = ""
    is_certain: bool = True


def names_from_tables(
    labels: Iterable[str], tables: Sequence[Table], contents: Mapping[str, bytes] | None = None
) -> ClassNames:
    """What codes stand for, where a table says so.

    A table with a column that holds every label once, and another of as many different texts, gives each its name. So
    does a file that is called as a list of classes is (“classes.txt”, “label_names.csv”): with a code in each line, or
    with as many short lines as there are integer labels, from 0 or 1 on.

    Args:
        labels: those that there are.
        tables: those that name no files.
        contents: the bytes of each, by path.
    """
    labels = set(labels)
    for table in tables if len(labels) > 1 else ():
        is_called = _is_called(table.path)
        is_text = suffix(table.path) == ".txt"
        lines = _lines(table, (contents or {}).get(table.path, b"")) if is_called else []
        for read in _with_codes(table.path, lines) if is_text else _readings(table):
            names, choices = _from_codes(labels, read)
            if names:
                return ClassNames(names, table.path, is_called or choices == 1)
        if names := _from_list(labels, lines) or _from_list(labels, [] if is_text else lines[1:]):  # without a header
            return ClassNames(names, table.path)
    return ClassNames({})


def _is_called(path: str) -> bool:
    """Whether a file is called as a list of classes is."""
    stem = re.sub("(?<=[a-z])(?=[A-Z])", " ", path.rpartition("/")[2].rpartition(".")[0])
    words = {word.casefold() for word in re.findall("[^\\W\\d_]+", stem)}
    return bool(words & _CALLED) and "readme" not in words


def _readings(table: Table) -> list[Table]:
    return [table] if table.is_certain else [table.without_header(), table]


def _lines(table: Table, content: bytes) -> list[str]:
    """The lines of a text, whatever parts its words, or of a table of one column."""
    if suffix(table.path) == ".txt":
        text = content.decode(table.encoding or "utf-8", "replace").removeprefix("\ufeff")
        return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return _readings(table)[0].values[0] if len(table.columns) == 1 else []


def _with_codes(path: str, lines: Sequence[str]) -> list[Table]:
    """Lines as tables of two columns: their first or their last word, and what is beside it."""
    found = []
    for pattern in ("(\\S+?)[\\s:,;=]+(.+)", "(.+?)[\\s:,;=]+(\\S+)"):
        pairs = [match.groups() for line in lines if (match := re.fullmatch(pattern, line))]
        if pairs and len(pairs) == len(lines):
            found.append(Table(path, ["first", "last"], [list(column) for column in zip(*pairs, strict=True)]))
    return found


def _from_list(labels: set[str], names: Sequence[str]) -> dict[str, str]:
    if not all(label.isascii() and label.isdigit() and len(label) < 6 for label in labels):
        return {}
    numbers = {label: int(label) for label in labels}
    first = 0 if min(numbers.values()) == 0 or len(names) > max(numbers.values()) else 1
    if len(names) == max(numbers.values()) + 1 - first and _are_names(names):
        return {label: names[number - first] for label, number in numbers.items()}
    return {}


def _from_codes(labels: set[str], table: Table) -> tuple[dict[str, str], int]:
    """The name of each label, and how many columns could have been their names."""
    if table.rows > 20 * len(labels) + 1000:
        return {}, 0
    for codes in table.values:
        if len(set(codes)) == len(codes) and labels <= set(codes):
            able = [names for names in table.values if names is not codes and _are_names(names)]
            if able:
                of = dict(zip(codes, able[0], strict=True))
                return {label: of[label] for label in labels}, len(able)
    return {}, 0


def _are_names(names: Sequence[str]) -> bool:
    """Whether texts may be the names of classes: each another, short, and not all of them numbers."""
    is_each = all(names) and len(set(names)) == len(names)
    return is_each and not all(map(_is_number, names)) and max(map(len, names)) <= _LONGEST


def merges(counts: Mapping[str, int]) -> dict[str, str]:
    """The labels that differ from a more frequent one by capitals, blanks or underscores alone, each with that one.

    Single letters are left as they are: “a” and “A” may well be two classes.

    Args:
        counts: how many files have each label.
    """
    alike: dict[str, list[str]] = {}
    for label in counts:
        if len(label) > 1 and any(letter.isalpha() for letter in label):
            alike.setdefault("".join(label.casefold().replace("_", " ").replace("-", " ").split()), []).append(label)
    order = Counter(counts)
    found = {}
    for same in alike.values():
        if len(same) > 1:
            best = max(same, key=lambda label: (order[label], label.islower(), label))
            found |= {label: best for label in same if label != best}
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
