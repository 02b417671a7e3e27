"""How long a plan will take, from how long earlier runs took; without TensorFlow."""

import math
import os
from statistics import median

import tlcore.runs as runs
from tlcore.base.events import latest_events
from tlcore.datasets.dataset import Dataset
from tlcore.features.extract import features_are_kept
from tlcore.modules.module import Module
from tlcore.plans import Plan

_RUNS_READ = 12
_MAKING_A_MODEL = 3.0  # seconds: a backbone built and its graph made, once for each thing that is done with it
# What a guess starts from: EfficientNet-Lite0's frozen pass on two cores
_IMAGES_PER_SECOND, _PARAMETERS, _PIXELS, _CORES = 110.0, 3.4e6, 224 * 224, 2


def estimate_seconds(dataset: Dataset, module: Module, plan: Plan) -> tuple[float, str]:
    """About how long a run of this plan will take on this machine.

    Args:
        dataset: how many examples, and whether their feature vectors are kept already.
        module: runs with the same one tell how fast it is.
        plan: its stages.

    Returns:
        Seconds, and a sentence that says what they are taken from.
    """
    history = [run for run in runs.list_runs() if run.record["module"]["id"] == module.id][:_RUNS_READ]
    events = [(run, latest_events(run.folder)) for run in history]
    forward = [speed for _, each in events for speed in _forward_speeds(each)]
    same_groups = [run for run, _ in events if set(run.plan.train_groups) == set(plan.train_groups)]
    training = [speed for run, each in events if run in same_groups for speed in _training_speeds(each)]

    forward_speed = median(forward) if forward else _guessed_speed(module)
    training_speed = median(training) if training else forward_speed / _cost_of_training(module, plan)

    splits = dataset.splits
    count = sum(splits.values())
    seconds = _probe_seconds(
        splits["train"], module.feature_dim or 1024, len(dataset.class_names), len(plan.probe_c) + 1
    )
    if not features_are_kept(dataset, module):
        seconds += _MAKING_A_MODEL + count / forward_speed
    if plan.hidden_units:
        seconds += _MAKING_A_MODEL + plan.head_epochs * math.ceil(splits["train"] / plan.batch_size) * 0.005
    if plan.train_groups:
        epoch = splits["train"] / training_speed + splits["val"] / forward_speed
        seconds += 3 * _MAKING_A_MODEL + plan.epochs * epoch + count / forward_speed

    if training or (forward and not plan.train_groups):
        basis = "Based on earlier runs with this module on this machine."
    elif forward:
        basis = "Based on this module's speed on this machine; the time for training is a guess."
    else:
        basis = "A guess based on the module's size: no run on this machine has used it yet."
    return seconds, basis


def _forward_speeds(events: list[dict]) -> list[float]:
    """Images a second of a run's frozen pass, where it had one of some length."""
    steps = [each for each in events if each["event"] == "step" and each.get("name") == "feature vectors"]
    new = [each for each in steps if each["total"] == steps[0]["total"] and each["done"] > 0]
    if len(new) < 2 or new[-1]["time"] <= new[0]["time"] or new[-1]["done"] - new[0]["done"] < 32:
        return []
    return [(new[-1]["done"] - new[0]["done"]) / (new[-1]["time"] - new[0]["time"])]


def _training_speeds(events: list[dict]) -> list[float]:
    """Examples a second of each epoch of fine-tuning."""
    return [e["examples_per_second"] for e in events if e["event"] == "epoch" and e["stage"] == "fine-tune"]


def _guessed_speed(module: Module) -> float:
    """Images a second of a module of which only the size is known."""
    height, width = [*module.input.shape, None, None][:2]
    pixels = (height or 224) * (width or 224)
    work = (module.parameters or _PARAMETERS) / _PARAMETERS * pixels / _PIXELS
    return _IMAGES_PER_SECOND * (os.cpu_count() or 1) / _CORES / work


def _cost_of_training(module: Module, plan: Plan) -> float:
    """A training step's work, as a multiple of the frozen pass's: gradients reach back to the first trained group."""
    first = min((module.group_names.index(g) for g in plan.train_groups if g in module.group_names), default=0)
    reached = (len(module.groups) - first) / max(1, len(module.groups))
    return 1 + 2 * reached


def _probe_seconds(examples: int, features: int, classes: int, fits: int) -> float:
    """About 20 steps of L-BFGS a fit, two passes over the data each, at 2 GFLOP/s, the memory's pace."""
    return fits * (0.01 + 20 * 4 * examples * features * classes / 2e9)
