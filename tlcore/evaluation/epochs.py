"""What a fine-tuned run said of val as it went: by its linear probe, then after each epoch."""

from tlcore.evaluation.predictions import Predictions, read_predictions
from tlcore.evaluation.run_results import predictions_file
from tlcore.runs import Run


def kept_epochs(run: Run) -> list[int]:
    """The epochs whose predictions are kept: 0 for the model as fine-tuning began, then those of fine-tuning from 1.

    Empty where there is nothing to tell: the run did not fine-tune by epochs, or has no val examples.
    """
    epochs = {int(path.stem) for path in run.artifacts.epochs.glob("*.parquet")} - {0}
    return [0, *sorted(epochs)] if epochs else []


def predictions_after(run: Run, epoch: int) -> Predictions:
    """What the run's model said of the val examples after an epoch, one of `kept_epochs`."""
    path = run.artifacts.epoch(epoch)
    if not epoch and not path.exists():  # of a run from before the start was judged as an epoch is
        path = predictions_file(run, early=True)
    return read_predictions(path, run.class_names, "val")
