"""Columns that look like a group, such as a patient or a speaker: their examples belong in one split."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tlcore.datasets.importing.reading import Where

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


class Suggestion(NamedTuple):
    """A column that looks like a group.

    Attributes:
        name: what it is called.
        where: where it comes from.
        count: how many groups there are.
        examples: three of them.
    """

    name: str
    where: Where
    count: int
    examples: tuple[str, ...]


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
