"""Examples of a run's dataset that deserve a look, found by a worker and kept with the run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.data_issues import kinds
from tlcore.evaluation.data_issues.label_errors import neighbours_votes
from tlcore.evaluation.data_issues.near_duplicates import near_duplicates
from tlcore.evaluation.maps.neighbours import nearest_others
from tlcore.evaluation.maps.pca import principal_components
from tlcore.evaluation.predictions import Predictions, joined
from tlcore.evaluation.run_results import out_of_fold, run_predictions
from tlcore.features import inputs
from tlcore.features.extract import feature_rows
from tlcore.modalities import modality_of
from tlcore.modules.module import Module
from tlcore.runs import Run

_NEIGHBOURS = 20
_COMPONENTS = 50


def find_suspects(run: Run, progress: Progress | None = None) -> pd.DataFrame:
    """Finds a run's suspects among the examples that are still in its dataset, and keeps them with the run.

    What is said of a train example comes from the linear probe that was fitted without its fold; what is said of val
    and test from the run's model, which was fitted on neither. All else comes from feature vectors of the module as it
    came, which has seen no label.

    Args:
        run: one with a result, whose dataset and module are there.
        progress: hears steps, and may cancel.

    Returns:
        As `suspects_of`.

    Raises:
        UserError: the run has no result, or its dataset, its module or all of its examples are gone.
    """
    progress = progress or Progress()
    if not run.has_result:  # the early one lacks test, and the list is kept
        raise UserError("This run has no result", f"{run.name} is {run.state}", "Wait until it ends, or choose another")
    dataset, module = run.dataset_now(), run.module()
    predictions = joined([out_of_fold(run).only("train"), *(run_predictions(run, split) for split in ("val", "test"))])
    rows = pd.Index(dataset.columns("id")["id"]).get_indexer(predictions.ids)
    if (rows < 0).all():
        raise UserError(
            "None of this run's examples are in its dataset any more",
            dataset.name,
            "Start a new run on the dataset as it is now",
        )
    predictions, rows = predictions.rows(rows >= 0), rows[rows >= 0]
    vectors = feature_rows(dataset, module, progress=progress)
    components = principal_components(vectors, _COMPONENTS, run.plan.seed, progress)[rows]
    indices, distances = nearest_others(components, _NEIGHBOURS, progress)
    found = suspects_of(
        predictions, indices, distances, lambda of: _hashes(dataset, module, predictions.ids[of], progress)
    )
    workspace.replace_file(suspects_path(run), found.to_parquet(index=False))
    return found


def suspects_path(run: Run) -> Path:
    return run.artifacts.suspects


def suspects_version(run: Run) -> tuple | None:
    """What tells a kept list from those of other runs or times; None where nobody has asked for it yet."""
    return workspace.file_version(suspects_path(run))


def read_suspects(run: Run) -> pd.DataFrame | None:
    """What `find_suspects` kept; None where nobody has asked for it yet."""
    path = suspects_path(run)
    return pd.read_parquet(path) if path.exists() else None


def suspects_of(
    predictions: Predictions, indices: np.ndarray, distances: np.ndarray, hashes: Callable[[np.ndarray], np.ndarray]
) -> pd.DataFrame:
    """The suspects among examples.

    Labels are ranked by their self-confidence in the mean of two models' probabilities: what is said, and the labels of
    the nearest others. A mean ranks wrong labels better than one model does (J. Kuan and J. Mueller, Model-agnostic
    label quality scoring to detect real-world label errors, ICML workshop DataPerf, 2022). Labels of test judge no
    other example.

    Args:
        predictions: n examples, and what models that had not seen them say.
        indices: (n, k) int, each one's nearest others.
        distances: (n, k), how far they are, nearest first.
        hashes: gives the perceptual hashes of some row numbers.

    Returns:
        A row a suspect, kinds in the order of `kinds.KINDS`, in each the worst first: `id`; `kind`; `score`,
        within a kind the higher the worse; `other`, the id of the other one of a pair, else empty; `suggested`, the
        name of a class, else empty; `why`, in words.
    """
    votes = neighbours_votes(
        predictions.labels, indices, distances, predictions.splits != "test", len(predictions.class_names)
    )
    predictions = replace(predictions, probabilities=(predictions.probabilities + votes) / 2)

    def matters(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (predictions.labels[first] != predictions.labels[second]) | (
            predictions.splits[first] != predictions.splits[second]
        )

    pairs = near_duplicates(indices, distances, matters, hashes)
    found = [
        kinds.wrong_labels(predictions),
        kinds.conflicts(predictions, *pairs),
        kinds.leaks(predictions, *pairs),
        kinds.outliers(predictions, distances),
    ]
    return pd.concat(found, ignore_index=True)


def _hashes(dataset: Dataset, module: Module, ids: np.ndarray, progress: Progress) -> np.ndarray:
    """The keys of some examples that tell near duplicates, decoded as the module takes them, as may be kept already."""
    modality = modality_of(dataset.modality)
    found = [np.empty(0, np.uint64)]
    for batch in inputs.batches(dataset, module.input_spec(), ids.tolist()):
        found.append(modality.duplicate_keys(batch))
        progress.step(sum(map(len, found)), len(ids), "examples", "near duplicates")
    return np.concatenate(found)
