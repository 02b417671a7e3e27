"""What was asked of the splits and what came of it, in words; and what to expect of a group before the import."""

from collections import defaultdict
from collections.abc import Sequence

from tlcore.base.formatting import listed
from tlcore.datasets.dataset import SPLITS, Problem
from tlcore.datasets.importing.assign import Assignment
from tlcore.datasets.importing.reading import Reading, group_column_of
from tlcore.datasets.problems import problem
from tlcore.datasets.splits import FEW_GROUPS, classes_in_one_group

_OTHER_GROUP = "Choose another group, or none"


def expected_of_group(reading: Reading, assigned: Assignment) -> list[str]:
    """What the chosen group makes impossible, as far as is known before any file is read.

    Args:
        reading: the reading, maybe with a group.
        assigned: what it says of each file.
    """
    given = sorted({assigned.splits[place] for place in assigned.examples} - {""}, key=SPLITS.index)
    if reading.group is None or len(given) == len(SPLITS):
        return []
    is_two = len(given) > 1
    places = [place for place in assigned.examples if not is_two or assigned.splits[place] == given[0]]
    labels = [assigned.labels[place] for place in places]
    groups = [assigned.groups[place] or f"\0{place}" for place in places]
    column, number = group_column_of(reading), len(set(groups))
    if number < 2 and not is_two:
        return [f"All examples are in one group by “{column}”, so they can't be split by it. {_OTHER_GROUP}"]
    alone = classes_in_one_group(labels, groups)
    lacking = [*(["val"] if number >= FEW_GROUPS else []), *([] if is_two else ["test"])]
    if not alone or not lacking or number == len(groups):
        return []
    needed = {group for label, group in zip(labels, groups, strict=True) if label in set(alone)}
    of = [] if number - len(needed) < 2 else alone
    return [f"With “{column}” as the group, there will be {_none(lacking, of)}: {_why(alone)}. {_OTHER_GROUP}"]


def outcome_of_splits(
    names: Sequence[str],
    labels: Sequence[str],
    splits: Sequence[str],
    given: Sequence[str],
    fractions: tuple[float, float, float],
    groups: Sequence[str] | None,
    column: str,
) -> list[Problem]:
    """What the splits lack of what was asked for, and how far groups were kept apart.

    Args:
        names: each example's source name.
        labels: each example's class.
        splits: each example's split.
        given: the splits that were given.
        fractions: the shares of train, val and test that were asked for, where no splits were given.
        groups: each example's group, as `splits.group_values` gives it; None for none.
        column: what the group is called.
    """
    if len(given) > 1:
        made = ["val"] if len(given) == 2 else []
        asked = ["val", "test"]
    else:
        made = asked = [split for split, share in zip(SPLITS[1:], fractions[1:], strict=True) if share]
    empty = [split for split in asked if split not in splits]
    found = [Problem("empty split", (), f"There are {_none([split])}: none of its files could be used")
             for split in empty if split not in made]  # fmt: skip
    empty = [split for split in empty if split in made]
    if groups is None or len(set(groups)) == len(groups):
        if empty:
            action = f"There are {_none(empty)}: the classes are too small. Add more examples"
            found.append(Problem("empty split", (), action))
        if groups:
            action = f"Every example has its own value in “{column}”: using it as the group changes nothing"
            found.append(Problem("group", (), action))
        return found
    if len(given) > 1:
        found += _leaks(names, ["train" if split in made else split for split in splits], groups, column)
    return found + _of_groups(labels, splits, made, empty, groups, column)


def _of_groups(
    labels: Sequence[str],
    splits: Sequence[str],
    made: Sequence[str],
    empty: Sequence[str],
    groups: Sequence[str],
    column: str,
) -> list[Problem]:
    """What groups did to the splits that were made."""
    found = []
    rows = [row for row, split in enumerate(splits) if split == "train" or split in made]
    alone = classes_in_one_group([labels[row] for row in rows], [groups[row] for row in rows])
    lacking = [split for split in made if not any(splits[row] == split and labels[row] in alone for row in rows)]
    if empty:
        why = _why(alone) if alone else "there are too few groups"
        action = f"With “{column}” as the group, there are {_none(empty)}: {why}. {_OTHER_GROUP}"
        found.append(Problem("empty split", (), action))
    elif alone and lacking:
        action = f"With “{column}” as the group, there are {_none(lacking, alone)}: {_why(alone)}"
        found.append(Problem("group", (), action))
    in_split = {split: {groups[row] for row in rows if splits[row] == split} for split in ("train", *made)}
    if "val" in made and in_split["train"] & in_split["val"]:
        number = len(set(groups))
        apart = "test is split by group, but " if in_split.get("test") else ""
        action = f"There are only {number} groups by “{column}”: {apart}val has examples of the same groups as train"
        found.append(Problem("group", (), action))
    return found


def _leaks(names: Sequence[str], splits: Sequence[str], groups: Sequence[str], column: str) -> list[Problem]:
    """Groups that straddle the given splits."""
    splits_of: dict[str, set[str]] = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        splits_of[group].add(split)
    leaks = [name for name, group in zip(names, groups, strict=True) if len(splits_of[group]) > 1]
    which = [group for group, its in splits_of.items() if len(its) > 1]
    shown = ", ".join(f"“{group[:40]}”" for group in which[:5]) + (" …" if len(which) > 5 else "")
    action = (
        f"{len(which):,} of {len(splits_of):,} groups by “{column}” are in several of the given splits ({shown}). The "
        "splits are kept as given, so results on test may be too good"
    )
    return problem("group leak", leaks, action)


def _why(alone: Sequence[str]) -> str:
    if len(alone) == 1:
        return f"all examples of {listed(alone, 10, 40)} are in one group, and train needs them"
    return f"all examples of each of the classes {listed(alone, 10, 40)} are in one group, and train needs them"


def _none(splits: Sequence[str], classes: Sequence[str] = ()) -> str:
    return f"no examples{f' of {listed(classes, 10, 40)}' if classes else ''} in {' and '.join(splits)}"
