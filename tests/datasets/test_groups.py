"""A group is never in two splits, at import, when split again, and through edits."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset, open_dataset, open_version, store
from tlcore.datasets.editing import edits
from tlcore.datasets.splits import FEW_GROUPS, check_groups, group_values, stratified

FRACTIONS = (0.7, 0.15, 0.15)


def split(labels, groups, seed=0, fractions=FRACTIONS):
    keys = [f"{row:04}" for row in range(len(labels))]
    return pd.DataFrame({"label": labels, "group": groups, "split": stratified(keys, labels, fractions, seed, groups)})


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 25)), min_size=1, max_size=120),
    st.integers(0, 5),
)
def test_no_group_straddles_and_every_class_is_in_train(examples, seed):
    labels, groups = [label for label, _ in examples], [f"g{group}" for _, group in examples]
    table = split(labels, groups, seed)
    assert set(table.label[table.split == "train"]) == set(labels)
    if len(set(groups)) > 1:
        splits_of = table.groupby("group")["split"].agg(set)
        few = len(set(groups)) < FEW_GROUPS
        allowed = [{"train"}, {"val"}, {"test"}] + ([{"train", "val"}] if few else [])
        assert all(each in allowed for each in splits_of) or len(set(groups)) == len(groups)


def test_shares_and_classes_are_kept_as_far_as_groups_allow():
    labels = [("a", "a", "b")[group % 3] for group in range(200) for _ in range(4)]
    groups = [f"g{group}" for group in range(200) for _ in range(4)]
    table = split(labels, groups)
    shares = table["split"].value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.7, abs=0.03)
    assert shares["val"] == pytest.approx(0.15, abs=0.03)
    by_class = table.groupby("split")["label"].value_counts(normalize=True).unstack()
    assert by_class["b"].max() - by_class["b"].min() < 0.05


def test_the_order_of_examples_changes_nothing():
    labels = ["a", "b"] * 40
    groups = [f"g{row // 4}" if row % 3 else "" for row in range(80)]
    keys = [f"{row:04}" for row in range(80)]
    named = group_values(pd.Series(groups))
    forward = dict(zip(keys, stratified(keys, labels, FRACTIONS, 3, named), strict=True))
    named = group_values(pd.Series(groups[::-1]))
    backward = dict(zip(keys[::-1], stratified(keys[::-1], labels[::-1], FRACTIONS, 3, named), strict=True))
    assert forward == backward


def test_with_few_groups_test_alone_is_by_group():
    labels, groups = ["a", "b"] * 30, [f"speaker {row // 20}" for row in range(60)]
    table = split(labels, groups)
    tested = set(table.group[table.split == "test"])
    assert len(tested) == 1
    assert set(table.split[table.group.isin(tested)]) == {"test"}
    assert set(table.split[~table.group.isin(tested)]) == {"train", "val"}


def test_a_group_that_is_each_example_or_all_of_them():
    labels = ["a", "b"] * 10
    each = [f"g{row}" for row in range(20)]
    keys = [f"{row:04}" for row in range(20)]
    assert stratified(keys, labels, FRACTIONS, 0, each) == stratified(keys, labels, FRACTIONS, 0)
    with pytest.raises(UserError, match="one group"):
        check_groups(["x"] * 20, "site")


def test_examples_without_a_value_are_groups_of_their_own():
    values = group_values(pd.Series(["x", None, "", "x", float("nan")]))
    assert values[0] == values[3]
    assert len(set(values)) == 4


@pytest.fixture
def dataset(make_zip, picture, tmp_path, home):
    """Twelve pictures of two classes with a patient and an age each, and two without a label."""
    plain = import_dataset(
        make_zip({f"{label}/{n}.png": picture(50 * k + n) for k, label in enumerate("ab") for n in range(14)})
    )
    table = plain.examples.copy()
    table["patient"] = [f"p{row // 2 % 7}" for row in range(len(table))]
    table["age"] = [20.5 + row for row in range(len(table))]
    table["clinic"] = "the only one"
    loose = table.iloc[:2].drop(columns=["split", "label"])
    table = table.iloc[2:].reset_index(drop=True)
    table["split"] = stratified(
        table["sha256"].tolist(), table["label"].astype(str).tolist(), FRACTIONS, 0, table["patient"].tolist()
    )
    folder = tmp_path / "staging"
    (folder / "files").mkdir(parents=True)
    for file in plain.examples["file"]:
        (folder / file).write_bytes((plain.folder / file).read_bytes())
    return store.create(
        table,
        folder,
        name="patients",
        modality="image",
        class_names=("a", "b"),
        unlabelled=loose,
        metadata=("patient", "age", "clinic"),
        group_column="patient",
        values=(0.0, 4095.0),
        reading={"label": {"from": "level", "level": 0}},
    )


def straddles(dataset, column):
    return dataset.examples.groupby(column)["split"].nunique().max() > 1


def test_metadata_groups_and_unlabelled_files_are_stored(dataset):
    again = open_dataset(dataset.id)
    assert again.metadata == ("patient", "age", "clinic")
    assert (again.group_column, again.values, again.reading["label"]["level"]) == ("patient", (0.0, 4095.0), 0)
    assert again.columns("age")["age"].tolist() == again.examples["age"].tolist()
    assert len(again.unlabelled) == 2
    assert "label" not in again.unlabelled.columns
    for id, name in again.unlabelled[["id", "source_name"]].itertuples(index=False):
        assert again.file(id).exists()
        assert again.source_name(id) == name
    ids = [*again.unlabelled["id"], *again.examples["id"][:2]]
    assert again.source_names(ids) == [again.source_name(id) for id in ids]
    with pytest.raises(KeyError):
        again.file("nobody's")
    assert not straddles(again, "patient")


def test_metadata_survives_edits_and_a_new_split_keeps_groups_apart(dataset):
    ids = dataset.examples["id"].tolist()
    mended = edits.leave_out(edits.correct_label(dataset, ids[:1], "b"), ids[1:2])
    assert mended.examples.set_index("id")["age"].to_dict() == (
        dataset.examples.set_index("id")["age"].drop(ids[1]).to_dict()
    )
    again = edits.resplit_dataset(mended.id, 9, (0.5, 0.2, 0.3))
    assert not straddles(again, "patient")
    assert again.group_column == "patient"


def test_the_group_can_be_changed_and_brought_back(dataset):
    without = edits.group_by(dataset, "")
    assert (without.group_column, without.version) == ("", 1)
    assert straddles(without, "patient")
    assert edits.history(without)[-1].words == "Split again without groups"
    back = edits.undo(without, 1)
    assert back.group_column == "patient"
    assert back.examples["split"].tolist() == dataset.examples["split"].tolist()
    assert open_version(back, 1).group_column == ""
    with pytest.raises(UserError, match="already split this way"):
        edits.group_by(back, "patient")
    with pytest.raises(UserError, match="no such metadata column"):
        edits.group_by(back, "doctor")
    with pytest.raises(UserError, match="one group"):
        edits.group_by(back, "clinic")


def test_a_group_that_holds_whole_classes_is_not_taken(dataset, tmp_path):
    table = dataset.imported.assign(clinic=[f"c{label}" for label in dataset.imported["label"]])
    folder = tmp_path / "again"
    (folder / "files").mkdir(parents=True)
    for file in table["file"]:
        (folder / file).write_bytes((dataset.folder / file).read_bytes())
    other = store.create(
        table, folder, name="by clinic", modality="image", class_names=("a", "b"), metadata=("patient", "clinic")
    )
    with pytest.raises(UserError, match="Each class is in one group"):
        edits.group_by(other, "clinic")
    assert edits.group_by(other, "patient").splits["test"]


def test_the_same_examples_with_other_metadata_are_another_dataset(dataset, tmp_path):
    def store_again(name, ages):
        folder = tmp_path / name
        (folder / "files").mkdir(parents=True)
        for file in [*dataset.imported["file"], *dataset.unlabelled["file"]]:
            (folder / file).write_bytes((dataset.folder / file).read_bytes())
        return store.create(
            dataset.imported.assign(age=ages),
            folder,
            name="again",
            modality="image",
            class_names=dataset.class_names,
            unlabelled=dataset.unlabelled,
            metadata=dataset.metadata,
            group_column="patient",
            values=dataset.values,
        )

    assert store_again("same", dataset.imported["age"]).id == dataset.id
    assert store_again("other", dataset.imported["age"] + 1).id != dataset.id
