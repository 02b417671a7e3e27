"""A finished run written by hand, without TensorFlow: what pages about runs are tested on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.events import EventLog
from tlcore.datasets import import_dataset
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.evaluation.maps.embedding_maps import compute_map, map_path, write_map
from tlcore.evaluation.metrics.classification import majority, summary
from tlcore.evaluation.predictions import Predictions
from tlcore.features import extract
from tlcore.modules import find_module
from tlcore.plans import Plan
from tlcore.runs import Run, create_run
from tlcore.training.result_weights import write_arrays


def finished_run(
    make_images: Callable,
    folder: Path,
    classes: dict[str, int] | None = None,
    *,
    fine_tuned: bool = True,
    confused: float = 0.3,
    fractions: tuple[float, float, float] = (0.5, 0.25, 0.25),
    maps: bool = True,
) -> Run:
    """A run on pictures of its own; a share `confused` of them is said to be of the next class."""
    pictures = make_images(folder, classes or {"ants": 12, "bees": 12, "cats": 12})
    return run_on(import_dataset(pictures, fractions=fractions), fine_tuned=fine_tuned, confused=confused, maps=maps)


def run_on(
    dataset: Dataset, *, fine_tuned: bool = True, confused: float = 0.3, maps: bool = True, kept_epoch: int | None = 3
) -> Run:
    """The same on a dataset that is there; `kept_epoch` None makes it one from before that was noted."""
    module = find_module("efficientnet-lite0")
    groups = module.last_groups(2) if fine_tuned else ()
    run = create_run(dataset, module, Plan(train_groups=groups, epochs=3), name="test run")
    predictions = _predictions(dataset, confused, seed=0)
    of_probe = _predictions(dataset, min(1.0, confused * 1.5), seed=1) if fine_tuned else predictions
    random = np.random.default_rng(0)
    features = random.normal(size=(len(predictions), module.feature_dim)).astype(np.float32)
    features[:, :5] += predictions.labels[:, None] * 3
    extract._store(dataset, module, "f32").append(dataset.examples["sha256"].tolist(), features)
    result = run.folder / "result"
    result.mkdir()
    predictions.write(result / "predictions.parquet")
    write_arrays(result / "weights.safetensors", {"head/logits/bias": np.zeros(len(dataset.class_names))})
    of_probe.only("train").write(result / "out_of_fold.parquet")
    if fine_tuned:
        np.save(result / "features.npy", features * 2)
    kept = {"stage": "fine-tune", "epoch": kept_epoch, "epochs": 3, "scaled_loss": 0.41, "start_scaled_loss": 0.41}
    metrics = {
        "kept": kept if fine_tuned and kept_epoch is not None else None,
        "out_of_fold": [] if fine_tuned and kept_epoch != 0 else ["val"],
        "seconds": {"features": 1.0, "training": 2.0, "evaluation": 0.5},
        "trainable_parameters": 1000,
        "metrics": {split: summary(predictions.only(split)) for split in SPLITS},
        "baselines": {
            "majority": majority(predictions),
            "linear_probe": {split: summary(of_probe.only(split)) for split in SPLITS},
        },
    }
    workspace.write_json(result / "metrics.json", metrics)
    if maps:
        for which in ("module", "trained") if fine_tuned else ("module",):
            write_map(map_path(run, which, "pca"), predictions.ids, compute_map(features, "pca"))
    _events(run, fine_tuned)
    return run


def _predictions(dataset: Dataset, confused: float, seed: int) -> Predictions:
    examples = dataset.examples
    labels = examples["label"].to_numpy(int)
    k = len(dataset.class_names)
    random = np.random.default_rng(seed)
    wrong = random.random(len(labels)) < confused
    predictions = np.where(wrong, (labels + 1) % k, labels)
    probabilities = random.dirichlet(np.ones(k), len(labels)) * 0.4
    probabilities[np.arange(len(labels)), predictions] += 0.6
    return Predictions(
        examples["id"].to_numpy(str), examples["split"].to_numpy(str), labels, probabilities, dataset.class_names
    )


def _events(run: Run, fine_tuned: bool) -> None:
    log = EventLog(run.folder)
    log.stage("probe")
    for c in (0.001, 0.01, 0.1):
        log.event(
            "strength", c=c, train_loss=0.5, train_accuracy=0.9, val_loss=0.7, val_accuracy=0.8,
            cv_loss=0.6 + abs(c - 0.01), cv_loss_error=0.005, cv_accuracy=0.8,
        )  # fmt: skip
    if fine_tuned:
        log.stage("fine-tune")
        for epoch in (1, 2, 3):
            log.event(
                "epoch", stage="fine-tune", epoch=epoch, epochs=3, train_loss=1 / epoch, train_accuracy=0.8,
                val_loss=1.2 / epoch, val_accuracy=0.75, learning_rate=1e-4, examples_per_second=50.0,
                seconds_left=0.0, best=True,
            )  # fmt: skip
    log.event("done")
