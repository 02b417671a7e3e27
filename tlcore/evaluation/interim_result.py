"""The early result: what a run's linear probe says, there to be looked at while later stages go on."""

import numpy as np

from tlcore.base.progress import Progress
from tlcore.evaluation.maps.embedding_maps import compute_map, map_path, write_map
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.run_results import out_of_fold
from tlcore.features.store.feature_store import Rows
from tlcore.runs import Run


def write_early_result(run: Run, features: np.ndarray | Rows, progress: Progress) -> None:
    """Writes `result/early/predictions.parquet`, train and val out of fold by the probe, and the module's PCA map.

    The test split is left for the run's end.

    Args:
        run: past its probe.
        features: (n, d) of the module as it came, rows as `dataset.examples_in(TRAIN_AND_VAL)`.
        progress: hears the event `early`.
    """
    goal = run.artifacts.early_predictions
    if goal.exists():
        return
    predictions = out_of_fold(run)
    progress.event("early", cv=summary(predictions.only("train")), val=summary(predictions.only("val")))
    path = map_path(run, "module", "pca")
    if not path.exists():
        write_map(path, predictions.ids.tolist(), compute_map(features, "pca", run.plan.seed))
    goal.parent.mkdir(exist_ok=True)
    predictions.write(goal.with_name("writing"))
    goal.with_name("writing").rename(goal)
