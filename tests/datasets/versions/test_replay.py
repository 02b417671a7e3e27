"""Any sequence of edits and undos is what a replay of the log gives, by a model as plain as can be."""

import contextlib
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets import Dataset, import_dataset, open_dataset, resplit_dataset
from tlcore.datasets.editing import edits
from tlcore.datasets.splits import stratified
from tlcore.datasets.versions.edit_log import Edit

LABELS = ("a", "b", "c", "d", "e")
EXAMPLES = st.lists(st.integers(0, 11), min_size=1, max_size=6)
LABEL = st.sampled_from(LABELS)
STEPS = st.one_of(
    st.tuples(st.just("label"), EXAMPLES, LABEL),
    st.tuples(st.just("leave out"), EXAMPLES),
    st.tuples(st.just("rename"), LABEL, LABEL),
    st.tuples(st.just("merge"), st.lists(LABEL, min_size=1, max_size=3), LABEL),
    st.tuples(st.just("tag"), EXAMPLES),
    st.tuples(st.just("split"), st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(1, 12)),
    st.tuples(st.just("undo"), st.integers(1, 12)),
)


@pytest.fixture
def imported(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "set", {"a": 5, "b": 4, "c": 3}, size=6))


def take(dataset: Dataset, step: tuple) -> None:
    kind, *given = step
    ids = dataset.columns("id", left_out=True)["id"].tolist()
    match kind:
        case "label":
            edits.correct_label(dataset, [ids[row] for row in given[0]], given[1])
        case "leave out":
            edits.leave_out(dataset, [ids[row] for row in given[0]])
        case "rename":
            edits.rename_class(dataset, *given)
        case "merge":
            edits.merge_classes(dataset, *given)
        case "tag":
            edits.tag(dataset, [ids[row] for row in given[0]], "seen")
        case "split":
            resplit_dataset(dataset.id, given[0], (0.5, 0.25, 0.25))
        case "undo":
            edits.undo(dataset, *given)


def in_force(log: list[Edit]) -> list[Edit]:
    """An edit is, unless an undoing of it is."""

    def is_undone(edit: Edit) -> bool:
        return any(other.undoes == edit.id and not is_undone(other) for other in log[edit.id :])

    return [edit for edit in log if not is_undone(edit)]


def obvious(dataset: Dataset, log: list[Edit]) -> dict[str, tuple[str, str]]:
    """Label and split of each example after the edits in force, which are taken to make sense."""
    names = sorted(LABELS[:3])
    imported = dataset.imported
    labels = {id: names[label] for id, label in zip(imported["id"], imported["label"], strict=True)}
    splits = dict(zip(imported["id"], imported["split"], strict=True))
    hashes = dict(zip(imported["id"], imported["sha256"], strict=True))
    gone = set()
    for edit in in_force(log):
        if edit.kind == "label":
            labels |= dict.fromkeys(edit.ids, edit.to)
        elif edit.kind == "leave out":
            gone |= set(edit.ids)
        elif edit.kind in ("rename", "merge"):
            labels = {id: edit.to if name in edit.names else name for id, name in labels.items()}
        elif edit.kind == "split":
            here = [id for id in labels if id not in gone]
            again = stratified([hashes[id] for id in here], [labels[id] for id in here], edit.fractions, edit.seed)
            splits |= dict(zip(here, again, strict=True))
    return {id: (labels[id], splits[id]) for id in labels if id not in gone}


def shown(dataset: Dataset) -> dict[str, tuple[str, str]]:
    table = dataset.examples
    return {
        id: (dataset.class_names[label], split)
        for id, label, split in zip(table["id"], table["label"], table["split"], strict=True)
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
def test_any_edits_and_undos_are_a_replay_and_undoing_all_gives_what_was_imported(imported, steps):
    folder = imported.folder.with_name("tried")
    shutil.copytree(imported.folder, folder)
    try:
        dataset = open_dataset("tried")
        for step in steps:
            before = open_dataset("tried")
            try:
                take(dataset, step)
            except UserError:
                assert open_dataset("tried") == before
                continue
            now, log = open_dataset("tried"), edits.history(dataset)
            assert shown(now) == obvious(dataset, log)
            assert set(now.class_names) == {label for label, _ in shown(now).values()}
            assert [edit.id for edit in log] == list(range(1, now.version + 1))
            assert [edit for edit in log if not edit.undone] == in_force(log)
            assert log[-1].fingerprint == now.fingerprint
        undo_all(dataset)
        after = open_dataset("tried")
        assert (after.fingerprint, after.class_names) == (imported.fingerprint, imported.class_names)
        assert after.examples.equals(imported.examples)
    finally:
        shutil.rmtree(folder)


def undo_all(dataset: Dataset) -> None:
    """Newest first; where that would leave one class for a moment, another before it."""
    while left := [edit.id for edit in edits.history(dataset) if not edit.undone and edit.kind != "undo"]:
        for id in reversed(left):
            with contextlib.suppress(UserError):
                edits.undo(dataset, id)
                break
        else:
            raise AssertionError(f"none of {left} can be undone")
