"""A run's model at work: on its dataset, once, and on new files. Needs TensorFlow unless the features are kept."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.evaluation.artifacts import features_of, out_of_fold, predictions_file
from tlcore.evaluation.maps.neighbours import nearest
from tlcore.evaluation.metrics.classification import majority, summary
from tlcore.evaluation.predictions import Predictions, class_columns
from tlcore.features import inputs
from tlcore.features.extract import feature_rows, module_pass
from tlcore.features.forward_pass import Pass, open_pass
from tlcore.features.store.feature_store import Rows
from tlcore.modalities import modality_of
from tlcore.modules.module import Module
from tlcore.runs import Run, ends_as_probe
from tlcore.training.result_weights import head_probabilities, module_of, read_probe, read_weights
from tlcore.training.train import leave_out

_NEIGHBOURS = 5
_COMPARED = 32  # examples of a kind that go through the whole module too
_PROBABILITY = 5e-4  # what one may be off what the whole module gives, for some; 1e-3 is what is promised for all
_QUERIES = 256  # whose distances to all train examples are in memory at once


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


def predict_files(
    run: Run, paths: Sequence[str | Path], *, trained: Pass | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    """What a run's model says about new files.

    Args:
        run: a finished one.
        paths: of files.
        trained: the run's `trained_pass` where there is one already.
        progress: hears steps in examples.

    Returns:
        A row a path, in order: `path`, `problem` (why a file could not be read; else empty), `label` (the predicted
        class's name), a probability for each class in columns named by `class_columns`, and `neighbours` (ids of the
        nearest train examples by feature vector, nearest first; none where the run's dataset is gone). A file with a
        problem has no label, and NaN for probabilities.

    Raises:
        UserError: the run has no result, or its module is gone.
    """
    progress = progress or Progress()
    ids, all_vectors, of_train = _examples(run, progress)
    module = module_of(run)
    problems: dict[int, str] = {}
    batches = _readable(paths, module, run.values, problems)
    passed = list(_forward(trained or trained_pass(run), batches, len(paths), progress))
    vectors = np.concatenate([np.empty((0, module.feature_dim), np.float32), *passed])
    vectors = _finite(vectors, paths, problems)
    progress.step(len(paths), len(paths), "examples", "predicting")
    good = [row for row in range(len(paths)) if row not in problems]
    probabilities = np.full((len(paths), len(run.class_names)), np.nan, np.float32)
    probabilities[good] = head_probabilities(read_weights(run), vectors)
    neighbours: list[list[str]] = [[] for _ in paths]
    for start in range(0, len(good), _QUERIES):
        near, _ = nearest(all_vectors, vectors[start : start + _QUERIES], _NEIGHBOURS, of_train)
        for row, each in zip(good[start : start + _QUERIES], near, strict=True):
            neighbours[row] = ids[each].tolist()
    names = np.array([*run.class_names, ""], object)
    best = [int(probabilities[row].argmax()) if row not in problems else -1 for row in range(len(paths))]
    front = pd.DataFrame(
        {
            "path": [str(path) for path in paths],
            "problem": [problems.get(row, "") for row in range(len(paths))],
            "label": names[best],
        }
    )
    middle = pd.DataFrame(probabilities, columns=class_columns(run.class_names))
    return pd.concat([front, middle, pd.DataFrame({"neighbours": neighbours})], axis=1)


def _finite(vectors: np.ndarray, paths: Sequence[str | Path], problems: dict[int, str]) -> np.ndarray:
    """The vectors that are finite, of the paths without a problem; what is wrong with the others is noted."""
    finite = np.isfinite(vectors).all(axis=1)
    read = [row for row in range(len(paths)) if row not in problems]
    for row, is_finite in zip(read, finite.tolist(), strict=True):
        if not is_finite:
            problems[row] = f"{Path(paths[row]).name}: the module's output for it is NaN or infinite"
    return vectors[finite]


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
    with closing(inputs.batches(dataset, module.input_spec(), ids)) as batches:
        yield from _forward(trained, batches, len(ids), progress)


def _forward(trained: Pass, batches: Iterable[np.ndarray], total: int, progress: Progress) -> Iterator[np.ndarray]:
    """The feature vectors of all batches."""
    with closing(trained.run(batches, total, progress, "predicting")) as passes:
        yield from (vectors for (vectors,) in passes)


def _readable(paths: Sequence[str | Path], module, values, problems: dict[int, str]) -> Iterator[np.ndarray]:
    """Batches of the files that can be read; what is wrong with the others is noted under their row."""
    modality, spec = modality_of(module.modality), module.input_spec()

    def read(path: str | Path) -> np.ndarray | UserError:
        try:
            return modality.decode(Path(path), spec, values)
        except UserError as error:
            return error

    batch: list[np.ndarray] = []
    for row, item in enumerate(inputs.decode_ahead(paths, read)):
        if isinstance(item, UserError):
            problems[row] = str(item)
            continue
        batch.append(item)
        if len(batch) == inputs.BATCH:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


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
