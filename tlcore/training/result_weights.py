"""What training leaves in a run's `result/`, read and written without TensorFlow.

::

    out_of_fold.parquet  what the probe's fits said of each train and val example that they had not seen: id, split,
                         label, fold, p0 …
    epochs/0001.parquet  what fine-tuning said of each val example after its first epoch: id, split, label, p0 …;
                         0000: before it
    probe.safetensors    the linear probe: mean, scale, kernel, bias, c, temperature; start/kernel, start/bias of the
                         one fitted on train alone, where there is a val split
    weights.safetensors  what the run ended with: all of the head, all variables of trained groups, by name
    timing.json          seconds of features and training, and how many parameters were trained; written last
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.features.store.feature_store import Rows
from tlcore.modules.module import Module
from tlcore.runs import Run
from tlcore.training.probe.probe import Probe, softmax

_BLOCK = 4096  # rows that are in memory at once
_OF_PROBE = ("mean", "scale", "kernel", "bias")


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes named arrays as safetensors, whole or not at all."""
    workspace.replace_file(path, save({name: np.array(array, order="C") for name, array in arrays.items()}))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    return load_file(path)


def write_probe(run: Run, probe: Probe, examples: pd.DataFrame) -> None:
    """Writes a probe, and what it said out of fold of the train and val examples.

    Args:
        run: whose.
        probe: as `fit_probe` gave it.
        examples: those of train and val, rows as it was fitted on.
    """
    _write_probabilities(run.artifacts.out_of_fold, examples, probe.out_of_fold, fold=probe.folds.astype(np.int8))
    arrays = {name: np.asarray(getattr(probe, name)) for name in (*_OF_PROBE, "c", "temperature")}
    if probe.start:
        arrays |= {f"start/{name}": getattr(probe.start, name) for name in ("kernel", "bias")}
    write_arrays(run.artifacts.probe, arrays)


def write_epoch(run: Run, epoch: int, examples: pd.DataFrame, probabilities: np.ndarray) -> None:
    """Writes what a run said of val after an epoch; once more, where it goes on from before that epoch's end.

    Args:
        run: whose.
        epoch: of fine-tuning, from 1; 0: before it.
        examples: those of val.
        probabilities: (n, classes), rows as `examples`.
    """
    path = run.artifacts.epoch(epoch)
    path.parent.mkdir(exist_ok=True)
    _write_probabilities(path, examples, probabilities)


def _write_probabilities(path: Path, examples: pd.DataFrame, probabilities: np.ndarray, **more: np.ndarray) -> None:
    """A table of id, split, label, `more` and p0 …, whole or not at all."""
    table = examples[["id", "split", "label"]].reset_index(drop=True).astype({"label": np.int32}).assign(**more)
    columns = [f"p{label}" for label in range(probabilities.shape[1])]
    table = pd.concat([table, pd.DataFrame(probabilities, columns=columns)], axis=1)
    workspace.replace_file(path, table.to_parquet(index=False))


def read_probe(run: Run) -> Probe:
    """The linear probe of a run that is past it; its `path` is in the run's events."""
    arrays = read_arrays(run.artifacts.probe)
    numbers = float(arrays["c"]), float(arrays.get("temperature", 1.0))  # runs of before have none
    probe = Probe(*(arrays[name] for name in _OF_PROBE), *numbers)
    if "start/kernel" in arrays:
        start = replace(probe, kernel=arrays["start/kernel"], bias=arrays["start/bias"])
        return replace(probe, start=start)
    return probe


def probe_head(probe: Probe) -> dict[str, np.ndarray]:
    """The probe as the weights of a head without hidden layers."""
    kernel, bias = probe.head
    return {
        "head/standardise/mean": probe.mean,
        "head/standardise/scale": probe.scale,
        "head/logits/kernel": kernel,
        "head/logits/bias": bias,
    }


def read_weights(run: Run) -> dict[str, np.ndarray]:
    """What a run ended with, by name: `head/…`, and `module/<group>/<variable>` for each trained layer group."""
    return read_arrays(run.artifacts.weights)


def module_of(run: Run) -> Module:
    """The module of a run that has been trained, as it came.

    Raises:
        UserError: the run has no weights yet, or its module is gone or has become another one.
    """
    if not run.artifacts.weights.exists():
        raise UserError(
            "This run has no model yet", f"{run.name} is {run.state}", "Wait until it ends, or choose another run"
        )
    return run.module()


def head_layers(weights: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each layer of a head that comes after standardising: the hidden ones, then `logits`."""
    hidden = sum(name.startswith("head/hidden_") and name.endswith("/kernel") for name in weights)
    names = [*(f"hidden_{number}" for number in range(hidden)), "logits"]
    return {name: (weights[f"head/{name}/kernel"], weights[f"head/{name}/bias"]) for name in names}


def head_inputs(weights: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """What the head's last layer sees, float64 (n, …): feature vectors standardised, and through its hidden layers."""
    *hidden, _ = head_layers(weights).values()
    x = (features.astype(np.float64) - weights["head/standardise/mean"]) / weights["head/standardise/scale"]
    for kernel, bias in hidden:
        x = np.maximum(x @ kernel + bias, 0)
    return x


def head_probabilities(weights: dict[str, np.ndarray], features: np.ndarray | Rows) -> np.ndarray:
    """The head alone, without TensorFlow: (n, d) feature vectors to (n, classes) float32 probabilities.

    Args:
        weights: of `read_weights`.
        features: of the module as it was trained; where no group was, `extract_features` gives them.
    """
    kernel, bias = head_layers(weights)["logits"]
    found = np.empty((len(features), len(bias)), np.float32)
    for start in range(0, len(features), _BLOCK):
        x = head_inputs(weights, features[start : start + _BLOCK])
        found[start : start + _BLOCK] = softmax(x @ kernel + bias)
    return found
