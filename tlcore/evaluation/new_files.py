"""Files that a person gives to predict on: found and unpacked by the rules of import, and answered for, every one."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.filenames import clean, is_archive, is_junk, part_of, suffix
from tlcore.datasets.importing.assign import fates_of
from tlcore.datasets.importing.proposing.annotations import masks_among
from tlcore.datasets.importing.reading import Reading
from tlcore.datasets.sources.members import SourceFile, UnreadableFile
from tlcore.datasets.sources.source import Source, read_source
from tlcore.evaluation.maps.neighbours import nearest
from tlcore.evaluation.predicting import trained_pass
from tlcore.evaluation.predictions import class_columns
from tlcore.evaluation.run_results import features_of, predictions_file
from tlcore.features import inputs
from tlcore.features.forward_pass import Pass
from tlcore.features.store.feature_store import Rows
from tlcore.modalities import Range, modality_of, modality_of_file
from tlcore.modules.module import Module
from tlcore.runs import Run
from tlcore.training.result_weights import head_probabilities, module_of, read_weights

_NEIGHBOURS = 5
_QUERIES = 256  # whose distances to all train examples are in memory at once


class NewFile(NamedTuple):
    """A file to predict on.

    Attributes:
        name: what people call it: its path in the folder or archive that was given.
        path: where it lies; None where it is left out.
        problem: why it is left out.
        origin: its path as the person who gave it would write it, on into an archive.
    """

    name: str
    path: Path | None
    problem: str = ""
    origin: str = ""


def predict_files(
    run: Run, given: Source, *, trained: Pass | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """What a run's model says about every file that a person gives.

    Args:
        run: a finished one.
        given: the path of a file, a folder or an archive, or a list of such.
        trained: the run's `trained_pass` where there is one already.
        progress: hears the stages `unpack` and `predict`, and steps in files and in examples.

    Returns:
        What `predict_new_files` gives, its rows numbered; `path` is what was given, on into folders and archives.

    Raises:
        UserError: the run has no result, or its module is gone.
    """
    progress = progress or Progress()
    with workspace.scratch() as folder:
        files = find_new_files([given] if isinstance(given, str | Path) else given, folder, progress)
        table = predict_new_files(run, files, trained=trained, progress=progress)
    return table.assign(path=np.array([file.origin for file in files], object)).reset_index(drop=True)


def find_new_files(given: Sequence[str | Path], folder: Path, progress: Progress) -> list[NewFile]:
    """Every file given, those in folders and archives too; what import would leave out is left out, with the reason.

    Args:
        given: paths of files, folders and archives.
        folder: what archives hold is written here, under names that can do no harm.
        progress: hears the stage `unpack`, and steps in files.
    """
    progress.stage("unpack")
    folder.mkdir(exist_ok=True)
    files: list[NewFile] = []
    begun: set[Path] = set()  # archives that were cut into parts: the first that comes stands for all
    for each in given:
        path, origin = Path(each).expanduser(), str(each)
        name = clean(path.name)
        if not os.path.exists(path):
            files.append(NewFile(name, None, "There is no such file", origin))
            continue
        if path.is_file() and not is_archive(path.name):
            problem = _why_left_out(name)
            files.append(NewFile(name, None if problem else path, problem, origin))
            continue
        if part := part_of(path.name):
            if path.with_name(part.whole) in begun:
                continue
            begun.add(path.with_name(part.whole))
        try:
            for found in read_source(path):
                file = _take(found, folder / f"{len(files):06}")
                files.append(file._replace(origin=os.path.join(origin, found.name)))
                progress.step(len(files), found.total, "files", found.name)
        except UserError as error:  # a damaged archive: what was read of it before is good
            files.append(NewFile(name, None, str(error).replace(str(path), name), origin))
    return _without_masks(files, given)


def files_of(dataset: Dataset, *, unlabelled: bool = False) -> list[NewFile]:
    """A dataset's examples, or its files without a label, under their ids."""
    table = dataset.unlabelled if unlabelled else dataset.examples
    return [NewFile(id, dataset.file(id), origin=str(dataset.file(id))) for id in table["id"]]


def predict_new_files(
    run: Run, files: Sequence[NewFile], *, trained: Pass | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """What a run's model says about files, those that can't be read too.

    Args:
        run: a finished one.
        files: as `find_new_files` gives them.
        trained: the run's `trained_pass` where there is one already.
        progress: hears the stage `predict`, and steps in examples.

    Returns:
        A row a file, in order, indexed by their names: `path` (where it lies; empty where it was left out), `problem`
        (why it can't be predicted; else empty), `label` (the predicted class's name), a probability for each class in
        columns named by `class_columns`, and `neighbours` (ids of the nearest train examples by feature vector, nearest
        first; none where the run's dataset is gone). A file with a problem has no label, and NaN for probabilities.

    Raises:
        UserError: the run has no result, or its module is gone.
    """
    progress = progress or Progress()
    progress.stage("predict")
    ids, all_vectors, of_train = _examples(run, progress)
    module = module_of(run)
    problems = {row: file.problem for row, file in enumerate(files) if file.path is None}
    total = len(files) - len(problems)
    batches = _readable(files, module, run.values, problems)
    with closing((trained or trained_pass(run)).run(batches, total, progress, "predicting")) as passes:
        vectors = np.concatenate([np.empty((0, module.feature_dim), np.float32), *(vectors for (vectors,) in passes)])
    vectors = _finite(vectors, files, problems)
    progress.step(total, total, "examples", "predicting")
    good = [row for row in range(len(files)) if row not in problems]
    probabilities = np.full((len(files), len(run.class_names)), np.nan, np.float32)
    probabilities[good] = head_probabilities(read_weights(run), vectors)
    neighbours: list[list[str]] = [[] for _ in files]
    for start in range(0, len(good), _QUERIES):
        near, _ = nearest(all_vectors, vectors[start : start + _QUERIES], _NEIGHBOURS, of_train)
        for row, each in zip(good[start : start + _QUERIES], near, strict=True):
            neighbours[row] = ids[each].tolist()
    names = np.array([*run.class_names, ""], object)
    best = [int(probabilities[row].argmax()) if row not in problems else -1 for row in range(len(files))]
    front = pd.DataFrame(
        {
            "path": np.array([str(file.path or "") for file in files], object),
            "problem": np.array([problems.get(row, "") for row in range(len(files))], object),
            "label": names[best],
        }
    )
    middle = pd.DataFrame(probabilities, columns=class_columns(run.class_names))
    table = pd.concat([front, middle, pd.DataFrame({"neighbours": neighbours})], axis=1)
    return table.set_index(pd.Index([file.name for file in files], dtype=str))


def _readable(
    files: Sequence[NewFile], module: Module, values: Range | None, problems: dict[int, str]
) -> Iterator[np.ndarray]:
    """Batches of the files that can be read; what is wrong with the others is noted under their row."""
    modality, spec = modality_of(module.modality), module.input_spec()
    rows = [row for row, file in enumerate(files) if file.path]

    def read(row: int) -> np.ndarray | UserError:
        try:
            return modality.decode(files[row].path, spec, values)
        except UserError as error:
            return error

    batch: list[np.ndarray] = []
    for row, item in zip(rows, inputs.decode_ahead(rows, read), strict=True):
        if isinstance(item, UserError):
            problems[row] = str(item).replace(str(files[row].path), files[row].name)
            continue
        batch.append(item)
        if len(batch) == inputs.BATCH:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def _finite(vectors: np.ndarray, files: Sequence[NewFile], problems: dict[int, str]) -> np.ndarray:
    """The vectors that are finite, of the files without a problem; what is wrong with the others is noted."""
    finite = np.isfinite(vectors).all(axis=1)
    read = [row for row in range(len(files)) if row not in problems]
    for row, is_finite in zip(read, finite.tolist(), strict=True):
        if not is_finite:
            problems[row] = f"{files[row].name}: the module's output for it is NaN or infinite"
    return vectors[finite]


def _examples(run: Run, progress: Progress) -> tuple[np.ndarray, np.ndarray | Rows, np.ndarray]:
    """Ids and feature vectors, read when indexed, of the run's examples, and which are of train; none if all is gone.

    The vectors are not gathered: of a large dataset that takes longer than looking through them.
    """
    predictions = pd.read_parquet(predictions_file(run, early=not run.has_result), columns=["id", "split"])
    train = set(predictions["id"][predictions["split"] == "train"].tolist())
    try:
        ids, vectors = features_of(run, "trained", progress)
    except UserError:
        return np.empty(0, str), np.empty((0, 1), np.float32), np.empty(0, bool)
    return ids, vectors, np.array([id in train for id in ids.tolist()], bool)


def _without_masks(files: list[NewFile], given: Sequence[str | Path]) -> list[NewFile]:
    """The same files, with masks of others left out; which are masks, import tells by the paths of all files."""
    paths = [os.path.abspath(os.path.expanduser(path)) for path in given]
    alone = len(paths) == 1 and os.path.isdir(paths[0])
    base = paths[0] if alone else os.path.commonpath([os.path.dirname(path) for path in paths] or ["/"])
    names = [os.path.relpath(os.path.expanduser(file.origin), base).replace(os.sep, "/") for file in files]
    masks = masks_among([name for name, file in zip(names, files, strict=True) if file.path])
    return [
        file._replace(path=None, problem="It is a mask of another file") if file.path and is_mask else file
        for is_mask, file in zip(fates_of(Reading(left_out=masks), names), files, strict=True)
    ]


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
    """Why a file is left out for its name alone."""
    if is_junk(name):
        return "It is a hidden file, or one that an operating system left behind"
    modality = modality_of_file(suffix(name))
    if modality and suffix(name) in modality.unread_suffixes:
        return modality.why_not_read(suffix(name))
    return ""
