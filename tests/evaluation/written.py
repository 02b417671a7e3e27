"""Runs with predictions written by hand: what comparisons are tested on."""

import json
from collections.abc import Sequence

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.predictions import Predictions, Top1Predictions
from tlcore.plans import Plan
from tlcore.runs import Run, open_run

NAMES = ("ant", "bee", "cat")


def answers(labels: Sequence[int], predicted: Sequence[int], classes: int = 3, seed: int = 0) -> Top1Predictions:
    """What a model said: the class given as predicted has the highest probability."""
    labels, predicted = np.asarray(labels, int), np.asarray(predicted, int)
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(classes), len(labels)) * 0.4
    probabilities[np.arange(len(labels)), predicted] += 0.6
    ids = np.array([f"e{place}" for place in range(len(labels))], str)
    names = tuple(f"class {place}" for place in range(classes))
    return Predictions(ids, np.full(len(ids), "val"), labels, probabilities, names).answers


def written_run(
    name: str,
    rows: dict[str, tuple[str, int, int]],
    *,
    dataset: str = "zoo",
    fingerprint: str = "f" * 16,
    class_names: tuple[str, ...] = NAMES,
    created: str = "2026-01-01",
    plan: Plan | None = None,
    module: str = "a module",
    finished: bool = True,
) -> Run:
    """A run whose folder is written by hand.

    Args:
        name: its name, and its id.
        rows: split, label and predicted class of each example, by id.
        dataset: id and name of its dataset, which need not be there.
        fingerprint: the dataset's.
        class_names: in order.
        created: when it was started; text that sorts.
        plan: its plan.
        module: its module's name.
        finished: whether it has a result.
    """
    record = {
        "name": name,
        "created": created,
        "owner": "",
        "dataset": {"id": dataset, "name": dataset, "fingerprint": fingerprint, "class_names": list(class_names)},
        "module": {"id": "m", "name": module, "handle": module, "fingerprint": module},
        "plan": json.loads((plan or Plan()).to_json()),
        "versions": {"numpy": "2"},
    }
    with workspace.new_folder("runs", name) as folder:
        workspace.write_json(folder / "run.json", record)
        if finished:
            (folder / "result").mkdir()
            predictions = written_predictions(rows, class_names)
            predictions.write(folder / "result" / "predictions.parquet")
            metrics = {split: summary(predictions.only(split)) for split in ("train", "val", "test")}
            document = {"seconds": {}, "trainable_parameters": 1, "metrics": metrics, "baselines": {}}
            workspace.write_json(folder / "result" / "metrics.json", document)
    return open_run(name)


def written_predictions(rows: dict[str, tuple[str, int, int]], class_names: tuple[str, ...] = NAMES) -> Predictions:
    splits, labels, predicted = zip(*rows.values(), strict=True)
    probabilities = np.full((len(rows), len(class_names)), 0.3 / (len(class_names) - 1))
    probabilities[np.arange(len(rows)), predicted] = 0.7
    return Predictions(
        np.array(list(rows), str), np.array(splits, str), np.array(labels, int), probabilities, tuple(class_names)
    )
