"""The stages that are trained by epochs: a head with hidden layers, and fine-tuning. Imports TensorFlow."""

import time
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd

from tlcore.base.progress import Progress
from tlcore.datasets.dataset import TRAIN_AND_VAL, Dataset
from tlcore.features.engines.tensorflow import has_gpu, reduced_precision
from tlcore.features.inputs import load_inputs
from tlcore.features.store.feature_store import Rows
from tlcore.modalities import modality_of, only_tensor
from tlcore.modules.backbones.backbone import Backbone
from tlcore.modules.graph.graph_split import CannotSplit
from tlcore.plans import Plan
from tlcore.runs import Run
from tlcore.training.batches import Batches, Inputs, rows_of
from tlcore.training.boundary_activations import open_activations
from tlcore.training.checkpoints import Checkpoints
from tlcore.training.loop import FitConfig, Stopped, fit
from tlcore.training.model import Classifier, TailClassifier, build_head, named_variables, read_values
from tlcore.training.optimizers import build_optimizer
from tlcore.training.outcome import KeptEpoch
from tlcore.training.probe.probe import Probe, class_weights
from tlcore.training.result_weights import probe_head, write_epoch

Make = Callable[[np.ndarray], Inputs]
_HEAD_STEPS = 32  # of a head between two looks at whether to stop: a few milliseconds each
_JUDGED = 32  # val examples a batch


def train_stages(
    run: Run,
    dataset: Dataset,
    features: np.ndarray | Rows,
    probe: Probe,
    backbone: Backbone | None,
    checkpoints: Checkpoints,
    progress: Progress,
) -> tuple[dict[str, np.ndarray], int, KeptEpoch, float]:
    """Carries out the stages of a run's plan that follow the probe.

    They start from the probe that was fitted on train alone, so that val, which no stage is fitted on, can choose the
    epoch and tell whether fine-tuning helps. Where it does not, a run without hidden layers ends as a run of the
    linear probe alone would: with the one fitted on train and val together, its module as it came.

    Args:
        run: whose plan.
        dataset: the run's.
        features: (n, d) of the module as it came, rows as `dataset.examples_in(TRAIN_AND_VAL)`.
        probe: where the head starts, or what it standardises with, and what is kept where fine-tuning does not help.
        backbone: fresh; None where no layer group trains.
        checkpoints: of fine-tuning.
        progress: hears the stages.

    Returns:
        The weights that the run ends with, by name; how many parameters it trained; which epoch of the last stage that
        began is kept; seconds.
    """
    plan = run.plan
    keras.utils.set_random_seed(plan.seed)
    head = build_head(probe.of_train, plan)
    seconds, kept = 0.0, KeptEpoch("probe", 0, 0, None, None)
    if plan.hidden_units and checkpoints.last() is None:
        progress.stage("head")
        kept, seconds = _train_head(head, features, dataset, plan, progress)
    if plan.train_groups and progress.request() != "stop":
        progress.stage("fine-tune")
        of_tuning, more = _fine_tune(run, head, backbone, dataset, probe.of_train, checkpoints, progress)
        kept, seconds = of_tuning or kept, seconds + more
    weights = read_values(named_variables(head, backbone, plan.train_groups))
    if plan.train_groups and not plan.hidden_units and not kept.epoch:
        return weights | probe_head(probe), probe.kernel.size + probe.bias.size, kept, seconds
    trained = sum(int(np.prod(variable.shape)) for variable in head.trainable_variables)
    if plan.train_groups:
        trained += backbone.module.trainable_parameters(plan.train_groups)
    return weights, trained, kept, seconds


def _train_head(
    head: keras.Sequential, features: Rows, dataset: Dataset, plan: Plan, progress: Progress
) -> tuple[KeptEpoch, float]:
    """Trains the head on kept feature vectors; at least one epoch, as without it hidden layers are noise."""

    def inputs(rows: np.ndarray) -> Inputs:
        return rows_of(features[rows])

    examples = dataset.examples_in(TRAIN_AND_VAL)
    train, val, weights = _split_batches(inputs, inputs, examples, len(dataset.class_names), plan)
    optimizer = keras.optimizers.Adam(plan.head_learning_rate)
    stage = FitConfig(
        "head",
        plan.head_epochs,
        optimizer,
        plan.seed,
        plan.label_smoothing,
        weights,
        min_epochs=1,
        start_counts=False,
        steps_per_execution=_HEAD_STEPS,
    )
    return fit(head, named_variables(head, None, ()), train, val, stage, progress)


def _fine_tune(
    run: Run,
    head: keras.Sequential,
    backbone: Backbone,
    dataset: Dataset,
    probe: Probe,
    checkpoints: Checkpoints,
    progress: Progress,
) -> tuple[KeptEpoch | None, float]:
    """Trains layer groups and head together, from kept activations where the module can be cut, else from
    the examples themselves.
    """
    plan = run.plan
    started = time.monotonic()
    backbone.set_trained_groups(plan.train_groups)
    backbone.batch_norm = plan.batch_norm
    try:
        activations, note = open_activations(dataset, backbone, probe, plan, run.artifacts.activations, progress)
    except Stopped:
        progress.log("Stopped before the first epoch of fine-tuning")
        return None, time.monotonic() - started
    except CannotSplit as reason:
        note = f"The whole module runs in every epoch. {reason}."
        model = Classifier(backbone, head)
        plain, augmented = _item_inputs(dataset, backbone, plan, progress)
        is_cut, divisor = False, only_tensor(backbone.module.input_spec()).divisor
    else:
        model = TailClassifier(backbone, head, activations.cut)
        plain, augmented = activations.rows, lambda rows: activations.augmented(rows, plan)
        is_cut, divisor = True, 1.0
    progress.event("cut", is_cut=is_cut, note=note)
    progress.log(note)
    of_train = augmented if plan.augments else plain
    train, val, weights = _split_batches(of_train, plain, dataset.examples, len(dataset.class_names), plan)
    mixed = has_gpu() and plan.precision == "fast"
    if has_gpu():
        numbers = "mixed precision (f16 where possible, variables in f32)" if mixed else "f32"
        note = f"Training runs in TensorFlow on the GPU, in {numbers}."
        progress.event("gpu", mixed=mixed, note=note)
        progress.log(note)
    optimizer = build_optimizer(plan, len(train) * plan.epochs, mixed=mixed)
    stage = FitConfig(
        "fine-tune",
        plan.epochs,
        optimizer,
        plan.seed,
        plan.label_smoothing,
        weights,
        plan.early_stopping,
        divisor=divisor,
    )
    variables = named_variables(head, backbone, plan.train_groups)
    of_val = dataset.examples[dataset.examples["split"] == "val"]

    def keep(epoch: int, probabilities: np.ndarray) -> None:
        write_epoch(run, epoch, of_val, probabilities)

    before = time.monotonic() - started
    with reduced_precision(mixed):
        kept, seconds = fit(model, variables, train, val, stage, progress, checkpoints, keep)
    return kept, before + seconds


def _item_inputs(dataset: Dataset, backbone: Backbone, plan: Plan, progress: Progress) -> tuple[Make, Make]:
    """What gives decoded examples of some rows as they are, and augmented."""
    spec = backbone.module.input_spec()
    ids = dataset.examples["id"].to_numpy(str)
    keys = dataset.examples["sha256"].to_numpy(str)
    load_inputs(dataset, spec, progress=progress)
    augment = modality_of(dataset.modality).augmentation(plan)

    def plain(rows: np.ndarray) -> Inputs:
        return rows_of(load_inputs(dataset, spec, ids[rows].tolist()))

    def augmented(rows: np.ndarray) -> Inputs:
        items = plain(rows)

        def inputs(parts, epoch):
            for part, each in zip(parts, items(parts, epoch), strict=True):
                yield augment(each, keys[rows[part]], augment.copy_of(epoch))

        return inputs

    return plain, augmented


def _split_batches(
    train_inputs: Make, val_inputs: Make, examples: pd.DataFrame, classes: int, plan: Plan
) -> tuple[Batches, Batches | None, dict | None]:
    """Batches of train and of val, and the class weights; inputs are asked for by rows of `examples`."""
    labels, splits = examples["label"].to_numpy(), examples["split"].to_numpy(str)
    train, val = np.flatnonzero(splits == "train"), np.flatnonzero(splits == "val")
    return (
        Batches(train_inputs(train), labels[train], classes, plan.batch_size, seed=plan.seed),
        Batches(val_inputs(val), labels[val], classes, _JUDGED) if len(val) else None,
        class_weights(labels[train], classes, plan),
    )
