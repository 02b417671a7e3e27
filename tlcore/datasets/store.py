"""Datasets in the workspace: written, found, renamed, changed in one step, deleted."""

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tlcore.base import workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.datasets.dataset import IMPORTED, UNLABELLED, Dataset, Problem
from tlcore.datasets.filenames import clean_label
from tlcore.datasets.versions.edit_log import first_entry
from tlcore.datasets.versions.replay import examples_of

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_NAME = 200


def open_dataset(ref: str) -> Dataset:
    """A dataset by its id or its exact name.

    Raises:
        UserError: there is none.
    """
    if workspace.is_id(ref) and (workspace.place("datasets") / ref).is_dir():
        return _read(workspace.place("datasets") / ref)
    for dataset in list_datasets():
        if dataset.name == ref:
            return dataset
    raise UserError(
        "There is no such dataset", f"No dataset is called “{ref[:80]}”", "Import one, or choose one from the list"
    )


def list_datasets() -> list[Dataset]:
    """All datasets that can be read, newest first."""
    datasets, _ = workspace.read_all("datasets", _read)
    return sorted(datasets, key=lambda dataset: dataset.created, reverse=True)


def damaged_datasets() -> dict[str, Damaged]:
    """What is wrong with the datasets that can't be read, by their ids."""
    return workspace.read_all("datasets", _read)[1]


def rename_dataset(id: str, name: str) -> None:
    """Gives a dataset another name.

    Raises:
        UserError: there is no such dataset, the name is empty, or another dataset has it.
    """
    name = _clean_name(name)
    if not name:
        raise UserError("A dataset needs a name", "The name is empty", "Type a name")
    with changing():
        dataset = by_id(id)
        if any(other.name == name and other.id != id for other in list_datasets()):
            raise UserError("This name is taken", f"Another dataset is called “{name}”", "Choose another name")
        _write(dataclasses.replace(dataset, name=name))


def describe_dataset(id: str, description: str, licence_note: str) -> None:
    """Says what a dataset is, and under which licence it stands.

    Raises:
        UserError: there is no such dataset.
    """
    with changing():
        _write(dataclasses.replace(by_id(id), description=description.strip(), licence_note=licence_note.strip()))


def delete_dataset(id: str) -> None:
    """Deletes a dataset's files; runs on it keep their own.

    Raises:
        UserError: there is no such dataset.
    """
    with changing():
        workspace.delete_folder("datasets", id)


def files_in(folder: Path) -> Path:
    """The folder, made now, under which examples' files lie in a dataset's."""
    files = folder / "files"
    files.mkdir()
    return files


def create(
    table: "pd.DataFrame",
    folder: Path,
    *,
    name: str,
    class_names: tuple[str, ...],
    unlabelled: "pd.DataFrame | None" = None,
    **facts,
) -> Dataset:
    """Stores a dataset, or finds the one that has exactly these examples already, or had before it was edited.

    Args:
        table: its examples, as `Dataset.examples` has them.
        folder: one with their files in `files_in` it, and maybe others; they are taken from there.
        name: what people call it; where another has this name, it gets a number.
        class_names: in order; a label indexes them.
        unlabelled: files without a label, as `Dataset.unlabelled` has them.
        facts: the other fields of `Dataset`.
    """
    its = fingerprint(table, class_names)
    if existing := _existing(its, table, unlabelled, facts):
        return existing
    table.attrs["fingerprint"] = its
    wanted = set(table["file"].tolist())
    parts = ["files", "examples.parquet"]
    if unlabelled is not None and len(unlabelled):
        wanted.update(unlabelled["file"].tolist())
        unlabelled.to_parquet(folder / UNLABELLED, index=False)
        parts.append(UNLABELLED)
    with os.scandir(folder / "files") as files:
        for file in files:
            if f"files/{file.name}" not in wanted:
                os.unlink(file.path)
    table.to_parquet(folder / "examples.parquet", index=False)
    workspace.sync_disk(folder)  # done here, it takes next to no time while others wait for the lock
    with changing():
        if existing := _existing(its, table, unlabelled, facts):
            return existing
        name = _free_name(_clean_name(name) or "examples")
        id = workspace.new_id(name)
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        facts |= {"name": name, "class_names": class_names, "fingerprint": its, "created": created}
        with workspace.new_folder("datasets", id) as staging:
            for part in parts:
                os.rename(folder / part, staging / part)
            _write(Dataset(id=id, folder=staging, **facts))
    return open_dataset(id)


@contextlib.contextmanager
def changing() -> Iterator[None]:
    """Datasets are changed by one process at a time, since each change begins with what is there."""
    with FileLock(workspace.place("datasets") / ".lock"):
        yield


def fingerprint(table: "pd.DataFrame", class_names: Sequence[str]) -> str:
    """A hash of every example's bytes, label and split, in whatever order they stand."""
    names = [class_names[label] for label in table["label"].tolist()]
    lines = sorted(map(" ".join, zip(table["sha256"].tolist(), table["split"].tolist(), names, strict=True)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def commit(dataset: Dataset, table: "pd.DataFrame | None" = None) -> Dataset:
    """Makes a changed dataset the one that there is, in one step; to be called while `changing`.

    Args:
        dataset: with the new facts, the fingerprint among them.
        table: its examples, where they changed.
    """
    if table is not None:
        imported = dataset.folder / IMPORTED
        if not imported.exists():
            workspace.replace_file(imported, (dataset.folder / "examples.parquet").read_bytes())
        table.attrs["fingerprint"] = dataset.fingerprint
        workspace.replace_file(_staged_examples(dataset), table.to_parquet(index=False))
    _write(dataset)  # from here on the dataset is the new one, whoever reads it next
    return _read(dataset.folder)


def by_id(id: str) -> Dataset:
    """A dataset as it is now.

    Raises:
        UserError: there is none.
    """
    return _read(workspace.folder("datasets", id))


def _existing(
    fingerprint: str, table: "pd.DataFrame", unlabelled: "pd.DataFrame | None", facts: dict
) -> Dataset | None:
    """The dataset that has exactly these examples, else one that was imported so and is not split otherwise now."""
    datasets = list_datasets()
    same = [dataset for dataset in datasets if dataset.fingerprint == fingerprint]
    for dataset in datasets:
        first = first_entry(dataset)
        if (first.fingerprint, first.seed, first.fractions) == (fingerprint, dataset.seed, dataset.fractions):
            same.append(dataset)
    return next((each for each in same if _has_the_same_beside(each, table, unlabelled, facts)), None)


def _has_the_same_beside(
    dataset: Dataset, table: "pd.DataFrame", unlabelled: "pd.DataFrame | None", facts: dict
) -> bool:
    """Whether a dataset has the metadata, the group, the range of values and the unlabelled files of another."""
    metadata = tuple(facts.get("metadata", ()))
    beside = (metadata, facts.get("group_column", ""), facts.get("values"))
    if (dataset.metadata, dataset.group_column, dataset.values) != beside:
        return False
    if set(dataset.unlabelled["sha256"]) != (set() if unlabelled is None else set(unlabelled["sha256"])):
        return False
    if not metadata:
        return True
    if len(dataset.imported) != len(table):
        return False
    ours, theirs = (each[["id", *metadata]].sort_values("id", ignore_index=True) for each in (table, dataset.imported))
    return ours.equals(theirs)


def _read(folder: Path) -> Dataset:
    path = folder / "dataset.json"
    facts = workspace.read_json(path)
    try:
        facts["class_names"] = tuple(facts["class_names"])
        facts["fractions"] = tuple(facts["fractions"])
        facts["metadata"] = tuple(facts.get("metadata", ()))
        facts["values"] = tuple(facts["values"]) if facts.get("values") else None
        facts["problems"] = tuple(
            Problem(each["kind"], tuple(each["files"]), each["action"], tuple(each.get("kept", ())))
            for each in facts["problems"]
        )
        dataset = Dataset(id=folder.name, folder=folder, replay=examples_of, **facts)
    except (KeyError, TypeError) as error:
        raise Damaged(path, f"this version can't read it as a dataset ({error})") from None
    if (staged := _staged_examples(dataset)).exists():  # after an edit alone, also one that was broken off
        with contextlib.suppress(FileNotFoundError):  # another process was as fast
            os.replace(staged, folder / "examples.parquet")
    _check_table(folder / "examples.parquet")
    return dataset


def _check_table(path: Path) -> None:
    """Raises `Damaged` where a Parquet file is none, or was cut short: its first and last bytes are the format's."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4))
            ends = (start, file.read(4))
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise
        raise Damaged(path, "it is missing") from None
    if ends != (b"PAR1", b"PAR1"):
        raise Damaged(path, "it is not a Parquet file, or it was cut short")


def _staged_examples(dataset: Dataset) -> Path:
    """Where a new table of examples waits until `dataset.json` is of its version and has its fingerprint."""
    return dataset.folder / f".examples-{dataset.version}-{dataset.fingerprint[:16]}.parquet"


def _write(dataset: Dataset) -> None:
    facts = dataclasses.asdict(dataset)
    del facts["id"], facts["folder"], facts["replay"]
    workspace.write_json(dataset.folder / "dataset.json", facts)


def _clean_name(name: str) -> str:
    return clean_label(name)[:_LONGEST_NAME]


def _free_name(name: str) -> str:
    taken = {dataset.name for dataset in list_datasets()}
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: _LONGEST_NAME - 8]} ({number})"
    return free
