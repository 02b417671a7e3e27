"""Datasets in the workspace: written, found, renamed, split again, deleted."""

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from tlcore import workspace
from tlcore.datasets.dataset import Dataset, Problem
from tlcore.datasets.names import clean_label
from tlcore.datasets.splits import check_fractions, stratified
from tlcore.errors import UserError

_LONGEST_NAME = 200


def open_dataset(ref: str) -> Dataset:
    """A dataset by its id or its exact name.

    Raises:
        UserError: there is none.
    """
    if workspace.is_id(ref) and (workspace.place("datasets") / ref / "dataset.json").exists():
        return _read(workspace.place("datasets") / ref)
    for dataset in list_datasets():
        if dataset.name == ref:
            return dataset
    raise UserError(
        "There is no such dataset", f"None is called “{ref[:80]}”", "Import one, or choose one that is listed"
    )


def list_datasets() -> list[Dataset]:
    """All datasets, newest first."""
    datasets = []
    for file in workspace.place("datasets").glob("*/dataset.json"):
        with contextlib.suppress(FileNotFoundError):  # deleted by somebody else meanwhile
            datasets.append(_read(file.parent))
    return sorted(datasets, key=lambda dataset: dataset.created, reverse=True)


def rename_dataset(id: str, name: str) -> None:
    """Gives a dataset another name.

    Raises:
        UserError: there is no such dataset, the name is empty, or another dataset has it.
    """
    dataset = _by_id(id)
    name = _clean_name(name)
    if not name:
        raise UserError("A dataset needs a name", "The name is empty", "Type one")
    if any(other.name == name and other.id != id for other in list_datasets()):
        raise UserError("This name is taken", f"Another dataset is called “{name}”", "Choose another name")
    _write(dataclasses.replace(dataset, name=name))


def describe_dataset(id: str, description: str, licence_note: str) -> None:
    """Says what a dataset is, and under which licence it stands.

    Raises:
        UserError: there is no such dataset.
    """
    _write(dataclasses.replace(_by_id(id), description=description.strip(), licence_note=licence_note.strip()))


def delete_dataset(id: str) -> None:
    """Deletes a dataset's files; runs on it keep their own.

    Raises:
        UserError: there is no such dataset.
    """
    workspace.delete_folder("datasets", id)


def resplit_dataset(id: str, seed: int, fractions: Sequence[float]) -> Dataset:
    """Splits a dataset again, by another seed or other shares of train, val and test.

    Raises:
        UserError: its splits came with its files, or the fractions or seed can't be used.
    """
    dataset = _by_id(id)
    if dataset.splits_given:
        raise UserError(
            "This dataset's splits can't be made again",
            f"The splits of “{dataset.name}” came with its files",
            "Import the files without split folders, or without the column split",
        )
    fractions = check_fractions(fractions, seed)
    table = dataset.examples.copy()
    table["split"] = stratified(
        table["sha256"].tolist(), [dataset.class_names[label] for label in table["label"]], fractions, seed
    )
    again = dataclasses.replace(
        dataset, seed=seed, fractions=fractions, fingerprint=fingerprint(table, dataset.class_names)
    )
    workspace.replace_file(_staged_examples(dataset.folder, again.fingerprint), table.to_parquet(index=False))
    _write(again)  # from here on the dataset is the new one, whoever reads it next
    return _read(dataset.folder)


def create(table: pd.DataFrame, files: Sequence[Path], **facts) -> Dataset:
    """Stores a dataset.

    Args:
        table: its examples, as `Dataset.examples` has them.
        files: where each example's bytes lie now; they are moved.
        facts: the other fields of `Dataset`.
    """
    facts["name"] = _free_name(_clean_name(facts["name"]) or "pictures")
    id = workspace.new_id(facts["name"])
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    with workspace.new_folder("datasets", id) as folder:
        (folder / "files").mkdir()
        for path, file in zip(files, table["file"], strict=True):
            os.rename(path, folder / file)
        table.to_parquet(folder / "examples.parquet", index=False)
        _write(Dataset(id=id, created=created, folder=folder, **facts))
    return open_dataset(id)


def fingerprint(table: pd.DataFrame, class_names: Sequence[str]) -> str:
    """A hash of every example's bytes, label and split, in whatever order they stand."""
    lines = sorted(
        f"{row.sha256} {row.split} {class_names[row.label]}" for row in table[["sha256", "split", "label"]].itertuples()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def with_fingerprint(fingerprint: str) -> Dataset | None:
    """The dataset that has exactly these examples, if there is one."""
    return next((dataset for dataset in list_datasets() if dataset.fingerprint == fingerprint), None)


def _by_id(id: str) -> Dataset:
    return _read(workspace.folder("datasets", id))


def _read(folder: Path) -> Dataset:
    facts = workspace.read_json(folder / "dataset.json")
    with contextlib.suppress(FileNotFoundError):  # there is one after `resplit_dataset` alone, also a killed one
        os.replace(_staged_examples(folder, facts["fingerprint"]), folder / "examples.parquet")
    facts["class_names"] = tuple(facts["class_names"])
    facts["fractions"] = tuple(facts["fractions"])
    facts["problems"] = tuple(Problem(each["kind"], tuple(each["files"]), each["action"]) for each in facts["problems"])
    return Dataset(id=folder.name, folder=folder, **facts)


def _staged_examples(folder: Path, fingerprint: str) -> Path:
    """Where a new table of examples waits until `dataset.json` has its fingerprint."""
    return folder / f".examples-{fingerprint[:16]}.parquet"


def _write(dataset: Dataset) -> None:
    facts = dataclasses.asdict(dataset)
    del facts["id"], facts["folder"]
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
