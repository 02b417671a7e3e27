"""The Python interface: the whole way from files to a model, in this process and the same workspace as the app."""

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.reports.cards  # noqa: F401 - so that notebooks draw what this interface gives
from tlcore import datasets, runs
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog
from tlcore.base.progress import Progress
from tlcore.base.progress_bar import Bar
from tlcore.datasets import import_dataset as import_dataset
from tlcore.datasets import list_datasets as list_datasets
from tlcore.datasets import open_dataset
from tlcore.datasets import propose_import as propose_import
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing import edits as edits
from tlcore.datasets.sources.source import Source
from tlcore.evaluation import run_results
from tlcore.evaluation.metrics import classification
from tlcore.evaluation.predictions import Predictions
from tlcore.features import extract
from tlcore.jobs.outcome import ending
from tlcore.modules import Module, open_module
from tlcore.modules import catalogue as catalogue
from tlcore.pipeline.run_pipeline import carry_out_run
from tlcore.plans import Plan
from tlcore.plans import suggest_plan as _suggest_plan

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # the app's workers may use the GPU too


@dataclass(frozen=True)
class Run(runs.Run):
    """A run, and what its model says."""

    @cached_property
    def predictions(self) -> Predictions:
        """What the run's model said about every example of its dataset.

        Raises:
            UserError: the run has no result.
        """
        return run_results.run_predictions(self)

    def confusion_matrix(self, split: str = "val") -> np.ndarray:
        """How often each class was taken for each: int (classes, classes), rows true, columns predicted.

        Args:
            split: "train", "val" or "test"; each look at test is counted, as in the app.
        """
        if split == "test":
            run_results.count_test_view(self)
        return classification.confusion_matrix(self.predictions.only(split))

    def slices(self, column: str, split: str = "val") -> pd.DataFrame:
        """Every measure on each slice of a column, beside the rest of the same split; the worst by accuracy first.

        Args:
            column: a metadata column of the dataset, or a property that was measured, such as "brightness".
            split: "train", "val" or "test"; each look at test is counted, as in the app.

        Returns:
            A row a slice: `column`, `slice`, `n`, `right`, and for each measure its value in a column of its name,
            with `_low`, `_high` (the 95 % interval), `_rest` (the value of all other examples), `_difference` with
            `_difference_low` and `_difference_high`, `_p`, `_p_holm` (corrected for these slices) and `_outcome`:
            "worse", "better", "same", "open" (may be due to chance) or "undefined". No rows where the column does not
            divide the examples.

        Raises:
            UserError: there is no such column, the run has no result or no examples of this split, or its dataset
                was deleted.
        """
        from tlcore.evaluation.slices.of_run import slices_by
        from tlcore.evaluation.slices.tables import slice_table

        found = slices_by(self, column, (split,))
        if split not in found:
            raise UserError(f"This run has no {split} examples", self.name, "Choose another split: train, val or test")
        if split == "test":
            run_results.count_test_view(self)
        return slice_table(found[split])

    def predict(self, paths: Source, progress: Progress | None = None) -> pd.DataFrame:
        """What the run's model says about new pictures.

        Args:
            paths: the path of a file, a folder or an archive, or a list of such.
            progress: hears about it; by default a bar in a terminal.

        Returns:
            A row for every file: `path`, `problem` (why it can't be predicted, else ""), `label`, the probability of
            each class in a column of its name, and `neighbours` (ids of the nearest train examples). What import would
            leave out, such as hidden files and masks, has a problem.

        Raises:
            UserError: the run has no result, or its module is gone.
        """
        from tlcore.evaluation.new_files import predict_files

        return predict_files(self, paths, progress=progress or _bar())

    def export(
        self, format: str, out: str | Path, *, baseline: "Run | None" = None, progress: Progress | None = None
    ) -> dict:
        """Writes what the run made, to take away.

        Args:
            format: "savedmodel", "keras", "tflite", …: one of `tlcore.exports.FORMATS`.
            out: the folder to write to: a new one, or an empty one.
            baseline: a run since which a report says what changed.
            progress: hears about it; by default a bar in a terminal.

        Returns:
            `path`, the folder, and `files`, the paths of its files under it.

        Raises:
            UserError: as `tlcore.exports.export_run`.
        """
        from tlcore.exports import export_run

        return export_run(self, format, out, baseline=baseline, progress=progress or _bar())


def extract_features(
    dataset: Dataset | str | Path, module: Module | str | Path, *, progress: Progress | None = None
) -> np.ndarray:
    """The feature vector of each example by the module as it came; they are kept, and computed once.

    Args:
        dataset: a dataset, or the id, name or path of one.
        module: a module, or the id, name, handle or path of one.
        progress: hears about it; by default a bar in a terminal.

    Returns:
        float32 (n, module.feature_dim), rows as `dataset.examples`.
    """
    progress = progress or _bar()
    module = find_or_open_module(module, progress)
    return extract.extract_features(find_or_import_dataset(dataset, progress=progress), module, progress=progress)


def suggest_plan(
    dataset: Dataset | str | Path, module: Module | str | Path, train_groups: tuple[str, ...] = ()
) -> Plan:
    """A plan with all settings filled in; `.reasons` says why, a sentence a setting.

    Args:
        dataset: a dataset, or the id, name or path of one.
        module: a module, or the id, name, handle or path of one.
        train_groups: layer groups to fine-tune; none: the linear probe alone.
    """
    progress = _bar()
    return _suggest_plan(
        find_or_import_dataset(dataset, progress=progress), find_or_open_module(module, progress), tuple(train_groups)
    )


def train(
    dataset: Dataset | str | Path,
    module: Module | str | Path,
    plan: Plan | None = None,
    *,
    name: str = "",
    progress: Progress | None = None,
) -> Run:
    """Carries out a plan in this process.

    Args:
        dataset: a dataset, or the id, name or path of one; a path is imported with the plan's seed.
        module: a module, or the id, name, handle or path of one.
        plan: what to train; by default what `suggest_plan` says, the linear probe.
        name: what to call the run.
        progress: hears about it; by default a bar in a terminal.

    Returns:
        The run, done.

    Raises:
        UserError: something given can't be used; the run that was begun says so too.
        KeyboardInterrupt: interrupted; the run is cancelled, and what it had made is gone.
    """
    progress = progress or _bar()
    dataset = find_or_import_dataset(dataset, plan.seed if plan else 0, progress)
    module = find_or_open_module(module, progress)
    plan = plan or _suggest_plan(dataset, module)
    with runs.begin_run(dataset, module, plan, name=name) as begun:
        run = Run(begun.folder)
        log = _LogAndListener(run.folder, progress)
        with ending(run.folder, log):
            carry_out_run(run, dataset, module, log)
    return run


def open_run(id: str) -> Run:
    """A run by its id.

    Raises:
        UserError: there is none.
    """
    return Run(runs.open_run(id).folder)


def list_runs() -> list[Run]:
    """All runs, newest first."""
    return [Run(run.folder) for run in runs.list_runs()]


def find_or_import_dataset(dataset: Dataset | str | Path, seed: int = 0, progress: Progress | None = None) -> Dataset:
    """The dataset that an id, a name or a path means; a path is imported, or found again by its fingerprint.

    Raises:
        UserError: there is no such dataset and no such path, or what lies there can't be imported.
    """
    if isinstance(dataset, Dataset):
        return dataset
    try:
        return open_dataset(str(dataset))
    except UserError as error:
        if not Path(dataset).expanduser().exists():
            raise UserError(
                error.title,
                f"Neither a dataset nor a file or folder is called “{str(dataset)[:200]}”",
                "Give the id or name of a dataset, or the path of an archive or folder",
            ) from None
    return datasets.import_dataset(Path(dataset).expanduser(), seed=seed, progress=progress)


def find_or_open_module(
    module: Module | str | Path, progress: Progress | None = None, value_range: str | None = None
) -> Module:
    """The module that an id, a name, a handle or a path means; fetched and opened where it is not here yet.

    With `value_range` it is the one that expects these pixel values, as `open_module` takes them.

    Raises:
        UserError: there is no such module, or it can't be had or used.
    """
    if isinstance(module, Module):
        if module.local and value_range is None:
            return module
        module = module.id or module.handle
    return open_module(str(module), value_range=value_range, progress=progress)


class _LogAndListener(EventLog):
    """Writes what a run says, and tells it to whoever listens; either can ask it to end."""

    def __init__(self, folder: Path, listener: Progress):
        super().__init__(folder)
        self._listener = listener

    def event(self, kind: str, **fields) -> None:
        super().event(kind, **fields)
        self._listener.event(kind, **fields)

    def request(self) -> str:
        return super().request() or self._listener.request()


def _bar() -> Progress:
    return Bar() if sys.stderr.isatty() else Progress()
