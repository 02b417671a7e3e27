"""The early result: what a run's linear probe says, there to be looked at while later stages go on."""

import numpy as np

from tlcore.datasets.dataset import LEARNT_FROM, Dataset
from tlcore.evaluation.maps import compute_map, map_path, write_map
from tlcore.evaluation.metrics import summary
from tlcore.evaluation.of_run import out_of_fold
from tlcore.evaluation.predictions import Predictions, joined
from tlcore.features.store import Rows
from tlcore.progress import Progress
from tlcore.runs import Run
from tlcore.training.probe import Probe


def write_early_result(
    run: Run, dataset: Dataset, features: np.ndarray | Rows, probe: Probe, progress: Progress
) -> None:
    """Writes `result/early/predictions.parquet`, train out of fold and val by the probe, and the module's PCA map.

    The test split is left for the run's end.

    Args:
        run: past its probe.
        dataset: the run's.
        features: (n, d) of the module as it came, rows as `dataset.examples_in(LEARNT_FROM)`.
        probe: the run's.
        progress: hears the event `early`.
    """
    folder = run.folder / "result" / "early"
    if (folder / "predictions.parquet").exists():
        return
    examples = dataset.examples_in(LEARNT_FROM)
    of_train = out_of_fold(run)
    rows = np.flatnonzero(examples["split"].to_numpy(str) == "val")
    of_val = Predictions(
        examples["id"].to_numpy(str)[rows],
        np.full(len(rows), "val"),
        examples["label"].to_numpy(int)[rows],
        probe.probabilities(features[rows]),
        run.class_names,
    )
    progress.event("early", cv=summary(of_train), val=summary(of_val))
    path = map_path(run, "module", "pca")
    if not path.exists():
        write_map(path, examples["id"].tolist(), compute_map(features, "pca", run.plan.seed))
    folder.mkdir(exist_ok=True)
    joined((of_train, of_val)).write(folder / "writing")
    (folder / "writing").rename(folder / "predictions.parquet")
