"""Which examples fit, which choose, and which report."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from math import isclose

from tlcore.errors import UserError

_ALIASES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


def split_named(name: str) -> str | None:
    """The split that a folder or a table means by a name; None when it means none."""
    return _ALIASES.get(name.strip().casefold())


def check_fractions(fractions: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Raises a `UserError` when these are no shares of train, val and test, or the seed is no seed."""
    fractions = tuple(float(fraction) for fraction in fractions)
    if len(fractions) != 3 or min(fractions) < 0 or fractions[0] == 0 or not isclose(sum(fractions), 1, abs_tol=1e-6):
        raise UserError(
            "These fractions can't split a dataset",
            f"They are {', '.join(f'{fraction:g}' for fraction in fractions)}",
            "Give three shares for train, val and test that sum to 1, train's above 0",
        )
    if not 0 <= seed < 2**31:
        raise UserError("This is no seed", f"It is {seed}", "Give a whole number from 0 to 2,147,483,647")
    return fractions


def stratified(
    keys: Sequence[str], labels: Sequence[str], fractions: tuple[float, float, float], seed: int
) -> list[str]:
    """Splits each class by the same fractions, by seed.

    Where an example goes depends on its own key, its class's examples and the seed alone, so that the order of
    files, their names and other classes change nothing. A class with three examples or more is in each split that
    has a share; one with two is in train and test.

    Args:
        keys: an unlike text for each example (the hash of its bytes).
        labels: each example's class.
        fractions: shares of train, val and test.
        seed: what chance depends on.

    Returns:
        "train", "val" or "test" for each example.
    """
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


def complete_two(keys: Sequence[str], labels: Sequence[str], given: Sequence[str], first: str, seed: int) -> list[str]:
    """Makes three splits of two given ones: the first is train, the other test, a stratified fifth of train is val.

    Args:
        keys: as in `stratified`.
        labels: each example's class.
        given: each example's split, `first` or the other one.
        first: the one that is train.
        seed: what chance depends on.
    """
    rows = [row for row, split in enumerate(given) if split == first]
    inner = stratified([keys[row] for row in rows], [labels[row] for row in rows], (0.8, 0.2, 0.0), seed)
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
