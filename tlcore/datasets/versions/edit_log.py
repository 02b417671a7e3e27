"""What was changed in a dataset since it was imported, by whom and when: a log that is only ever added to.

`edits.jsonl` has a line an entry, the first of them the import. `dataset.json` says how many count: what a process that
was killed had written beyond them never came into force, and is written over.
"""

import dataclasses
import getpass
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from tlcore.base.formatting import count
from tlcore.datasets.dataset import Dataset

_FILE = "edits.jsonl"


@dataclass(frozen=True)
class Edit:
    """One entry.

    Attributes:
        id: its place in the log, from 1 on, which is also the version of the dataset that it made.
        kind: "label", "leave out", "rename", "merge", "tag", "untag", "split", "group" or "undo".
        at: when, as ISO 8601 in UTC.
        by: who; "" where that is not known.
        fingerprint: the dataset's after it.
        ids: of the examples that it is about.
        names: the classes that it is about: those that the examples were of, or that were renamed or merged.
        to: the class that they became, or the tag; of the import and of "group" the group column.
        is_new: whether the class came about by corrected labels alone.
        seed: of a split.
        fractions: of a split.
        undoes: the id of the edit that it undoes.
        undone: whether a later one undoes it.
    """

    id: int
    kind: str
    at: str
    by: str
    fingerprint: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    to: str = ""
    is_new: bool = False
    seed: int = 0
    fractions: tuple[float, ...] = ()
    undoes: int = 0
    undone: bool = False

    @property
    def words(self) -> str:
        """What was done, without a full stop."""
        names = ", ".join(f"“{name}”" for name in self.names)
        examples = count(len(self.ids), "example")
        match self.kind:
            case "label":
                return f"Label of {examples} corrected from {names} to “{self.to}”"
            case "leave out":
                return f"Left out {examples}"
            case "rename":
                return f"Class {names} renamed to “{self.to}”"
            case "merge":
                return f"Classes {names} merged into “{self.to}”"
            case "tag":
                return f"Tagged {examples} “{self.to}”"
            case "untag":
                return f"Removed the tag “{self.to}” from {examples}"
            case "split":
                shares = " / ".join(f"{share:.0%}" for share in self.fractions)
                return f"Split again with seed {self.seed} into {shares}"
            case "group":
                return (
                    f"Split again so that no “{self.to}” is in two splits" if self.to else "Split again without groups"
                )
            case "undo":
                return f"Edit {self.undoes} undone"
        raise AssertionError(self.kind)


def first_entry(dataset: Dataset) -> Edit:
    """The import: the classes, split and fingerprint that a dataset began with."""
    if dataset.version:
        with open(dataset.folder / _FILE, "rb") as file:
            return _entry(file.readline())
    return Edit(
        0, "import", dataset.created, dataset.owner, dataset.fingerprint,
        names=dataset.class_names, to=dataset.group_column, seed=dataset.seed, fractions=dataset.fractions,
    )  # fmt: skip


def read_log(dataset: Dataset) -> list[Edit]:
    """All entries up to a dataset's version; the import comes first, so that an id is a place in the list."""
    if not dataset.version:
        return [first_entry(dataset)]
    with open(dataset.folder / _FILE, "rb") as file:
        return marked([_entry(line) for line in islice(file, dataset.version + 1)])


def marked(log: Sequence[Edit]) -> list[Edit]:
    """The same entries, each knowing whether it is undone; what an undone undoing had undone is in force again."""
    undone = set()
    for edit in reversed(log):
        if edit.kind == "undo" and edit.id not in undone:
            undone.add(edit.undoes)
    return [dataclasses.replace(edit, undone=edit.id in undone) for edit in log]


def new_entry(dataset: Dataset, kind: str, by: str, **fields) -> Edit:
    """The entry that would come next; without a name for who, it is whoever runs this process."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Edit(dataset.version + 1, kind, at, by or _user(), dataset.fingerprint, **fields)


def append(dataset: Dataset, edit: Edit) -> None:
    """Writes the next entry behind those that count."""
    with open(dataset.folder / _FILE, "a+b") as file:
        file.seek(0)
        lines = dataset.version + 1 if dataset.version else 0
        for _ in range(lines):
            file.readline()
        file.truncate()
        for each in (edit,) if lines else (first_entry(dataset), edit):
            file.write(_line(each))
        file.flush()
        os.fsync(file.fileno())


def _entry(line: bytes) -> Edit:
    fields = json.loads(line)
    return Edit(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})


def _line(edit: Edit) -> bytes:
    """What says something of it: fields that are as they would be anyway are left out."""
    fields = {
        field.name: getattr(edit, field.name)
        for field in dataclasses.fields(edit)
        if getattr(edit, field.name) != field.default
    }
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""
