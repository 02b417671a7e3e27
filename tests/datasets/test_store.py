"""Datasets are found, renamed, described, split again and deleted."""

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import (
    delete_dataset,
    describe_dataset,
    import_dataset,
    list_datasets,
    open_dataset,
    rename_dataset,
    resplit_dataset,
)


@pytest.fixture
def dataset(make_zip, two_classes):
    return import_dataset(make_zip(two_classes), name="pets")


def test_a_dataset_is_opened_by_id_or_name(dataset):
    assert open_dataset(dataset.id) == open_dataset("pets") == dataset
    for wrong in ("pet", "", "../..", "x" * 500):
        with pytest.raises(UserError, match="no such dataset"):
            open_dataset(wrong)


def test_the_newest_comes_first(dataset, make_zip, two_classes):
    newer = import_dataset(make_zip(two_classes), seed=5)
    assert [each.id for each in list_datasets()] == [newer.id, dataset.id]


def test_a_dataset_is_renamed(dataset, make_zip, two_classes):
    rename_dataset(dataset.id, "  <b>🐜</b>\n ")
    assert open_dataset(dataset.id).name == "<b>🐜</b>"
    other = import_dataset(make_zip(two_classes), seed=1, name="other")
    for wrong, word in ((" ", "needs a name"), ("<b>🐜</b>", "taken")):
        with pytest.raises(UserError, match=word):
            rename_dataset(other.id, wrong)
    rename_dataset(other.id, "other")


def test_a_dataset_is_described(dataset):
    describe_dataset(dataset.id, " of a garden ", "CC0")
    again = open_dataset(dataset.id)
    assert (again.description, again.licence_note, again.fingerprint) == ("of a garden", "CC0", dataset.fingerprint)


def test_a_dataset_is_deleted(dataset):
    delete_dataset(dataset.id)
    assert not dataset.folder.exists()
    assert not list_datasets()
    with pytest.raises(UserError):
        delete_dataset(dataset.id)


def test_a_dataset_is_split_again(dataset):
    again = resplit_dataset(dataset.id, 7, (0.4, 0.2, 0.4))
    assert again.splits == {"train": 4, "val": 2, "test": 4}
    assert (again.id, again.seed, again.fractions) == (dataset.id, 7, (0.4, 0.2, 0.4))
    assert again.fingerprint != dataset.fingerprint
    assert again.examples["id"].tolist() == dataset.examples["id"].tolist()
    assert resplit_dataset(dataset.id, dataset.seed, dataset.fractions).fingerprint == dataset.fingerprint
    with pytest.raises(UserError, match="sum to 1"):
        resplit_dataset(dataset.id, 0, (1, 1, 1))


def test_given_splits_are_not_made_again(make_zip, picture):
    files = {
        f"{s}/{c}/{n}.png": picture(ord(s[1]) * 100 + ord(c) * 10 + n)
        for s in ("train", "test")
        for c in "ab"
        for n in (1, 2)
    }
    dataset = import_dataset(make_zip(files))
    with pytest.raises(UserError, match="came with its files"):
        resplit_dataset(dataset.id, 0, (0.7, 0.15, 0.15))
