"""Files that a person gives to predict on: found, unpacked and answered for, every one of them."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.filenames import clean, is_archive, is_junk, part_of, suffix
from tlcore.datasets.sources.members import SourceFile, UnreadableFile
from tlcore.datasets.sources.source import read_source
from tlcore.evaluation.predicting import predict_files
from tlcore.evaluation.predictions import class_columns
from tlcore.features.forward_pass import Pass
from tlcore.modalities import modality_of_file
from tlcore.runs import Run


class NewFile(NamedTuple):
    """A file to predict on.

    Attributes:
        name: what people call it: its path in the folder or archive that was given.
        path: where it lies; None where it is left out.
        problem: why it is left out.
        given: the file, folder or archive that was given.
    """

    name: str
    path: Path | None
    problem: str = ""
    given: Path = Path()

    @property
    def origin(self) -> str:
        """Its path as the person who gave it would write it, on into an archive."""
        return str(self.given / self.name if self.given.is_dir() or is_archive(self.given.name) else self.given)


def find_new_files(given: Sequence[Path], folder: Path, progress: Progress) -> list[NewFile]:
    """Every file given, those in folders and archives too; what import would leave out is left out, with the reason.

    Args:
        given: files, folders and archives.
        folder: what archives hold is written here, under names that can do no harm.
        progress: hears the stage `unpack`, and steps in files.

    Raises:
        UserError: there is nothing at a path.
    """
    progress.stage("unpack")
    folder.mkdir(exist_ok=True)
    files: list[NewFile] = []
    begun: set[Path] = set()  # archives that were cut into parts: the first that comes stands for all
    for path in given:
        if not path.exists():
            raise UserError("There is no such file", str(path), "Give the path of a file, a folder or an archive")
        if path.is_file() and not is_archive(path.name):
            name = clean(path.name)
            problem = _why_left_out(name)
            files.append(NewFile(name, None if problem else path, problem, path))
            continue
        if part := part_of(path.name):
            if path.with_name(part.whole) in begun:
                continue
            begun.add(path.with_name(part.whole))
        try:
            for found in read_source(path):
                files.append(_take(found, folder / f"{len(files):06}")._replace(given=path))
                progress.step(len(files), found.total, "files", found.name)
        except UserError as error:  # a damaged archive: what was read of it before is good
            files.append(NewFile("", None, str(error).replace(str(path), clean(path.name)), path))
    return files


def files_of(dataset: Dataset, *, unlabelled: bool = False) -> list[NewFile]:
    """A dataset's examples, or its files without a label, under their ids."""
    table = dataset.unlabelled if unlabelled else dataset.examples
    return [NewFile(id, dataset.file(id), given=dataset.file(id)) for id in table["id"]]


def predict_new_files(
    run: Run, files: Sequence[NewFile], *, trained: Pass | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """What a run's model says about files, those that can't be read too.

    Args:
        run: a finished one.
        files: as `find_new_files` gives them.
        trained: as `predict_files` takes it.
        progress: hears the stage `predict`, and steps in examples.

    Returns:
        What `predict_files` gives, a row a file in their order, indexed by their names; `path` is empty where a file
        was left out.

    Raises:
        UserError: as `predict_files`.
    """
    progress = progress or Progress()
    progress.stage("predict")
    rows = [row for row, file in enumerate(files) if file.path]
    table = predict_files(run, [files[row].path for row in rows], trained=trained, progress=progress)
    table["problem"] = [
        problem.replace(path, files[row].name).replace(f"{Path(path).name}: ", f"{files[row].name}: ")
        for row, path, problem in zip(rows, table["path"], table["problem"], strict=True)
    ]
    table.index = rows
    table = table.reindex(range(len(files))).astype({"path": object, "label": object, "problem": object})
    left_out = table["path"].isna()
    table.loc[left_out, ["path", "label"]] = ""
    table.loc[left_out, "problem"] = [file.problem for file in files if not file.path]
    table["neighbours"] = [each if isinstance(each, list) else [] for each in table["neighbours"]]
    table.index = pd.Index([file.name or file.given.name for file in files], dtype=str)
    return table[["path", "problem", "label", *class_columns(run.class_names), "neighbours"]]


def _take(found: SourceFile, place: Path) -> NewFile:
    """A file of a folder stays where it lies; one of an archive is written out."""
    if problem := found.fault or _why_left_out(found.name):
        return NewFile(found.name, None, problem)
    path = getattr(found.stream, "path", "")
    if path and not os.path.islink(path):
        return NewFile(found.name, Path(path))
    try:
        with open(place, "wb") as target:
            shutil.copyfileobj(found.stream, target)
    except UnreadableFile as error:
        place.unlink()
        return NewFile(found.name, None, str(error))
    return NewFile(found.name, place)


def _why_left_out(name: str) -> str:
    """By the rules of import."""
    if is_junk(name):
        return "It is a hidden file, or one that an operating system left behind"
    modality = modality_of_file(suffix(name))
    if modality and suffix(name) in modality.unread_suffixes:
        return modality.why_not_read(suffix(name))
    return ""
