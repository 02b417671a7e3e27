"""Which examples fit, which choose, and which report."""

import hashlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import isclose
from typing import TYPE_CHECKING

import numpy as np

from tlcore.base.errors import UserError
from tlcore.datasets.filenames import in_natural_order

if TYPE_CHECKING:
    import pandas as pd

FEW_GROUPS = 6  # below which val is no longer kept apart by group
_FOLDS = 20
_ALONE = "\0"  # begins the name of a group that is one example without a value


def check_fractions(fractions: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Raises a `UserError` when these are no shares of train, val and test, or the seed is no seed."""
    fractions = tuple(float(fraction) for fraction in fractions)
    if len(fractions) != 3 or min(fractions) < 0 or fractions[0] == 0 or not isclose(sum(fractions), 1, abs_tol=1e-6):
        raise UserError(
            "These fractions can't split a dataset",
            f"The fractions are {', '.join(f'{fraction:g}' for fraction in fractions)}",
            "Give three fractions for train, val and test that sum to 1, with train above 0",
        )
    if not 0 <= seed < 2**31:
        raise UserError("The seed is out of range", f"It is {seed}", "Give a whole number from 0 to 2,147,483,647")
    return fractions


def stratified(
    keys: Sequence[str],
    labels: Sequence[str],
    fractions: tuple[float, float, float],
    seed: int,
    groups: Sequence[str] | None = None,
) -> list[str]:
    """Splits each class by the same fractions, by seed.

    Where an example goes depends on its own key, its class's examples and the seed alone, so that the order of
    files, their names and other classes change nothing. A class with three examples or more is in each split that
    has a share; one with two is in train and test.

    With groups, examples of one group are in one split, and classes are split by the fractions as far as groups
    allow (`sklearn.model_selection.StratifiedGroupKFold`). Every class has examples in train. With fewer than
    `FEW_GROUPS` groups test alone is by group, and val a stratified part of what is left.

    Args:
        keys: an unlike text for each example (the hash of its bytes).
        labels: each example's class.
        fractions: shares of train, val and test.
        seed: what chance depends on.
        groups: each example's group.

    Returns:
        "train", "val" or "test" for each example.
    """
    if groups is not None and 1 < len(set(groups)) < len(groups):
        return _split_by_group(keys, labels, fractions, seed, groups)
    classes = defaultdict(list)
    for row, label in enumerate(labels):
        classes[label].append(row)
    splits = ["train"] * len(keys)
    for label, rows in classes.items():
        rows.sort(key=lambda row: _chance(seed, keys[row]))
        val, test = _counts(len(rows), fractions, heads=_chance(seed, label) < "8")
        for row in rows[:test]:
            splits[row] = "test"
        for row in rows[test : test + val]:
            splits[row] = "val"
    return splits


def group_values(column: "pd.Series") -> list[str]:
    """The group of each example as a text; an example without a value is a group of its own."""
    missing = column.isna().to_numpy() | (column.astype(str) == "").to_numpy()
    values = column.astype(str).to_numpy(object)
    return [f"{_ALONE}{row}" if gone else value for row, (value, gone) in enumerate(zip(values, missing, strict=True))]


def classes_in_one_group(labels: Sequence[str], groups: Sequence[str]) -> list[str]:
    """The classes all of whose examples are in one group: train needs them, so val and test can have none of them.

    Args:
        labels: each example's class.
        groups: each example's group; one with "" is a group of its own.
    """
    groups_of: dict[str, set[str]] = defaultdict(set)
    for row, (label, group) in enumerate(zip(labels, groups, strict=True)):
        groups_of[label].add(group or f"{_ALONE}{row}")
    return list(in_natural_order(label for label, each in groups_of.items() if len(each) == 1))


def check_groups(groups: Sequence[str], column: str) -> None:
    """Raises a `UserError` when groups leave nothing to split: there is one alone."""
    if len(set(groups)) < 2:
        raise UserError(
            "All examples are in one group",
            f"The column “{column[:80]}” has a single value, so the dataset can't be split by it",
            "Choose a column with several values, or none",
        )


def _split_by_group(
    keys: Sequence[str],
    labels: Sequence[str],
    fractions: tuple[float, float, float],
    seed: int,
    groups: Sequence[str],
) -> list[str]:
    order = sorted(range(len(keys)), key=keys.__getitem__)  # so that the order of files changes nothing
    labels = [labels[row] for row in order]
    groups = [_ALONE + keys[row] if groups[row].startswith(_ALONE) else groups[row] for row in order]
    folds, count = _folds(labels, groups, seed)
    few = len(set(groups)) < FEW_GROUPS
    val, test = (max(1, round(share * count)) if share else 0 for share in fractions[1:])
    splits = np.full(len(order), "train", object)
    splits[(folds >= 0) & (folds < test)] = "test"
    if not few:
        splits[(test <= folds) & (folds < test + val)] = "val"
    _let_train_have_every_class(splits, labels, groups)
    if few and fractions[1]:
        rows = np.flatnonzero(splits == "train")
        shares = (fractions[0] / (fractions[0] + fractions[1]), fractions[1] / (fractions[0] + fractions[1]), 0.0)
        splits[rows] = stratified([keys[order[row]] for row in rows], [labels[row] for row in rows], shares, seed)
    result = np.empty(len(order), object)
    result[order] = splits
    return result.tolist()


def _folds(labels: Sequence[str], groups: Sequence[str], seed: int) -> tuple[np.ndarray, int]:
    """(n,) int: up to twenty parts of about the same size and classes, those of one group in one part; and how many.

    Groups that hold all examples of a class, which train needs, are in none: −1.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    alone = set(classes_in_one_group(labels, groups))
    needed = {group for label, group in zip(labels, groups, strict=True) if label in alone}
    folds = np.full(len(groups), -1)
    free = np.flatnonzero([group not in needed for group in groups])
    labels, groups = np.array(labels, object)[free], np.array(groups, object)[free]
    count = min(_FOLDS, len(set(groups)), max(Counter(labels).values(), default=0))
    if count > 1:
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a class with fewer examples than there are parts is in some
            for fold, (_, rows) in enumerate(splitter.split(free, labels, groups)):
                folds[free[rows]] = fold
    return folds, count


def _let_train_have_every_class(splits: np.ndarray, labels: Sequence[str], groups: Sequence[str]) -> None:
    """Moves the groups of a class that train has none of: those in val, where there are some, else those in test."""
    labels, groups = np.array(labels, object), np.array(groups, object)
    for label in sorted(set(labels) - set(labels[splits == "train"])):
        its = labels == label
        split = "val" if (splits[its] == "val").any() else "test"
        splits[np.isin(groups, list(set(groups[its & (splits == split)])))] = "train"


def complete_two(
    keys: Sequence[str],
    labels: Sequence[str],
    given: Sequence[str],
    first: str,
    seed: int,
    groups: Sequence[str] | None = None,
) -> list[str]:
    """Makes three splits of two given ones: the first is train, the other test, a stratified fifth of train is val.

    Args:
        keys: as in `stratified`.
        labels: each example's class.
        given: each example's split, `first` or the other one.
        first: the one that is train.
        seed: what chance depends on.
        groups: each example's group, which is not in train and val both.
    """
    rows = [row for row, split in enumerate(given) if split == first]
    inner = stratified(
        [keys[row] for row in rows],
        [labels[row] for row in rows],
        (0.8, 0.2, 0.0),
        seed,
        None if groups is None else [groups[row] for row in rows],
    )
    splits = ["test"] * len(keys)
    for row, split in zip(rows, inner, strict=True):
        splits[row] = split
    return splits


def _counts(n: int, fractions: tuple[float, float, float], *, heads: bool) -> tuple[int, int]:
    """How many of n examples of a class go to val and to test: largest remainders, at least one where possible."""
    exact = [n * fraction for fraction in fractions]
    counts = [int(value + 1e-9) for value in exact]
    order = sorted(
        range(3), key=lambda which: (round(exact[which] - counts[which], 9), (which == 1) == heads), reverse=True
    )
    for which in order[: n - sum(counts)]:
        counts[which] += 1
    for which in (0, 2, 1):
        largest = max(range(3), key=counts.__getitem__)
        if fractions[which] and not counts[which] and (counts[largest] > 1 or which == 0):
            counts[largest] -= 1
            counts[which] += 1
    return counts[1], counts[2]


def _chance(seed: int, text: str) -> str:
    """An even draw that is the same on every machine and in every version of every library."""
    return hashlib.sha256(f"{seed} {text}".encode("utf-8", "replace")).hexdigest()
