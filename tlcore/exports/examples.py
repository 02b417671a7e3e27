"""A run's examples, as far as they are still there: what an export is compared on, calibrated with, or made of."""

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.example_filter import is_among
from tlcore.evaluation.predictions import Predictions
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import Run


def examples_left(run: Run) -> tuple[Dataset, Predictions]:
    """A run's dataset, and what the run said of those of its examples that are still in it.

    Raises:
        UserError: the dataset is gone, or none of them is in it.
    """
    record = run.record["dataset"]
    try:
        dataset = run.dataset_now()
    except UserError as error:
        raise UserError(
            "The run's dataset is gone, and this export needs its examples",
            f"{record['name']} was deleted",
            "Import it again and train again, or export a SavedModel",
        ) from error
    predictions = run_predictions(run)
    there = is_among(predictions.ids, dataset.columns("id")["id"])
    if not there.any():
        raise UserError(
            "None of the run's examples are left, and this export needs them",
            f"{dataset.name} now has other examples",
            "Train again on the dataset as it is now",
        )
    return dataset, predictions.rows(there)
