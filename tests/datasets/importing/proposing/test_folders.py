"""Classes, splits and what is neither come from folders, as people arrange them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.datasets.importing.assign import assign
from tlcore.datasets.importing.proposing.folders import read_folders
from tlcore.datasets.importing.reading import Reading


def read(names):
    """What folders say: label and split of each file, the files without a label, doubts, and columns."""
    folders = read_folders(Counter(name.rpartition("/")[0] for name in names))
    reading = Reading(
        label=folders.label,
        split=folders.split,
        splits=folders.splits,
        metadata=folders.metadata,
        left_out=folders.left_out,
        unlabelled=folders.unlabelled,
    )
    assigned = assign(reading, names, {})
    found = {assigned.names[n]: (assigned.labels[n], assigned.splits[n]) for n in assigned.examples}
    return found, assigned.unlabelled, folders


def tree(*folders, count=3):
    return [f"{folder}/{n}.jpg" for folder in folders for n in range(count)]


def test_a_folder_is_a_class():
    found, unlabelled, folders = read(["ants/1.jpg", "ants/deep/2.jpg", "bees/3.jpg"])
    assert found == {"ants/1.jpg": ("ants", ""), "ants/deep/2.jpg": ("ants", ""), "bees/3.jpg": ("bees", "")}
    assert not unlabelled
    assert not folders.doubts


@pytest.mark.parametrize("wrap", ["", "pets/", "a/b/c/"])
@pytest.mark.parametrize(
    ("train", "val", "test"),
    [
        ("train", "val", "TEST"), ("Training", "dev", "testing"), ("train_set", "valid_set", "test_set"),
        ("seg_train/seg_train", "seg_val/seg_val", "seg_test/seg_test"), ("trn", "Validation images", "test1"),
        ("TrainData", "val-data", "eval"), ("training_set", "evaluation", "test_set"),
        ("train2017", "val2017", "test2017"), ("flowers-train", "flowers-valid", "flowers-test"),
    ],
)  # fmt: skip
def test_folders_may_be_named_after_splits(wrap, train, val, test):
    names = [f"{wrap}{split}/{label}/1.jpg" for split in (train, val, test) for label in ("ants", "bees")]
    found, unlabelled, folders = read(names)
    assert [found[name] for name in names] == [
        (label, split) for split in ("train", "val", "test") for label in ("ants", "bees")
    ]
    assert not unlabelled
    assert not folders.doubts


def test_one_split_folder_alone_is_only_a_wrapping():
    found, _, _ = read(["train/ants/1.jpg", "train/bees/2.jpg"])
    assert {label for label, _ in found.values()} == {"ants", "bees"}
    assert len({split for _, split in found.values()}) == 1


def test_a_split_may_lie_in_its_class():
    found, _, folders = read(tree("dataset/cat/train", "dataset/cat/test", "dataset/dog/train", "dataset/dog/test"))
    assert found["dataset/cat/train/0.jpg"] == ("cat", "train")
    assert found["dataset/dog/test/1.jpg"] == ("dog", "test")
    assert not folders.doubts


def test_a_class_may_be_called_train():
    assert set(read(["train/steam/1.jpg", "bus/red/2.jpg"])[0].values()) == {("train", ""), ("bus", "")}
    assert {label for label, _ in read(tree("test_tube", "train_station", "bus"))[0].values()} == {
        "test_tube", "train_station", "bus"
    }  # fmt: skip


@pytest.mark.parametrize("wrap", ["", "data/"])
@pytest.mark.parametrize(
    "splits", [("train", "test"), ("Training", "val", "test1"), ("test1", "test2"), ("seg_train", "seg_test")]
)
def test_two_folders_named_like_splits_are_never_classes(wrap, splits):
    places = [f"{wrap}{split}" for split in splits]
    for others in (["extra"], ["extra/images"], []):
        found, _, folders = read(tree(*places, *(f"{wrap}{other}" for other in others)))
        assert folders.label is None, others
        assert not found
    found, unlabelled, folders = read(tree(*places, f"{wrap}cat", f"{wrap}dog"))
    assert {label for label, _ in found.values()} == {"cat", "dog"}
    assert set(unlabelled) == set(tree(*places))
    (doubt,) = folders.doubts
    assert "unlabelled" in doubt
    assert all(split in doubt for split in splits)


def test_splits_among_pictures_are_no_classes():
    found, _, folders = read([*tree("test1", "test2"), "cover.jpg"])
    assert folders.label is None
    assert not found


def test_splits_inside_a_class_beside_other_folders_are_splits():
    found, _, _ = read(tree(*(f"{label}/{part}" for label in ("cat", "dog") for part in ("train", "test", "more"))))
    assert found["cat/train/0.jpg"] == found["cat/more/0.jpg"] == ("cat", "train")
    assert found["dog/test/0.jpg"] == ("dog", "test")


def test_splits_without_classes_are_never_classes():
    found, _, folders = read(tree("train", "test"))
    assert folders.label is None
    assert not found


def test_a_folder_of_pictures_to_predict_has_no_label():
    names = tree("seg_train/seg_train/sea", "seg_train/seg_train/ice", "seg_test/seg_test/sea", "seg_test/seg_test/ice")
    for extra in ("seg_pred/seg_pred", "seg_pred"):
        found, unlabelled, folders = read([*names, *tree(extra)])
        assert set(unlabelled) == set(tree(extra))
        assert {label for label, _ in found.values()} == {"sea", "ice"}
        assert not folders.doubts
    for extra in ("test/unknown", "test", "test/test", "test/images"):
        found, unlabelled, _ = read([*tree("train/sea", "train/ice"), *tree(extra)])
        assert set(unlabelled) == set(tree(extra)), extra
        assert {label for label, _ in found.values()} == {"sea", "ice"}


def test_a_flat_test_folder_among_classes_is_in_doubt():
    found, unlabelled, folders = read(tree("cat", "dog", "test"))
    assert set(unlabelled) == set(tree("test"))
    assert {label for label, _ in found.values()} == {"cat", "dog"}
    assert "“test”" in folders.doubts[0]


def test_a_test_folder_beside_the_classes_is_their_test():
    found, _, _ = read(tree("data/cat", "data/dog", "data/test/cat", "data/test/dog"))
    assert found["data/cat/0.jpg"] == ("cat", "train")
    assert found["data/test/dog/0.jpg"] == ("dog", "test")


def test_folders_that_recur_are_the_classes():
    found, _, folders = read(tree(*(f"p/{v}/{c}" for v in ("color", "gray", "cut out") for c in ("scab", "rust"))))
    assert {label for label, _ in found.values()} == {"scab", "rust"}
    assert list(folders.metadata) == ["folder"]
    assert folders.doubts
    found, _, folders = read(tree(*(f"s{n}/{c}" for n in range(9) for c in ("happy", "sad"))))
    assert {label for label, _ in found.values()} == {"happy", "sad"}


def test_variants_that_recur_are_not():
    found, _, _ = read(tree(*(f"{c}/{v}" for v in ("color", "grayscale") for c in ("scab", "rust"))))
    assert {label for label, _ in found.values()} == {"scab", "rust"}


def test_parts_of_a_download_are_one():
    found, _, folders = read(tree("pets-001/cat", "pets-002/dog", "pets-002/cat"))
    assert {label for label, _ in found.values()} == {"cat", "dog"}
    assert not folders.doubts
    found, _, _ = read(tree("pets_part_1/cat", "pets_part_2/dog"))
    assert {label for label, _ in found.values()} == {"cat", "dog"}


def test_a_second_copy_inside_is_the_same_again():
    found, _, folders = read(tree("yes", "no", "brain/yes", "brain/no"))
    assert {label for label, _ in found.values()} == {"yes", "no"}
    assert len(found) == 12
    found, _, _ = read(
        tree(*(f"{wrap}{split}/{label}" for wrap in ("", "chest/") for split in ("train", "test") for label in "ab"))
    )
    assert found["chest/test/a/0.jpg"] == ("a", "test")
    assert found["train/b/0.jpg"] == ("b", "train")


def test_of_nested_classes_the_outer_are_taken_and_it_is_said():
    found, _, folders = read(
        tree("animals/mammals/cat", "animals/mammals/dog", "animals/others/bird", "animals/others/fish")
    )
    assert {label for label, _ in found.values()} == {"mammals", "others"}
    assert "“mammals”, “others”" in folders.doubts[0]


def test_pictures_without_a_class_are_no_examples():
    found, unlabelled, _ = read(["pets/cover.jpg", "pets/ants/1.jpg", "pets/bees/1.jpg", "logo.png"])
    assert set(found) == {"pets/ants/1.jpg", "pets/bees/1.jpg"}
    found, unlabelled, _ = read(["train/ants/1.jpg", "train/bees/1.jpg", "test/1.jpg", "other/x/2.jpg"])
    assert set(found) == {"train/ants/1.jpg", "train/bees/1.jpg"}
    assert unlabelled == ["test/1.jpg"]


def test_blanks_around_a_class_do_not_make_another():
    found, _, _ = read(["ants /1.jpg", "ants/2.jpg", "fire  ants/3.jpg"])
    assert {label for label, _ in found.values()} == {"ants", "fire ants"}


paths = st.lists(
    st.sampled_from(
        ["train", "val", "test", "seg_test", "a", "b", " ", "images", "unknown", "color", "p-001", "p-002"]
    ),
    max_size=5,
).flatmap(lambda parts: st.integers(0, 3).map(lambda n: "/".join([*parts, f"{n}.jpg"])))


@given(st.lists(paths, min_size=1, unique=True))
def test_every_picture_has_one_fate(names):
    found, unlabelled, _ = read(names)
    assert all(label for label, _ in found.values())
    assert len({split == "" for _, split in found.values()}) <= 1
    assert not set(found) & set(unlabelled)
