"""What a run's training ended with, in data and in words; without TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass

from tlcore.base.formatting import count

OUT_OF_FOLD = (
    "The linear probe is fitted on train and val, so each val example was predicted out of fold, by a fit that had not "
    "seen it."
)


@dataclass(frozen=True)
class KeptEpoch:
    """Which epoch a stage ended with, and why.

    Attributes:
        stage: "head" or "fine-tune"; "probe" where the work was stopped before a stage by epochs began.
        epoch: that is kept; 0: the model as the stage began.
        epochs: that were completed.
        scaled_loss: val loss after temperature scaling of what is kept; None where val has no say.
        start_scaled_loss: of the model as the stage began; None likewise, and where that could not be kept.
    """

    stage: str
    epoch: int
    epochs: int
    scaled_loss: float | None
    start_scaled_loss: float | None


def kept_in_words(kept: KeptEpoch, hidden: bool = False) -> str:
    """Which epoch is kept and why, in a sentence or two.

    Args:
        kept: of a run with a stage by epochs.
        hidden: whether fine-tuning started from a head with hidden layers, not from the linear probe.
    """
    before = "head from before fine-tuning" if hidden else "linear probe"
    if kept.stage == "probe" or not kept.epochs:
        return f"Stopped before the first epoch was complete. The {before} is kept."
    if not kept.epoch:
        return (
            f"Fine-tuning did not help: in {count(kept.epochs, 'epoch')}, the val loss after temperature scaling never "
            f"fell below {kept.start_scaled_loss:.3g}, the loss of the {before}. The {before} is kept."
        )
    which = f"Epoch {kept.epoch} of {kept.epochs} is kept"
    if kept.scaled_loss is None:
        return f"{which}: it is the last one, and there are no val examples to choose by."
    since = f"; before fine-tuning: {kept.start_scaled_loss:.3g}" if kept.start_scaled_loss is not None else ""
    return f"{which}: it has the lowest val loss after temperature scaling ({kept.scaled_loss:.3g}{since})."


def choose_strength(path: Sequence[dict]) -> float:
    """The strongest L2, as C, whose log loss in cross-validation is within one standard error of the lowest.

    The one-standard-error rule of Breiman et al., Classification and Regression Trees (1984): among strengths that so
    few examples can't tell apart, the simplest head is the safest.

    Args:
        path: an entry a strength that was tried, as the event `strength` has it.
    """
    lowest = min(path, key=lambda tried: tried["cv_loss"])
    limit = lowest["cv_loss"] + lowest["cv_loss_error"]
    return min(tried["c"] for tried in path if tried["cv_loss"] <= limit)
