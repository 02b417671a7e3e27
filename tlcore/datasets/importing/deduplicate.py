"""Which of the labelled pictures become examples: each picture once, under one label, on one side."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tlcore.datasets.dataset import SPLITS, Problem
from tlcore.datasets.importing.validate import ValidFile
from tlcore.datasets.problems import problem


class Labelled(NamedTuple):
    """A file with its class's name and its split as given; None where none is given."""

    name: str
    label: str
    split: str | None


class Example(NamedTuple):
    """A picture to be stored, with its class's name and its split; None where none is given."""

    name: str
    label: str
    split: str | None
    item: ValidFile


def choose(labelled: Sequence[Labelled], valid: Mapping[str, ValidFile]) -> tuple[list[Example], list[Problem]]:
    """Keeps one of each set of exact duplicates.

    Where they have several labels nobody knows which is right, and none is kept. Where they lie in several given
    splits, the one in test is kept, else the one in val, so that what reports has not been learned from.

    Args:
        labelled: files with their labels; those that are not in `valid` are passed over.
        valid: what can be read.

    Returns:
        The examples by name, and what was left out.
    """
    labelled = [Example(*each, valid[each.name]) for each in sorted(labelled) if each.name in valid]
    times = Counter(example.item.sha256 for example in labelled)
    examples, copies = [], defaultdict(list)
    for example in labelled:
        if times[example.item.sha256] == 1:
            examples.append(example)
        else:
            copies[example.item.sha256].append(example)
    disputed, crossing, repeated = [], [], []
    for same in copies.values():
        if len({example.label for example in same}) > 1:
            disputed += [example.name for example in same]
            continue
        same.sort(key=lambda example: -SPLITS.index(example.split) if example.split else 0)
        examples.append(same[0])
        for example in same[1:]:
            (repeated if example.split == same[0].split else crossing).append((example.name, same[0].name))
    found = [
        *problem(
            "conflicting duplicates",
            disputed,
            "All left out: the same content has several labels. Keep only the file with the right one",
        ),
        *problem(
            "duplicates",
            [name for name, _ in crossing],
            "Left out: the same content is kept in another split (in test first, then val, then train)",
            [kept for _, kept in crossing],
        ),
        *problem(
            "duplicates",
            [name for name, _ in repeated],
            "Left out: another file with the same content is kept",
            [kept for _, kept in repeated],
        ),
    ]
    return sorted(examples, key=lambda example: example.name), found
