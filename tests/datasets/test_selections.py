"""Sets of ids are found again by what they hold, and those with a name until they are deleted."""

import os

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import selections
from tlcore.datasets.selections import forget_set, keep_set, name_set, named_sets, read_set


def test_a_set_is_read_back_as_it_was(tmp_path):
    key = keep_set(tmp_path, ["b", "a"], [0.25, 0.5])
    assert read_set(tmp_path, key).ids == ("b", "a") and read_set(tmp_path, key).distances == (0.25, 0.5)
    assert read_set(tmp_path, keep_set(tmp_path, [])).ids == ()


def test_the_key_says_what_a_set_holds(tmp_path):
    assert keep_set(tmp_path, ["a", "b"]) == keep_set(tmp_path, ["a", "b"])
    assert len({keep_set(tmp_path, ids) for ids in (["a", "b"], ["b", "a"], ["a"], ["a, b"], [])}) == 5


@pytest.mark.parametrize("key", ["", "nothing", "../names", "names.json", "a" * 5000])
def test_a_set_that_is_not_there_is_a_clear_word(tmp_path, key):
    name_set(tmp_path, "odd", ["a"])
    with pytest.raises(UserError, match="no longer kept"):
        read_set(tmp_path, key)


def test_sets_without_a_name_go_when_others_come_and_named_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(selections, "_UNNAMED", 3)
    named = name_set(tmp_path, "odd", ["a", "b"]).key
    keys = [keep_set(tmp_path, [str(number)]) for number in range(3)]
    for age, key in enumerate(keys):  # the clock is too coarse to tell them apart
        os.utime(tmp_path / "selections" / f"{key}.json", (1000 + age, 1000 + age))
    keep_set(tmp_path, ["0"])  # used again
    new = keep_set(tmp_path, ["new"])
    left = [read_set(tmp_path, key).ids for key in (named, keys[0], keys[2], new)]
    assert left == [("a", "b"), ("0",), ("2",), ("new",)]
    with pytest.raises(UserError):
        read_set(tmp_path, keys[1])


def test_names_are_listed_and_deleted(tmp_path):
    assert named_sets(tmp_path) == {}
    name_set(tmp_path, "  odd   ones ", ["a", "b"])
    name_set(tmp_path, "dark", ["c"])
    assert [(each.name, each.size) for each in named_sets(tmp_path).values()] == [("odd ones", 2), ("dark", 1)]
    assert read_set(tmp_path, named_sets(tmp_path)["dark"].key).ids == ("c",)
    forget_set(tmp_path, "odd ones")
    assert list(named_sets(tmp_path)) == ["dark"]


def test_what_can_not_be_named_is_a_clear_word(tmp_path):
    name_set(tmp_path, "odd", ["a"])
    for name, ids, word in (("odd", ["b"], "taken"), (" ", ["b"], "needs a name"), ("new", [], "nothing to keep")):
        with pytest.raises(UserError, match=word):
            name_set(tmp_path, name, ids)
    with pytest.raises(UserError, match="no such selection"):
        forget_set(tmp_path, "new")
    assert list(named_sets(tmp_path)) == ["odd"]
