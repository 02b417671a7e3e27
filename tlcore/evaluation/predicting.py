"""A run's model at work on its dataset, once. Needs TensorFlow unless the features are kept."""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.evaluation.metrics.classification import majority, summary
from tlcore.evaluation.predictions import Predictions
from tlcore.evaluation.run_results import out_of_fold
from tlcore.features import inputs
from tlcore.features.extract import feature_rows, module_pass
from tlcore.features.forward_pass import Pass, open_pass
from tlcore.modules.module import Module
from tlcore.runs import Run, ends_as_probe
from tlcore.training.result_weights import head_probabilities, module_of, read_probe, read_weights
from tlcore.training.train import leave_out

_COMPARED = 32  # examples of a kind that go through the whole module too
_PROBABILITY = 5e-4  # what one may be off what the whole module gives, for some; 1e-3 is what is promised for all


def evaluate_run(run: Run, dataset: Dataset, *, progress: Progress | None = None) -> None:
    """Predicts every example once with a run that was trained, and writes what every page reads.

    `result/` gets `predictions.parquet`, `features.npy` (float32 (n, d), rows as the predictions) where the run trained
    layer groups, and last `metrics.json`.

    The linear probe is fitted on train and val (see `training.probe`), so its numbers on val, the run's own or those of
    the baseline beside it, are of answers out of fold; `out_of_fold` in `metrics.json` names the splits whose rows in
    `predictions.parquet` are such. A fine-tuned run has seen train alone, and val to choose the epoch.

    Args:
        run: after `training.train.train_run`.
        dataset: the run's.
        progress: hears the stage `evaluation`.
    """
    progress = progress or Progress()
    progress.stage("evaluation")
    started = time.monotonic()
    timing = workspace.read_json(run.artifacts.timing)
    module = run.module()
    features = feature_rows(dataset, module, progress=progress)
    whole, dataset = dataset, leave_out(run, dataset, module, features, SPLITS, progress)
    if dataset is not whole:
        features = feature_rows(dataset, module)
    of_probe = _by_probe(run, dataset, read_probe(run).probabilities(features))
    predictions = of_probe
    if not ends_as_probe(run.plan, timing.get("kept")):
        if run.plan.train_groups:
            features = _trained_features(run, dataset, progress)
        predictions = _predictions(run, dataset, head_probabilities(read_weights(run), features))
    predictions.write(run.artifacts.predictions)
    document = {
        "seconds": {
            "features": timing["features"],
            "training": timing["training"],
            "evaluation": time.monotonic() - started,
        },
        "trainable_parameters": timing["trainable_parameters"],
        "kept": timing.get("kept"),
        "out_of_fold": ["val"] if predictions is of_probe and out_of_fold(run).only("val") else [],
        "metrics": {split: summary(predictions.only(split)) for split in SPLITS},
        "baselines": {
            "majority": majority(predictions),
            "linear_probe": {split: summary(of_probe.only(split)) for split in SPLITS},
        },
    }
    workspace.write_json(run.artifacts.metrics, document)


def _by_probe(run: Run, dataset: Dataset, probabilities: np.ndarray) -> Predictions:
    """What the linear probe says of every example; of val, on which it was fitted too, what its folds say."""
    predictions = _predictions(run, dataset, probabilities)
    left_out = out_of_fold(run).only("val")
    rows = pd.Index(predictions.ids).get_indexer(left_out.ids)
    predictions.probabilities[rows] = left_out.probabilities
    return predictions


def _predictions(run: Run, dataset: Dataset, probabilities: np.ndarray) -> Predictions:
    examples = dataset.examples
    return Predictions(
        examples["id"].to_numpy(str),
        examples["split"].to_numpy(str),
        examples["label"].to_numpy(int),
        probabilities,
        run.class_names,
    )


def trained_pass(run: Run, backbone=None) -> Pass:
    """The pass, in f32, whose feature vectors a run's predictions are made from.

    Args:
        run: one that has been trained.
        backbone: the run's own, trained, where there is one already.

    Raises:
        UserError: the run has no weights yet, or its module is gone or has become another one.
    """
    module = module_of(run)
    if not run.plan.train_groups:
        return module_pass(module, precision="f32")
    if backbone is None:
        from tlcore.training.restore import load_classifier

        backbone = load_classifier(run).backbone
    return open_pass(lambda x: (backbone(x, training=False),), module, precision="f32")


def _trained_features(run: Run, dataset: Dataset, progress: Progress) -> np.ndarray:
    """The trained module's feature vectors, in the run's `features.npy`, rows as `dataset.examples`.

    They come from kept activations where those, rounded as they may be, give the probabilities that the whole module
    gives: to some examples from all over the dataset, and to those most in doubt, whose probabilities move most.
    """
    from tlcore.training.boundary_activations import trained_features
    from tlcore.training.restore import load_classifier

    backbone = load_classifier(run).backbone
    trained = trained_pass(run, backbone)
    rows = np.arange(len(dataset.examples))
    shape = (len(rows), backbone.module.feature_dim)
    path = run.artifacts.features
    vectors = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    workspace.reserve(path)
    rest = trained_features(dataset, backbone, run.plan, run.artifacts.activations, progress)
    if rest is not None:
        weights = read_weights(run)
        _fill(vectors, rest(rows))
        predictions = head_probabilities(weights, vectors)
        evenly = np.linspace(0, len(rows) - 1, min(len(rows), _COMPARED)).astype(int)
        some = np.union1d(evenly, np.argsort(predictions.max(axis=1), kind="stable")[:_COMPARED])
        whole = np.concatenate(list(_whole_features(trained, backbone.module, dataset, some, Progress())))
        apart = np.abs(predictions[some] - head_probabilities(weights, whole)).max()
        if apart < _PROBABILITY:
            return vectors
        progress.log(f"Evaluated with the whole module: kept activations would put a probability off by {apart:.1g}")
    _fill(vectors, _whole_features(trained, backbone.module, dataset, rows, progress))
    return vectors


def _fill(target: np.memmap, batches: Iterable[np.ndarray]) -> None:
    done = 0
    for rows in batches:
        target[done : done + len(rows)] = rows
        done += len(rows)
    target.flush()


def _whole_features(
    trained: Pass, module: Module, dataset: Dataset, rows: np.ndarray, progress: Progress
) -> Iterator[np.ndarray]:
    ids = dataset.examples["id"].to_numpy(str)[rows].tolist()
    with (
        closing(inputs.batches(dataset, module.input_spec(), ids)) as batches,
        closing(trained.run(batches, len(ids), progress, "predicting")) as passes,
    ):
        yield from (vectors for (vectors,) in passes)
