"""Classes and splits come from folders or from a table, as people arrange them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.datasets.layout import Labelled, from_folders, from_table
from tlcore.datasets.table import Row
from tlcore.errors import UserError


def labels(names):
    labelled, problems = from_folders(names)
    return {each.name: (each.label, each.split) for each in labelled}, {p.kind: p.files for p in problems}


def test_a_folder_is_a_class():
    found, problems = labels(["ants/1.jpg", "ants/deep/2.jpg", "bees/3.jpg"])
    assert found == {"ants/1.jpg": ("ants", None), "ants/deep/2.jpg": ("ants", None), "bees/3.jpg": ("bees", None)}
    assert not problems


@pytest.mark.parametrize("wrap", ["", "pets/", "a/b/c/"])
@pytest.mark.parametrize("val", ["val", "valid", "validation", "dev", "Validation"])
def test_folders_may_be_named_after_splits(wrap, val):
    names = [f"{wrap}{split}/{label}/1.jpg" for split in ("train", val, "TEST") for label in ("ants", "bees")]
    found, problems = labels(names)
    assert [found[name] for name in names] == [
        (label, split) for split in ("train", "val", "test") for label in ("ants", "bees")
    ]
    assert not problems


def test_one_split_folder_alone_is_only_a_wrapping():
    found, _ = labels(["train/ants/1.jpg", "train/bees/2.jpg"])
    assert found == {"train/ants/1.jpg": ("ants", None), "train/bees/2.jpg": ("bees", None)}


def test_a_class_may_be_called_train():
    found, _ = labels(["train/1.jpg", "bus/2.jpg", "test/3.jpg"])
    assert {label for label, _ in found.values()} == {"train", "bus", "test"}
    found, _ = labels(["train/steam/1.jpg", "bus/red/2.jpg"])
    assert set(found.values()) == {("train", None), ("bus", None)}


def test_pictures_without_a_class_are_said_to_be():
    found, problems = labels(["pets/cover.jpg", "pets/ants/1.jpg", "pets/bees/1.jpg", "logo.png"])
    assert set(found) == {"pets/ants/1.jpg", "pets/bees/1.jpg"}
    assert set(problems["without label"]) == {"pets/cover.jpg", "logo.png"}
    found, problems = labels(["train/ants/1.jpg", "train/bees/1.jpg", "test/1.jpg", "other/2.jpg"])
    assert set(problems["without label"]) == {"test/1.jpg", "other/2.jpg"}


def test_blanks_around_a_class_do_not_make_another():
    found, _ = labels(["ants /1.jpg", "ants/2.jpg", "fire  ants/3.jpg"])
    assert {label for label, _ in found.values()} == {"ants", "fire ants"}


def rows(*lines):
    return [Row(*line, *[""] * (3 - len(line))) for line in lines]


@pytest.mark.parametrize("written", ["img/1.jpg", "1.jpg", "IMG/1.JPG", "1", "img/1"])
def test_a_row_finds_its_file(written):
    labelled, problems = from_table(["pets/img/1.jpg", "pets/img/2.jpg"], rows((written, "a"), ("2.jpg", "b")), "pets")
    assert [each.label for each in labelled] == ["a", "b"]
    assert not problems


def test_the_table_lies_beside_its_files_before_others_of_their_name():
    labelled, _ = from_table(["x/1.jpg", "y/1.jpg"], rows(("1.jpg", "a")), "y")
    assert labelled == [Labelled("y/1.jpg", "a", None)]


def test_rows_and_files_that_do_not_fit_are_listed():
    names = ["a/1.jpg", "b/1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"]
    table = rows(("1.jpg", "x"), ("2.jpg", "x"), ("3.jpg", ""), ("5.jpg", "x"), ("5.jpg", "y"), ("9.jpg", "y"))
    labelled, problems = from_table(names, table, "")
    assert labelled == [Labelled("2.jpg", "x", None)]
    assert {problem.kind: problem.files for problem in problems} == {
        "ambiguous": ("1.jpg",),
        "conflicting labels": ("5.jpg",),
        "missing": ("9.jpg",),
        "without label": ("a/1.jpg", "b/1.jpg", "3.jpg", "4.jpg"),
    }


def test_a_table_without_a_single_label_is_refused_by_that_name():
    with pytest.raises(UserError, match="no labels"):
        from_table(["a/1.jpg"], rows(("a/1.jpg", "")), "")


def test_a_table_of_other_files_is_refused():
    with pytest.raises(UserError, match=r"“9\.jpg”.*“a/1\.jpg”"):
        from_table(["a/1.jpg"], rows(("9.jpg", "x")), "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("Train", "DEV", "test"), ("train", "val", "test")),
        (("train", "holdout"), ("train", "test")),
        (("", "test"), ("train", "test")),
        (("", ""), (None, None)),
    ],
)
def test_splits_in_a_table(written, meant):
    names = [f"{n}.jpg" for n in range(len(written))]
    table = rows(*((name, "x", split) for name, split in zip(names, written, strict=True)))
    assert tuple(each.split for each in from_table(names, table, "")[0]) == meant


def test_unknown_splits_are_refused_by_name():
    with pytest.raises(UserError, match="“fold1”, “fold2”"):
        from_table(["1.jpg", "2.jpg"], rows(("1.jpg", "x", "fold1"), ("2.jpg", "x", "fold2")), "")


paths = st.lists(st.sampled_from(["train", "val", "test", "a", "b", " "]), max_size=4).flatmap(
    lambda parts: st.integers(0, 3).map(lambda n: "/".join([*parts, f"{n}.jpg"]))
)


@given(st.lists(paths, min_size=1, unique=True))
def test_every_picture_is_labelled_or_listed(names):
    labelled, problems = from_folders(names)
    assert sorted([each.name for each in labelled] + [name for p in problems for name in p.files]) == sorted(names)
    assert all(each.label for each in labelled)
    assert len({each.split is None for each in labelled}) <= 1
