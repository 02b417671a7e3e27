"""A dataset of little pictures and a tiny SavedModel, and a run on them that is trained in a second or two."""

from pathlib import Path

from tests.fine_tuning import fine_tuning_helps
from tests.modules.tiny import write_batch_norm_module
from tlcore import runs
from tlcore.base.progress import Progress
from tlcore.datasets import import_dataset
from tlcore.datasets.dataset import Dataset
from tlcore.modules import open_module
from tlcore.modules.module import Module
from tlcore.plans import NO_AUGMENTATION, Plan
from tlcore.runs import Run

SIZE = 12


class Heard(Progress):
    """Keeps what it hears."""

    def __init__(self):
        self.events = []

    def event(self, kind, **fields):
        self.events.append((kind, fields))


def little_dataset(make_images, folder: Path, classes: dict[str, int] | None = None) -> Dataset:
    return import_dataset(make_images(folder / "pictures", classes or {"a": 20, "b": 20}, size=20), name="little")


def tiny_module(folder: Path) -> Module:
    return open_module(str(write_batch_norm_module(folder / "tiny")), input_shape=(SIZE, SIZE, 3))


def trained_run(dataset: Dataset, module: Module, groups: int = 0, **settings) -> Run:
    """A finished run of the probe, and of fine-tuning the last groups where there are some."""
    from tlcore.evaluation.predicting import evaluate_run
    from tlcore.training.train import train_run

    settings = {**NO_AUGMENTATION, "epochs": 1, "batch_size": 8, "learning_rate": 0.05, "warmup": 0, **settings}
    plan = Plan(train_groups=module.last_groups(groups), **settings)
    run = runs.create_run(dataset, module, plan, name="little run")
    with fine_tuning_helps():
        train_run(run, dataset, module)
    evaluate_run(run, dataset)
    return run
