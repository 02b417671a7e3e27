"""A dataset is mended entry by entry, and any entry is undone."""

import dataclasses

import pytest

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets import Dataset, import_dataset, open_dataset, open_version, resplit_dataset, store
from tlcore.datasets.editing import edits

SHARES = (0.4, 0.2, 0.4)


@pytest.fixture
def dataset(make_zip, two_classes):
    return import_dataset(make_zip(two_classes), name="pets")


def label_of(dataset: Dataset, id: str) -> str:
    return dataset.class_names[dataset.examples.set_index("id").loc[id, "label"]]


def ids_of(dataset: Dataset, name: str) -> list[str]:
    return dataset.examples["id"][dataset.examples["label"] == dataset.class_names.index(name)].tolist()


def test_a_label_is_corrected_and_nothing_else_changes(dataset):
    wrong = ids_of(dataset, "bees")[:2]
    after = edits.correct_label(dataset, wrong, "ants", by="anna")
    assert [label_of(after, id) for id in wrong] == ["ants", "ants"]
    others = ~dataset.examples["id"].isin(wrong)
    columns = dataset.examples.columns.drop("label")
    assert after.examples[others].equals(dataset.examples[others])
    assert after.examples[columns].equals(dataset.examples[columns])
    assert (after.version, after.class_names) == (1, dataset.class_names)
    assert after.fingerprint == store.fingerprint(after.examples, after.class_names) != dataset.fingerprint
    (edit,) = edits.history(dataset)
    assert (edit.id, edit.by, edit.ids, edit.undone) == (1, "anna", tuple(wrong), False)
    assert edit.words == "Label of 2 examples corrected from “bees” to “ants”"
    assert open_dataset(dataset.id) == after


def test_only_what_was_not_of_the_class_is_noted_as_corrected(dataset):
    ants, bees = ids_of(dataset, "ants"), ids_of(dataset, "bees")
    edits.correct_label(dataset, [ants[0], bees[0]], "ants")
    assert edits.history(dataset)[0].ids == (bees[0],)


def test_without_a_name_it_is_whoever_runs_the_process(dataset, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "otto")
    edits.leave_out(dataset, ids_of(dataset, "ants")[:1])
    assert edits.history(dataset)[0].by == "otto"


def test_a_new_label_makes_a_class_and_the_last_example_takes_one_along(dataset):
    bees = ids_of(dataset, "bees")
    after = edits.correct_label(dataset, bees[:1], " a  wasp")
    assert after.class_names == ("a wasp", "ants", "bees")
    assert ids_of(after, "a wasp") == bees[:1] and ids_of(after, "ants") == ids_of(dataset, "ants")
    after = edits.correct_label(after, bees, "a wasp")
    assert after.class_names == ("a wasp", "ants")
    assert edits.correct_label(after, bees[:2], "bees").class_names == ("a wasp", "ants", "bees")


def test_what_is_left_out_can_still_be_shown_and_comes_back(dataset):
    ids = ids_of(dataset, "bees")[:2]
    before = {id: (dataset.file(id), dataset.source_name(id)) for id in ids}
    after = edits.leave_out(dataset, ids)
    assert not after.examples["id"].isin(ids).any() and sum(after.splits.values()) == 8
    assert {id: (after.file(id), after.source_name(id)) for id in ids} == before
    assert all(path.exists() for path, _ in before.values())
    assert after.columns("id", left_out=True)["id"].tolist() == dataset.examples["id"].tolist()
    back = edits.undo(after, 1)
    assert back.fingerprint == dataset.fingerprint and back.examples.equals(dataset.examples)


def test_a_class_that_is_left_out_is_none_until_it_comes_back(make_zip, two_classes, picture):
    dataset = import_dataset(make_zip({**two_classes, "bats/1.png": picture(7), "bats/2.png": picture(8)}))
    after = edits.leave_out(dataset, ids_of(dataset, "bats"))
    assert after.class_names == ("ants", "bees")
    assert edits.undo(after, 1).class_names == ("ants", "bats", "bees")


def test_a_class_is_renamed_and_classes_are_merged(dataset):
    bees = ids_of(dataset, "bees")
    after = edits.rename_class(dataset, "ants", "termites")
    assert after.class_names == ("bees", "termites") and ids_of(after, "bees") == bees
    after = edits.correct_label(after, bees[:2], "wasps")
    after = edits.merge_classes(after, ["wasps", "bees"], "with wings")
    assert after.class_names == ("termites", "with wings") and ids_of(after, "with wings") == bees
    assert [edit.words for edit in edits.history(after)] == [
        "Class “ants” renamed to “termites”",
        "Label of 2 examples corrected from “bees” to “wasps”",
        "Classes “wasps”, “bees” merged into “with wings”",
    ]


def test_tags_are_found_again_and_change_nothing_that_is_learnt(dataset):
    ids = dataset.examples["id"].tolist()
    after = edits.tag(dataset, ids[:3], "blurred")
    after = edits.tag(after, ids[2:4], "blurred")
    after = edits.tag(after, ids[:1], "dark")
    after = edits.untag(after, ids[:2], "blurred")
    assert sorted(map(tuple, edits.tags_of(after).to_numpy())) == sorted(
        [(ids[2], "blurred"), (ids[3], "blurred"), (ids[0], "dark")]
    )
    assert (after.version, after.fingerprint) == (4, dataset.fingerprint)
    assert after.examples.equals(dataset.examples)
    assert edits.history(after)[1].ids == (ids[3],)
    edits.undo(after, 1)
    assert sorted(map(tuple, edits.tags_of(after).to_numpy())) == sorted([(ids[3], "blurred"), (ids[0], "dark")])
    assert list(edits.tags_of(edits.undo(edits.undo(after, 2), 3)).columns) == ["id", "tag"]


def test_what_makes_no_sense_is_refused_and_leaves_no_entry(dataset):
    ants, bees = ids_of(dataset, "ants"), ids_of(dataset, "bees")
    edits.leave_out(dataset, ants[:1])
    refused = {
        "No examples": lambda: edits.leave_out(dataset, []),
        "no such examples": lambda: edits.tag(dataset, ["x"], "a"),
        "are left out of the dataset": lambda: edits.correct_label(dataset, ants[:1], "bees"),
        "is already “bees”": lambda: edits.correct_label(dataset, bees, "bees"),
        "Only “bees” would": lambda: edits.leave_out(dataset, ants[1:]),
        "No examples would": lambda: edits.leave_out(dataset, [*ants[1:], *bees]),
        "two classes would be left": lambda: edits.merge_classes(dataset, ["ants", "bees"], "both"),
        "at least two classes": lambda: edits.merge_classes(dataset, ["ants", "ants"], "ants"),
        "No class is called “cats”": lambda: edits.merge_classes(dataset, ["ants", "cats"], "ants"),
        "There is no such class": lambda: edits.rename_class(dataset, "cats", "dogs"),
        "Merge the two": lambda: edits.rename_class(dataset, "ants", "bees"),
        "already has this name": lambda: edits.rename_class(dataset, "ants", "ants "),
        "name of a class": lambda: edits.correct_label(dataset, bees[:1], " \n"),
        "name of a tag": lambda: edits.tag(dataset, bees, "x" * 201),
        "None of the examples has the tag": lambda: edits.untag(dataset, bees, "x"),
        "There is no such edit": lambda: edits.undo(dataset, 2),
    }
    for words, attempt in refused.items():
        with pytest.raises(UserError, match=words):
            attempt()
    edits.tag(dataset, bees, "seen")
    with pytest.raises(UserError, match="already have the tag “seen”"):
        edits.tag(dataset, bees[:2], "seen")
    assert len(edits.history(dataset)) == open_dataset(dataset.id).version == 2


def test_a_later_edit_that_needs_what_is_undone_is_named(dataset):
    bees = ids_of(dataset, "bees")
    edits.rename_class(dataset, "ants", "termites")
    edits.correct_label(dataset, bees[:1], "termites")
    with pytest.raises(UserError, match="Edit 2 was made later.*“termites”.*Undo edit 2 first"):
        edits.undo(dataset, 1)
    edits.undo(dataset, 2)
    assert edits.undo(dataset, 1).fingerprint == dataset.fingerprint
    with pytest.raises(UserError, match="already undone"):
        edits.undo(dataset, 1)


def test_a_class_of_corrected_labels_outlives_the_first_of_them(dataset):
    bees = ids_of(dataset, "bees")
    edits.correct_label(dataset, bees[:1], "wasps")
    edits.correct_label(dataset, bees[1:2], "wasps")
    after = edits.undo(dataset, 1)
    assert ids_of(after, "wasps") == bees[1:2] and after.class_names == ("ants", "bees", "wasps")


def test_an_undoing_is_undone(dataset):
    bees = ids_of(dataset, "bees")
    once = edits.correct_label(dataset, bees[:1], "ants")
    edits.undo(dataset, 1)
    again = edits.undo(dataset, 2)
    assert again.fingerprint == once.fingerprint and again.version == 3
    assert [edit.undone for edit in edits.history(dataset)] == [False, True, False]


def test_another_split_keeps_the_edits_and_is_undone_like_them(dataset):
    ants, bees = ids_of(dataset, "ants"), ids_of(dataset, "bees")
    edits.leave_out(dataset, ants[:1])
    edited = edits.correct_label(dataset, bees[:1], "ants")
    after = resplit_dataset(dataset.id, 7, SHARES, by="anna")
    assert after.examples.drop(columns="split").equals(edited.examples.drop(columns="split"))
    assert (after.seed, after.fractions) == (7, SHARES) and after.splits == {"train": 4, "val": 2, "test": 3}
    assert edits.history(dataset)[2].words == "Split again with seed 7 into 40% / 20% / 40%"
    edits.undo(dataset, 1)
    assert edits.undo(dataset, 2).splits == {"train": 4, "val": 2, "test": 4}
    as_imported = edits.undo(dataset, 3)
    assert (as_imported.fingerprint, as_imported.seed) == (dataset.fingerprint, dataset.seed)
    assert as_imported.fractions == dataset.fractions


def test_every_version_can_be_opened(dataset):
    versions = [dataset, edits.correct_label(dataset, ids_of(dataset, "bees")[:1], "wasps")]
    versions.append(edits.leave_out(dataset, ids_of(dataset, "ants")[:2]))
    versions.append(resplit_dataset(dataset.id, 3, SHARES))
    versions.append(edits.undo(dataset, 1))
    tables = [versions[-1].imported, *(open_version(versions[-1], version).examples for version in range(1, 5))]
    for version, table in enumerate(tables):
        then = open_version(open_dataset(dataset.id), version)
        assert then.examples.equals(table)
        assert (then.class_names, then.fingerprint, then.seed, then.fractions, then.version) == (
            versions[version].class_names, versions[version].fingerprint, versions[version].seed,
            versions[version].fractions, version,
        )  # fmt: skip
        assert then.fingerprint == store.fingerprint(then.examples, then.class_names)
        assert then.splits == dict(then.columns("split")["split"].value_counts().reindex(["train", "val", "test"]))
    with pytest.raises(UserError, match="latest is 4"):
        open_version(open_dataset(dataset.id), 5)


def test_a_dataset_that_was_opened_before_an_edit_stays_as_it_was(dataset):
    before = dataset.examples
    edits.leave_out(dataset, before["id"][:1])
    old = open_dataset(dataset.id)
    edits.rename_class(dataset, "ants", "termites")
    for opened, ids in ((dataset, before["id"].tolist()), (old, before["id"].tolist()[1:])):
        assert dataclasses.replace(opened).columns("id")["id"].tolist() == ids
        assert sum(dataclasses.replace(opened).splits.values()) == len(ids)
        assert dataclasses.replace(opened).examples["id"].tolist() == ids
    assert label_of(old, ids[0]) == "ants"


def test_the_same_files_again_are_the_edited_dataset_and_it_says_so(dataset, make_zip, two_classes):
    after = edits.correct_label(dataset, ids_of(dataset, "bees")[:1], "ants")
    heard = []
    progress = Progress()
    progress.log = heard.append
    again = import_dataset(make_zip(two_classes), name="other", progress=progress)
    assert (again.id, again.fingerprint) == (dataset.id, after.fingerprint)
    assert again.problems[0].kind == "edited" and "“pets”, which has been edited once since" in again.problems[0].action
    assert heard == [f"{again.problems[0].action}."]
    assert open_dataset(dataset.id).problems == dataset.problems
    edits.undo(dataset, 1)
    assert "edited" not in {each.kind for each in import_dataset(make_zip(two_classes)).problems}


def test_the_same_files_are_another_dataset_where_the_first_was_split_again(dataset, make_zip, two_classes):
    resplit_dataset(dataset.id, 7, SHARES)
    assert import_dataset(make_zip(two_classes)).id != dataset.id


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("before", [0, 1])
def test_an_edit_that_was_broken_off_leaves_the_old_dataset_or_the_new_one(dataset, monkeypatch, step, before):
    """However many files were written when the process was killed, and whether the log was begun before."""
    ids = ids_of(dataset, "bees")
    old = edits.leave_out(dataset, ids[:1]) if before else dataset
    write, written = workspace.replace_file, []

    def write_or_die(path, content):
        if len(written) == step:
            raise KeyboardInterrupt
        write(path, content)
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "replace_file", write_or_die)
        try:
            edits.correct_label(dataset, ids[1:3], "ants")
            broken_off = False
        except KeyboardInterrupt:
            broken_off = True
    after = open_dataset(dataset.id)
    assert after.fingerprint == store.fingerprint(after.examples, after.class_names)
    assert len(edits.history(dataset)) == after.version == before + (not broken_off)
    assert broken_off == (after.fingerprint == old.fingerprint)
    again = edits.correct_label(dataset, ids[3:4], "ants")
    assert [edit.id for edit in edits.history(dataset)] == list(range(1, again.version + 1))
    assert again.fingerprint == store.fingerprint(again.examples, again.class_names)


def test_an_entry_that_was_half_written_counts_for_nothing(dataset):
    ids = ids_of(dataset, "bees")
    edits.leave_out(dataset, ids[:1])
    with open(dataset.folder / "edits.jsonl", "ab") as file:
        file.write(b'{"id": 2, "kind": "leave out", "ids": ["')
    edits.correct_label(dataset, ids[1:2], "ants")
    assert [edit.kind for edit in edits.history(dataset)] == ["leave out", "label"]
    assert len((dataset.folder / "edits.jsonl").read_bytes().splitlines()) == 3
