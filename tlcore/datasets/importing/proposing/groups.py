"""What looks like a group, such as a patient or a speaker: a column, a folder level or a part of the files' names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tlcore.datasets.importing.proposing.name_patterns import group_patterns
from tlcore.datasets.importing.reading import Column, Level, Pattern, Where

_NAMES = {
    "patient", "subject", "lesion", "speaker", "participant", "animal", "individual", "person", "people", "user",
    "client", "donor", "case", "study", "site", "hospital", "scene", "video", "session", "actor", "author", "writer",
    "plant", "specimen", "slide", "camera", "location", "group", "burst", "seq", "sequence",
}  # fmt: skip
_PLACES = {"site", "location", "camera", "hospital", "case", "group"}  # also said of a part of a body and the like
_FEWEST = 6  # different values
_FULLEST = 0.9  # of the values there could be: above that hardly any repeats
_FULLEST_UNNAMED = 0.6
_PURE = 0.95  # of the examples of a value that are of one class


_MOST_LEVELS = 8


class Suggestion(NamedTuple):
    """What may be a group.

    Attributes:
        where: where it comes from; no two have the same.
        place: that in words, such as “folder 2 of the path”.
        values: of each example.
        is_likely: whether its values look like those of a group, so that a person should decide.
    """

    where: Where
    place: str
    values: Sequence[str]
    is_likely: bool

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(filter(None, self.values)))

    @property
    def name(self) -> str:
        """A column's own name; of others, where they come from and some of their values."""
        if isinstance(self.where, Column):
            return self.where.column
        return f"{self.place} ({', '.join(group[:20] for group in self.groups[:3])}, …)"

    def matters_with(self, splits: Sequence[str]) -> bool:
        """Whether it changes anything: where all three splits are given, only if a group is in several of them."""
        pairs = {(group, split) for group, split in zip(self.values, splits, strict=True) if group}
        return len(set(splits) - {""}) < 3 or len(pairs) > len(self.groups)

    @property
    def doubt(self) -> str:
        """A sentence for whoever has not chosen a group."""
        shown = ", ".join(f"“{group[:40]}”" for group in self.groups[:3])
        return (
            f"{self.place[:1].upper()}{self.place[1:]} looks like a group ({len(self.groups):,} values such as "
            f"{shown}). Use it as the group; otherwise examples with the same value may be in both train and test"
        )


def suggest(
    columns: Mapping[str, Sequence[str]],
    names: Sequence[str],
    labels: Sequence[str],
    splits: Sequence[str],
) -> list[Suggestion]:
    """What may be the group: columns first, then folders, then parts of file names, of those that part alike the first.

    What parts the examples as the classes or the splits do is none, nor is what has each class in one group alone: then
    nothing is left for val and test.

    Args:
        columns: the text of each example in the columns that look like groups, by name.
        names: the examples' paths.
        labels: their classes.
        splits: their splits as they are written, if there are any.
    """
    found: list[Suggestion] = []
    for each in _candidates(columns, names, labels):
        known = (labels, splits, *(other.values for other in found))
        if not _holds_all_classes(each.values, labels) and not any(_part_alike(each.values, other) for other in known):
            found.append(each)
    return found


def _candidates(
    columns: Mapping[str, Sequence[str]], names: Sequence[str], labels: Sequence[str]
) -> Iterator[Suggestion]:
    for name, values in columns.items():
        yield Suggestion(Column(name), f"the column “{name}”", values, True)
    folders = [name.split("/")[:-1] for name in names]
    for level in range(min(_MOST_LEVELS, max(map(len, folders), default=0))):
        values = [parts[level] if level < len(parts) else "" for parts in folders]
        if looks_like_group(_shared_words(values), values, labels):
            yield Suggestion(Level(level), f"folder {level + 1} of the path", values, True)
    for each in group_patterns(names):
        is_likely = looks_like_group(_shared_words(each.values), each.values, labels)
        is_likely = is_likely or _are_in_all_classes(each.values, labels)
        yield Suggestion(Pattern(each.pattern), f"part {each.part} of the file name", each.values, is_likely)


def _holds_all_classes(values: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether the examples of each class, of those with a value, all have the same one."""
    pairs = {(value, label) for value, label in zip(values, labels, strict=True) if value}
    return len(pairs) == len({label for _, label in pairs})


def _part_alike(values: Sequence[str], others: Sequence[str]) -> bool:
    pairs = {(value, other) for value, other in zip(values, others, strict=True) if value and other}
    return len(pairs) == len({value for value, _ in pairs}) == len({other for _, other in pairs}) > 0


def _shared_words(values: Sequence[str]) -> str:
    """The words in nearly all different values, such as “patient” in “patient00”: what they are, as far as they say."""
    unlike = set(values) - {""}
    counts = Counter(word for value in unlike for word in set(re.findall("[^\\W\\d_]+", value.casefold())))
    return " ".join(word for word, count in counts.items() if count >= 0.9 * len(unlike))


def _are_in_all_classes(values: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether values are words, as names of people are, that stand in most classes each."""
    classes: dict[str, set[str]] = defaultdict(set)
    for value, label in zip(values, labels, strict=True):
        classes[value].add(label)
    classes.pop("", None)
    common = sum(2 * len(each) > len(set(labels)) for each in classes.values())
    return len(classes) >= _FEWEST and all(map(str.isalpha, classes)) and common >= 0.9 * len(classes)


def looks_like_group(name: str, values: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether examples that share a value of a column are likely pictures of one thing.

    It is called as one, or looks like an identifier whose values repeat within a class and hardly ever across.

    Args:
        name: what it is called.
        values: its text for each example; "" where there is none.
        labels: the class of each.
    """
    pairs = Counter(zip(values, labels, strict=True))
    counts: dict[str, list[int]] = defaultdict(list)
    for (value, _), count in pairs.items():
        if value:
            counts[value].append(count)
    unlike, total = len(counts), sum(map(sum, counts.values()))
    if not 1 < unlike <= _FULLEST * total:
        return False
    words = {word.casefold() for word in re.findall("[^\\W\\d_]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", name))}
    is_id = bool(words & {"id", "ids", "no", "nr", "number", "uid", "uuid", "code"})
    if words & (_NAMES - _PLACES) or (words & _PLACES and (is_id or unlike >= _FEWEST)):
        return True
    if not _FEWEST <= unlike <= _FULLEST_UNNAMED * total:
        return False
    is_measured = all(re.fullmatch("[0-9.,+-]+", value) for value in counts)
    has_digits = sum(any(letter.isdigit() for letter in value) for value in counts) > 0.9 * unlike
    if not is_id and (is_measured or not has_digits):
        return False
    pure = sum(map(max, counts.values()))
    return unlike >= 2 * len(set(labels)) and pure >= _PURE * total
