"""The stages that are trained by epochs: a head with hidden layers, and fine-tuning. Imports TensorFlow."""

import keras
import numpy as np

from tlcore.datasets.dataset import Dataset
from tlcore.features.pixels import image_size, load_pixels
from tlcore.modules.backbone import Backbone
from tlcore.plan import Plan
from tlcore.progress import Progress
from tlcore.runs import Run
from tlcore.training.batches import Batches
from tlcore.training.checkpoints import Checkpoints
from tlcore.training.fitting import Stage, fit
from tlcore.training.model import Classifier, build_head, named_variables, read_values
from tlcore.training.optimizers import build_optimizer
from tlcore.training.probe import Probe, class_weights


def train_stages(
    run: Run,
    dataset: Dataset,
    features: np.ndarray,
    probe: Probe,
    backbone: Backbone | None,
    checkpoints: Checkpoints,
    progress: Progress,
) -> tuple[dict[str, np.ndarray], int, float]:
    """Carries out the stages of a run's plan that follow the probe.

    Args:
        run: whose plan.
        dataset: the run's.
        features: (n, d) of the module as it came, rows as `dataset.examples`.
        probe: where the head starts, or what it standardises with.
        backbone: fresh; None where no layer group trains.
        checkpoints: of fine-tuning.
        progress: hears the stages.

    Returns:
        The weights that the run ends with, by name; how many parameters were trained; seconds.
    """
    plan = run.plan
    keras.utils.set_random_seed(plan.seed)
    head = build_head(probe, plan)
    seconds = 0.0
    if plan.hidden_units and checkpoints.last() is None:
        progress.stage("head")
        seconds += _train_head(head, features, dataset, plan, progress)
    if plan.train_groups and progress.request() != "stop":
        progress.stage("fine-tune")
        seconds += _fine_tune(head, backbone, dataset, plan, checkpoints, progress)
    trained = sum(int(np.prod(variable.shape)) for variable in head.trainable_variables)
    if plan.train_groups:
        trained += backbone.module.trainable_parameters(plan.train_groups)
    return read_values(named_variables(head, backbone, plan.train_groups)), trained, seconds


def _train_head(head: keras.Sequential, features: np.ndarray, dataset: Dataset, plan: Plan, progress: Progress):
    """Trains the head on kept feature vectors; at least one epoch, as without it hidden layers are noise."""
    train, val, weights = _split_batches(lambda rows: features[rows], dataset, plan)
    optimizer = keras.optimizers.Adam(plan.head_learning_rate)
    stage = Stage("head", plan.head_epochs, optimizer, plan.seed, plan.label_smoothing, weights, least_epochs=1)
    return fit(head, named_variables(head, None, ()), train, val, stage, progress)


def _fine_tune(
    head: keras.Sequential,
    backbone: Backbone,
    dataset: Dataset,
    plan: Plan,
    checkpoints: Checkpoints,
    progress: Progress,
) -> float:
    """Trains layer groups and head together, from pixels."""
    backbone.set_trained_groups(plan.train_groups)
    backbone.batch_norm = plan.batch_norm
    height, width = image_size(backbone.module)
    ids = dataset.examples["id"].to_numpy(str)
    load_pixels(dataset, height, width, progress=progress)
    train, val, weights = _split_batches(
        lambda rows: load_pixels(dataset, height, width, ids[rows].tolist()), dataset, plan
    )
    optimizer = build_optimizer(plan, len(train) * plan.epochs)
    stage = Stage("fine-tune", plan.epochs, optimizer, plan.seed, plan.label_smoothing, weights, plan.early_stopping)
    variables = named_variables(head, backbone, plan.train_groups)
    return fit(Classifier(backbone, head, plan), variables, train, val, stage, progress, checkpoints)


def _split_batches(inputs_of, dataset: Dataset, plan: Plan) -> tuple[Batches, Batches | None, dict | None]:
    """Batches of train and of val, and the class weights; `inputs_of(rows)` gives the inputs of these rows."""
    labels = dataset.examples["label"].to_numpy()
    splits = dataset.examples["split"].to_numpy(str)
    classes = len(dataset.class_names)
    train, val = np.flatnonzero(splits == "train"), np.flatnonzero(splits == "val")
    return (
        Batches(inputs_of(train), labels[train], classes, plan.batch_size, seed=plan.seed),
        Batches(inputs_of(val), labels[val], classes, plan.batch_size) if len(val) else None,
        class_weights(labels[train], classes, plan),
    )
