"""What a run keeps about its examples, read without TensorFlow."""

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS, TRAIN_AND_VAL, Dataset
from tlcore.evaluation.predictions import Predictions, Top1Predictions, read_answers, read_predictions
from tlcore.features.store.feature_store import Rows
from tlcore.runs import Run


def run_predictions(run: Run, split: str | None = None) -> Predictions:
    """What the run's model said about every example of its dataset, train, val and test, or of one split alone.

    Of val it is out of fold where the model was fitted on val too (`Run.out_of_fold`). Of a run without a result that
    is past its linear probe it is what that said: of train and of val out of fold, and never of test.

    Raises:
        UserError: the run is not past its probe, or what it had was thrown away.
    """
    return read_predictions(predictions_file(run, early=not run.has_result), run.class_names, split)


def answers(run: Run, *, early: bool | None = None) -> Top1Predictions:
    """The same without the probabilities of all classes, for whoever has many examples before them.

    Args:
        run: one with a result, or an early one.
        early: whether they are the linear probe's; None: as `run_predictions`.
    """
    early = not run.has_result if early is None else early
    return read_answers(predictions_file(run, early=early), run.class_names)


def predictions_file(run: Run, *, early: bool) -> Path:
    """Where a run's predictions lie, or those of its linear probe while it goes on."""
    _check_has_result(run)
    return run.artifacts.early_predictions if early else run.artifacts.predictions


def predictions_version(run: Run, *, early: bool) -> tuple | None:
    """What tells a run's predictions from those of another run or time."""
    return workspace.file_version(predictions_file(run, early=early))


def out_of_fold(run: Run) -> Predictions:
    """What the run's linear probe said of each train and val example when it was fitted without that example's fold.

    Of runs from before it was fitted on val too, of each train example alone.

    Raises:
        UserError: the run is not past its probe.
    """
    path = run.artifacts.out_of_fold
    if not path.exists():
        raise UserError(
            "This run has no out-of-fold predictions",
            f"{run.name} is {run.state}",
            "Wait until its linear probe is fitted",
        )
    return read_predictions(path, run.class_names)


def has_trained_features(run: Run) -> bool:
    """Whether the run changed its module, so that it has feature vectors of its own."""
    return run.has_result and run.artifacts.features.exists()


def features_of(run: Run, which: str, progress: Progress | None = None) -> tuple[np.ndarray, np.ndarray | Rows]:
    """The feature vectors of a run's examples; those that were thrown out to save room are computed again.

    Args:
        run: one with a result, or an early one.
        which: "trained" for the module that the run made, "module" for it as it came; the same where the run trained
            no layer group.
        progress: hears steps in images where vectors are computed, which needs TensorFlow.

    Returns:
        ids (n,) str and float32 (n, d), read from disk when indexed: of the examples that the run had, those left out
        of the dataset since too, in the order of `run_predictions(run)` once there is a result; of an early run those
        of train and val.

    Raises:
        UserError: the run has no result, or its dataset or module is gone.
    """
    kept = kept_features_of(run, which)
    if kept is not None:
        return kept
    from tlcore.features.extract import feature_rows

    dataset, module = run.dataset(), run.module()
    rows = feature_rows(
        dataset, module, splits=_splits(run), precision=run.plan.precision, progress=progress or Progress()
    )
    return _ids(run, dataset), rows


def kept_features_of(run: Run, which: str) -> tuple[np.ndarray, np.ndarray | Rows] | None:
    """What `features_of` gives, without TensorFlow; None where vectors have to be computed again."""
    if which == "trained" and has_trained_features(run):
        ids = pd.read_parquet(run.artifacts.predictions, columns=["id"])["id"].to_numpy(str)
        return ids, np.load(run.artifacts.features, mmap_mode="r")
    from tlcore.features.extract import kept_features

    _check_has_result(run)
    dataset, module = run.dataset(), run.module()
    vectors = kept_features(dataset, module, run.plan.precision, _splits(run))
    return None if vectors is None else (_ids(run, dataset), vectors)


def _splits(run: Run) -> tuple[str, ...]:
    return SPLITS if run.has_result else TRAIN_AND_VAL


def _ids(run: Run, dataset: Dataset) -> np.ndarray:
    examples = dataset.columns("id", "split")
    return examples["id"][examples["split"].isin(_splits(run))].to_numpy(str)


def test_views(run: Run) -> int:
    """How often someone looked at what the run's model did on the test split."""
    path = run.artifacts.test_views
    with contextlib.suppress(Damaged):  # then they are counted anew
        if path.exists():
            return int(workspace.read_json(path, "count")["count"])
    return 0


def count_test_view(run: Run) -> int:
    """Counts one more look at the test split, and says how many there were."""
    count = test_views(run) + 1
    workspace.write_json(run.artifacts.test_views, {"count": count})
    return count


def _check_has_result(run: Run) -> None:
    if not (run.has_result or run.has_early_result):
        raise UserError("This run has no result", f"{run.name} is {run.state}", "Wait until it ends, or choose another")
