"""A dataset mended: labels corrected, examples left out or tagged, classes renamed or merged, and any of it undone.

Each is an entry in the dataset's log. The examples as they were imported are kept, and the dataset is what the entries
in force make of them, in the order in which they came.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcore.base.errors import UserError
from tlcore.datasets import store
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing.edit import TAGS, editing, in_short
from tlcore.datasets.filenames import clean_label
from tlcore.datasets.splits import check_fractions, check_groups, classes_in_one_group, group_values
from tlcore.datasets.versions.edit_log import Edit, read_log
from tlcore.datasets.versions.replay import open_version as open_version

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 200  # letters of a class's name or a tag


def correct_label(dataset: Dataset, ids: Sequence[str], label: str, by: str = "") -> Dataset:
    """Gives examples the label that is theirs.

    A label that no class has makes a new class. A class whose last example goes is none any more.

    Args:
        dataset: whose.
        ids: the examples'.
        label: the name of a class, or of a new one.
        by: who says so; by default the user who runs this process.

    Raises:
        UserError: no examples, or ones that are not in the dataset; they have the label already; or fewer than two
            classes would be left.
    """
    label = _named(label, "class")
    with editing(dataset) as change:
        ids = change.present(ids)
        before = change.examples.names_of(change.examples.rows(ids))
        changed = before != label
        if not changed.any():
            raise UserError(f"The label is already “{label}”", in_short(ids), "Choose another label, or other examples")
        return change.add(
            "label", by,
            ids=tuple(np.array(ids, object)[changed].tolist()),
            names=tuple(sorted(set(before[changed].tolist()))),
            to=label,
            is_new=change.examples.comes_of_corrections(label),
        )  # fmt: skip


def leave_out(dataset: Dataset, ids: Sequence[str], by: str = "") -> Dataset:
    """Takes examples out of a dataset; their files stay, and runs that had them still show them.

    Args:
        dataset: whose.
        ids: the examples'.
        by: who says so; by default the user who runs this process.

    Raises:
        UserError: no examples, or ones that are not in the dataset; or fewer than two classes would be left.
    """
    with editing(dataset) as change:
        return change.add("leave out", by, ids=tuple(change.present(ids)))


def rename_class(dataset: Dataset, old: str, new: str, by: str = "") -> Dataset:
    """Gives a class another name.

    Raises:
        UserError: there is no such class, the name is empty, or another class has it.
    """
    new = _named(new, "class")
    if old == new:
        raise UserError("The class already has this name", f"It is called “{new}”", "Type another name")
    with editing(dataset) as change:
        change.check_classes([old])
        return change.add("rename", by, names=(old,), to=new)


def merge_classes(dataset: Dataset, names: Sequence[str], into: str, by: str = "") -> Dataset:
    """Makes one class of two or more.

    Args:
        dataset: whose.
        names: of the classes.
        into: what the one is called: one of them, another class that they join, or a new name.
        by: who says so; by default the user who runs this process.

    Raises:
        UserError: there is no such class, there are not two different ones, or no two classes would be left.
    """
    into = _named(into, "class")
    names = tuple(dict.fromkeys(names))
    with editing(dataset) as change:
        change.check_classes(names)
        if len({*names, into} & {*change.dataset.class_names}) < 2:
            raise UserError(
                "Merging needs at least two classes", ", ".join(names) or "No class is chosen", "Choose more classes"
            )
        return change.add("merge", by, names=names, to=into)


def tag(dataset: Dataset, ids: Sequence[str], tag: str, by: str = "") -> Dataset:
    """Notes a word of one's own on examples, to find them by; nothing that is learnt depends on it.

    Raises:
        UserError: no examples, ones that never were in the dataset, no word, or all have the tag already.
    """
    tag = _named(tag, "tag")
    with editing(dataset) as change:
        ids = change.known(ids)
        tagged = _tagged(change.log).get(tag, {})
        without = tuple(id for id in ids if id not in tagged)
        if not without:
            raise UserError(
                f"The examples already have the tag “{tag}”", in_short(ids), "Choose another tag, or other examples"
            )
        return change.add("tag", by, ids=without, to=tag)


def untag(dataset: Dataset, ids: Sequence[str], tag: str, by: str = "") -> Dataset:
    """Takes a tag off examples again.

    Raises:
        UserError: none of the examples has it.
    """
    with editing(dataset) as change:
        ids = change.known(ids)
        tagged = _tagged(change.log).get(tag, {})
        with_it = tuple(id for id in ids if id in tagged)
        if not with_it:
            raise UserError(
                f"None of the examples has the tag “{tag}”", in_short(ids), "Choose a tag that one of them has"
            )
        return change.add("untag", by, ids=with_it, to=tag)


def resplit_dataset(id: str, seed: int, fractions: Sequence[float], by: str = "") -> Dataset:
    """Splits a dataset as it is now again, by another seed or other shares of train, val and test.

    Raises:
        UserError: its splits came with its files, or the fractions or seed can't be used.
    """
    dataset = store.by_id(id)
    _check_can_split(dataset)
    fractions = check_fractions(fractions, seed)
    with editing(dataset) as change:
        return change.add("split", by, seed=seed, fractions=fractions)


def group_by(dataset: Dataset, column: str, by: str = "") -> Dataset:
    """Splits a dataset again so that examples that share a value of a column are never in two splits.

    Args:
        dataset: whose.
        column: one of its metadata columns; "" for none, so that each example is split by itself.
        by: who says so; by default the user who runs this process.

    Raises:
        UserError: its splits came with its files, there is no such column, it is the group already, it has one value
            alone, or one for all examples of each class.
    """
    _check_can_split(dataset)
    with editing(dataset) as change:
        dataset = change.dataset
        if column == dataset.group_column:
            what = f"“{column}” is already the group" if column else "There is no group"
            raise UserError("The dataset is already split this way", what, "Choose another column")
        if column:
            check_group(dataset, column)
        return change.add("group", by, to=column)


def check_group(dataset: Dataset, column: str) -> None:
    """Raises a `UserError` when a column can't be the group that is never in two splits."""
    if column not in dataset.metadata:
        which = ", ".join(dataset.metadata[:20])
        raise UserError(
            "There is no such metadata column",
            f"“{dataset.name}” has no column “{column[:80]}”",
            f"Its metadata columns are: {which}" if which else "It has no metadata columns",
        )
    table = dataset.columns(column, "label")
    groups = group_values(table[column])
    check_groups(groups, column)
    if len(classes_in_one_group(table["label"].astype(str).tolist(), groups)) == table["label"].nunique():
        raise UserError(
            "Each class is in one group",
            f"All examples of a class have the same value in “{column[:80]}”, so they all belong in train",
            "Choose another column, or none",
        )


def _check_can_split(dataset: Dataset) -> None:
    if dataset.splits_given:
        raise UserError(
            "This dataset can't be split again",
            f"The splits of “{dataset.name}” came with its files",
            "Import the files without their split folders or split column",
        )


def undo(dataset: Dataset, edit_id: int, by: str = "") -> Dataset:
    """Undoes one edit, whichever it is; those after it are done again without it. Undoing is an edit as well.

    Args:
        dataset: whose.
        edit_id: the edit's; that of an undoing brings back what it had undone.
        by: who says so; by default the user who runs this process.

    Raises:
        UserError: there is no such edit, it is undone already, or a later one needs it; or fewer than two classes would
            be left.
    """
    with editing(dataset) as change:
        if not 1 <= edit_id <= change.dataset.version:
            raise UserError(
                "There is no such edit",
                f"“{change.dataset.name}” has no edit {edit_id}",
                "Choose an edit from its history",
            )
        edit = change.log[edit_id]
        if edit.undone:
            raise UserError(
                "This edit is already undone",
                f"Edit {edit.id}: {edit.words}",
                "To bring the edit back, undo the edit that undid it",
            )
        return change.add("undo", by, undoes=edit_id)


def history(dataset: Dataset) -> list[Edit]:
    """All edits of a dataset as it is now, oldest first."""
    return read_log(store.by_id(dataset.id))[1:]


def tags_of(dataset: Dataset) -> "pd.DataFrame":
    """The tags of a dataset's examples as they are now, those of examples that were left out too.

    Returns:
        A row an example and tag: `id`, `tag`.
    """
    import pandas as pd

    tagged = _tagged(read_log(store.by_id(dataset.id)))
    return pd.DataFrame([(id, tag) for tag, ids in tagged.items() for id in ids], columns=["id", "tag"], dtype=str)


def _tagged(log: Sequence[Edit]) -> dict[str, dict[str, None]]:
    """The ids that have each tag, in the order in which they got it."""
    tagged: dict[str, dict[str, None]] = {}
    for edit in log:
        if edit.kind in TAGS and not edit.undone:
            ids = tagged.setdefault(edit.to, {})
            for id in edit.ids:
                if edit.kind == "tag":
                    ids[id] = None
                else:
                    ids.pop(id, None)
    return tagged


def _named(text: str, what: str) -> str:
    name = clean_label(text)
    if not name or len(name) > _LONGEST:
        detail = f"The name has {len(name):,} characters" if name else "The name is empty"
        raise UserError(f"This can't be the name of a {what}", detail, f"Type 1 to {_LONGEST} characters")
    return name
