"""All of a run, from its plan to its numbers and maps."""

import contextlib
import shutil
from collections.abc import Iterator

from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.interim_result import write_early_result
from tlcore.evaluation.maps.embedding_maps import compute_map, map_path, write_map
from tlcore.evaluation.predicting import evaluate_run
from tlcore.evaluation.run_results import features_of, has_trained_features
from tlcore.modules.module import Module
from tlcore.runs import Run
from tlcore.training.train import train_run


def carry_out_run(run: Run, dataset: Dataset, module: Module, progress: Progress, backbone=None) -> None:
    """Carries out a run's plan, and writes its predictions, its numbers, and the maps that cost next to nothing.

    Args:
        run: its record; what comes out is written to its folder.
        dataset: the run's.
        module: the run's.
        progress: hears it, and may end it.
        backbone: the module's, untouched, when the plan trains no layer group and there is one already.
    """

    def show_early(features, probe) -> None:
        write_early_result(run, features, progress)

    try:
        with _large_activations_of(run):
            train_run(run, dataset, module, progress=progress, backbone=backbone, after_probe=show_early)
            evaluate_run(run, dataset, progress=progress)
        progress.stage("map")
        for which in ("module", "trained") if has_trained_features(run) else ("module",):
            if not map_path(run, which, "pca").exists():
                make_map(run, which, "pca", progress)
    except FileNotFoundError:
        run.dataset(), run.module()  # raise where it was one of theirs, deleted meanwhile
        raise


@contextlib.contextmanager
def _large_activations_of(run: Run) -> Iterator[None]:
    """Deletes those that are too large to stay once the run is over; interrupted, it may go on with them."""
    try:
        yield
    except Exception:
        shutil.rmtree(run.artifacts.activations, ignore_errors=True)
        raise
    shutil.rmtree(run.artifacts.activations, ignore_errors=True)


def make_map(run: Run, which: str, method: str, progress: Progress, dimensions: int = 2) -> None:
    """Computes one embedding map of a run, and keeps it with the run.

    Args:
        run: one with a result, or an early one.
        which: "module" or "trained", as `run_results.features_of` takes it.
        method: as `maps.compute_map` takes it.
        progress: hears it.
        dimensions: of the map, 2 or 3.
    """
    # before the vectors: if the run ends meanwhile, maps of it lie elsewhere
    path = map_path(run, which, method, dimensions)
    ids, vectors = features_of(run, which, progress)
    write_map(path, ids, compute_map(vectors, method, run.plan.seed, progress, dimensions))
