"""A plan carried out: the stages of one run, in order.

TensorFlow is imported when a stage needs it: a linear probe on kept feature vectors does not.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.formatting import count
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import TRAIN_AND_VAL, Dataset
from tlcore.features.extract import doubtful_range, feature_rows, not_finite
from tlcore.features.store.feature_store import Rows
from tlcore.modules.module import Module
from tlcore.runs import Run, check_plan
from tlcore.training.checkpoints import Checkpoints
from tlcore.training.probe.probe import Probe, fit_probe
from tlcore.training.result_weights import probe_head, read_probe, write_arrays, write_probe

_NAMED = 10  # examples
_LOOKED_AT = 256  # feature vectors
_FEWEST_GROUPS = 10  # with fewer, folds by group would leave out too much at once


def train_run(
    run: Run,
    dataset: Dataset,
    module: Module,
    *,
    progress: Progress | None = None,
    backbone=None,
    after_probe: Callable[[Rows, Probe], None] = lambda features, probe: None,
) -> None:
    """Carries out a run's plan and writes what came out of it to `result/` (see `result_weights`).

    Started again after its process was killed it goes on from where it was: kept features, the probe, the last
    checkpoint; and ends as it would have. Asked to stop, it keeps the best so far: a stage that has not begun is
    left out, one under way ends at the next batch.

    Args:
        run: with its plan.
        dataset: the run's.
        module: the run's.
        progress: hears stages `features`, `probe`, `head` and `fine-tune`.
        backbone: a fresh `Backbone` of the module where there is one already; its trained groups change.
        after_probe: called with feature vectors, read when indexed, rows as `dataset.examples_in(TRAIN_AND_VAL)`, and
            the probe, before later stages.

    Raises:
        UserError: the plan can't be carried out, or training diverged.
        Cancelled: the work was asked to cancel.
    """
    progress = progress or Progress()
    plan = run.plan
    check_plan(plan, dataset, module)
    run.artifacts.result.mkdir(exist_ok=True)
    if run.artifacts.timing.exists():
        return
    checkpoints = Checkpoints(run.artifacts.checkpoints)
    if plan.train_groups and backbone is None:
        from tlcore.modules.build import build_backbone

        backbone = build_backbone(module)

    started = time.monotonic()
    progress.stage("features")
    features = feature_rows(
        dataset, module, splits=TRAIN_AND_VAL, precision=plan.precision, backbone=backbone, progress=progress
    )
    whole, dataset = dataset, leave_out(run, dataset, module, features, TRAIN_AND_VAL, progress)
    if dataset is not whole:
        features = feature_rows(dataset, module, splits=TRAIN_AND_VAL, precision=plan.precision, backbone=backbone)
    if doubt := doubtful_range(module, features[:_LOOKED_AT]):
        problem = {"kind": "pixel range", "files": [], "action": doubt}
        workspace.write_json(run.artifacts.problems, [problem])
        progress.log(f"{doubt}.")
    seconds = {"features": time.monotonic() - started}

    started = time.monotonic()
    probe = _probe(run, dataset, features, progress)
    weights, trained, kept = probe_head(probe), probe.kernel.size + probe.bias.size, {}
    seconds["training"] = time.monotonic() - started
    after_probe(features, probe)
    if plan.stages != ("probe",):
        from tlcore.training.stages import train_stages

        weights, trained, stage, more = train_stages(run, dataset, features, probe, backbone, checkpoints, progress)
        seconds["training"] += more
        kept = {"kept": asdict(stage)}
    write_arrays(run.artifacts.weights, weights)
    workspace.write_json(run.artifacts.timing, {**seconds, "trainable_parameters": trained, **kept})
    checkpoints.discard()


def leave_out(
    run: Run, dataset: Dataset, module: Module, features: Rows, splits: Sequence[str], progress: Progress
) -> Dataset:
    """The dataset without the examples of which the run's module makes nothing finite; they are noted with the run.

    Args:
        run: whose.
        dataset: the run's.
        module: the run's.
        features: (n, d) of the module as it came, rows as `dataset.examples_in(splits)`.
        splits: whose examples are looked at.
        progress: hears their names.

    Raises:
        UserError: they are all.
    """
    ids = not_finite(dataset, module, features, splits)
    names = dict(zip(ids, dataset.source_names(ids), strict=True))
    if new := {id: name for id, name in names.items() if id not in run.left_out}:
        workspace.write_json(run.artifacts.left_out, run.left_out | new)
        some = ", ".join(list(new.values())[:_NAMED]) + (", …" if len(new) > _NAMED else "")
        progress.log(f"{count(len(new), 'example')} left out: the module's output for them is NaN or infinite ({some})")
    return dataset.without(ids)


def _alike(dataset: Dataset, examples: pd.DataFrame) -> np.ndarray:
    """(n,) str: what examples have in common that must not be in two folds: their group, else their bytes."""
    alike = examples["sha256"].to_numpy(str)
    if not dataset.group_column:
        return alike
    groups = examples[dataset.group_column].astype("string").fillna("").to_numpy(str)
    if len(np.unique(groups)) < _FEWEST_GROUPS:
        return alike
    return np.where(groups == "", alike, np.char.add("group ", groups))


def _probe(run: Run, dataset: Dataset, features, progress: Progress) -> Probe:
    """The run's linear probe: the one that lies in its result, when it goes on, else a new one."""
    progress.stage("probe")
    if run.artifacts.probe.exists():
        return read_probe(run)
    examples = dataset.examples_in(TRAIN_AND_VAL)
    labels, splits = examples["label"].to_numpy(), examples["split"].to_numpy(str)
    alike = _alike(dataset, examples)
    probe = fit_probe(features, labels, splits, run.plan, progress, len(dataset.class_names), alike)
    write_probe(run, probe, examples)
    fitted = "train and val together, so its val metrics are out of fold" if probe.start else "train"
    progress.log(
        f"The linear probe is fitted on {fitted}. Its L2 regularization (C = {probe.c:g}) was chosen by "
        "cross-validation"
    )
    return probe
