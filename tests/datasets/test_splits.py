"""Splits depend on the examples and the seed, and on nothing else."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.splits import check_fractions, complete_two, stratified

USUAL = (0.7, 0.15, 0.15)
sizes = st.lists(st.integers(1, 60), min_size=1, max_size=6)
fractions = st.tuples(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20)).map(
    lambda parts: tuple(part / sum(parts) for part in parts)
)


def examples(counts):
    labels = [f"class {k}" for k, count in enumerate(counts) for _ in range(count)]
    return [f"key {n}" for n in range(len(labels))], labels


@given(sizes, fractions, st.integers(0, 1000))
def test_each_class_is_split_by_the_fractions(counts, fractions, seed):
    keys, labels = examples(counts)
    splits = stratified(keys, labels, fractions, seed)
    table = Counter(zip(labels, splits, strict=True))
    for k, count in enumerate(counts):
        for split, fraction in zip(("train", "val", "test"), fractions, strict=True):
            got = table[f"class {k}", split]
            assert abs(got - count * fraction) < 2
            assert got == 0 or fraction > 0 or split == "train"
        assert table[f"class {k}", "train"] >= 1
        if count >= 3:
            assert all(table[f"class {k}", split] for split, f in zip(("val", "test"), fractions[1:], strict=True) if f)


@given(sizes, st.integers(0, 1000), st.randoms())
def test_neither_order_nor_other_classes_change_where_an_example_goes(counts, seed, chance):
    keys, labels = examples(counts)
    splits = dict(zip(keys, stratified(keys, labels, USUAL, seed), strict=True))
    rows = list(range(len(keys)))
    chance.shuffle(rows)
    shuffled = stratified([keys[row] for row in rows], [labels[row] for row in rows], USUAL, seed)
    assert splits == {keys[row]: split for row, split in zip(rows, shuffled, strict=True)}
    first = [row for row in rows if labels[row] == "class 0"]
    alone = stratified([keys[row] for row in first], ["class 0"] * len(first), USUAL, seed)
    assert [splits[keys[row]] for row in first] == alone


def test_ties_fall_either_way():
    keys, labels = examples([10] * 100)
    counts = Counter(stratified(keys, labels, USUAL, 0))
    assert counts["train"] == 700
    assert 115 < counts["val"] < 185


def test_seeds_give_unlike_splits():
    keys, labels = examples([50, 50])
    assert stratified(keys, labels, USUAL, 0) != stratified(keys, labels, USUAL, 1)


def test_two_given_splits_become_three():
    keys, labels = examples([50, 30])
    given_splits = ["train" if random.Random(key).random() < 0.6 else "val" for key in keys]
    splits = complete_two(keys, labels, given_splits, "train", 0)
    assert all((before == "val") == (after == "test") for before, after in zip(given_splits, splits, strict=True))
    train = Counter(label for label, split in zip(labels, given_splits, strict=True) if split == "train")
    val = Counter(label for label, split in zip(labels, splits, strict=True) if split == "val")
    for label in train:
        assert abs(val[label] - train[label] / 5) < 1


@pytest.mark.parametrize("wrong", [(1, 0), (0.5, 0.5, 0.5), (0, 0.5, 0.5), (1.2, -0.1, -0.1), (float("nan"), 0, 1)])
def test_fractions_that_are_none_are_refused(wrong):
    with pytest.raises(UserError, match="sum to 1"):
        check_fractions(wrong, 0)
    with pytest.raises(UserError, match="seed"):
        check_fractions(USUAL, -1)
