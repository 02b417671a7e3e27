"""Classes and groups that stand in the names of files: `cat.0.jpg`, `3_jackson_12.png`."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tlcore.datasets.importing.patterns import search
from tlcore.datasets.importing.proposing.split_names import split_word

_LEAST_SHARE = 0.9  # of the files in a folder whose name must fit
_LEAST_FILES = 3  # of a class, on average
_MOST_CLASSES = 1000
_BEFORE_NUMBER = "(?:^|/)([^/]*?[^/0-9 _.()-])[ _.-]*[(]?[0-9]+[)]?[.][^./]+$"
_CAMERAS = {"img", "image", "dsc", "dscn", "dscf", "pict", "photo", "picture", "frame", "pxl", "mvi", "scan", "p"}


class NamePattern(NamedTuple):
    """A pattern on paths that finds something that repeats.

    Attributes:
        pattern: a regular expression; its first group is the value.
        values: what it finds in each path; "" for nothing.
        part: which part of the file's name it finds, counted from 1; 0 for none.
    """

    pattern: str
    values: list[str]
    part: int = 0


def class_pattern(names: Sequence[str]) -> tuple[NamePattern | None, tuple[str, ...]]:
    """A pattern that finds a class in the names of files, and the folders in which it finds none.

    Where names are made of the same number of parts, it is the first part that repeats; else the words before a number
    at the end.
    """
    candidates = [*_parts(names, 3), NamePattern(_BEFORE_NUMBER, search(_BEFORE_NUMBER, names))]
    for candidate in candidates:
        fitting: Counter = Counter()
        folders: Counter = Counter()
        for name, value in zip(names, candidate.values, strict=True):
            folder = name.rpartition("/")[0]
            folders[folder] += 1
            fitting[folder] += bool(value)
        without = tuple(folder for folder, count in folders.items() if fitting[folder] < 0.1 * count)
        values = Counter(value for value in candidate.values if value)
        expected = sum(count for folder, count in folders.items() if folder not in without)
        fits = sum(values.values()) >= _LEAST_SHARE * expected > 0
        enough = 2 <= len(values) <= _MOST_CLASSES and sum(values.values()) >= _LEAST_FILES * len(values)
        if fits and enough and not all(value.casefold() in _CAMERAS for value in values):
            return candidate, without
    return None, ()


def beside_splits(names: Sequence[str]) -> NamePattern | None:
    """A pattern that finds the class beside the split in a folder's name, as in “cat_train” and “dog_test”."""
    folders = {part for name in names for part in name.split("/")[:-1]}
    words = {word for part in folders for word in re.findall("[A-Za-z]+?(?=[A-Z_ -]|$)", part) if split_word(word)}
    if len(words) < 2:
        return None
    either = "|".join(sorted(words, key=lambda word: (-len(word), word)))
    for pattern in (f"(?:^|/)([^/]+?)[ _-]*(?:{either})/", f"(?:^|/)(?:{either})[ _-]*([^/]+)/"):
        values = search(pattern, names)
        if 1 < len(set(values)) <= _MOST_CLASSES and all(values):
            return NamePattern(pattern, values)
    return None


def group_patterns(names: Sequence[str]) -> list[NamePattern]:
    """Patterns that find a part of file names that repeats, and so may be a group; a running number is none."""
    parts = _parts(names, 2)
    folders = [name.rpartition("/")[0] for name in names]
    running = [
        each
        for each in parts
        if _counts_within(each.values, list(zip(folders, *(o.values for o in parts if o is not each), strict=True)))
    ]
    return [each for each in parts if len(set(each.values)) > 5 and each not in running[-1:]]


def _counts_within(values: Sequence[str], cells: Sequence[tuple[str, ...]]) -> bool:
    """Whether values count the files in nearly every cell anew: from 0 or 1 on, each number once, few left out.

    Args:
        values: the part of each name.
        cells: the folder and all other parts that repeat.
    """
    numbers: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for value, cell in zip(values, cells, strict=True):
        if not (value.isascii() and value.isdigit()):
            return False
        numbers[cell].append(int(value[:18]))
    fitting = sum(
        min(each) <= 1 and len(set(each)) == len(each) >= (max(each) - min(each) + 1) / 2 for each in numbers.values()
    )
    return fitting >= _LEAST_SHARE * len(numbers)


def _parts(names: Sequence[str], fewest: int) -> list[NamePattern]:
    """A pattern for each part of the names that repeats, where all are made of the same number, so many at least."""
    stems = [_stem(name) for name in names]
    for separator in "_-" if names else "":
        counts = Counter(stem.count(separator) for stem in stems)
        number, times = max(counts.items(), key=lambda item: item[1])
        if not fewest - 1 <= number <= 7 or times < _LEAST_SHARE * len(names):
            continue
        unlike: dict[int, set[str]] = defaultdict(set)
        for stem in stems:
            for place, part in enumerate(stem.split(separator)):
                unlike[place].add(part)
        places = [place for place in range(number + 1) if 2 <= len(unlike[place]) <= len(names) / _LEAST_FILES]
        patterns = {place: _part_pattern(place, number, separator) for place in places}
        return [NamePattern(pattern, search(pattern, names), place + 1) for place, pattern in patterns.items()]
    return []


def _part_pattern(place: int, number: int, separator: str) -> str:
    part = f"[^/{separator}]"
    if place == number:
        return f"{separator}({part}+)[.][^./]+$"
    before = f"{part}*{separator}" * place
    after = f"{separator}{part}*" * (number - place)
    return f"(?:^|/){before}({part}+){after}$"


def _stem(name: str) -> str:
    return re.sub("[.][^./]{1,6}$", "", name.rpartition("/")[2])
