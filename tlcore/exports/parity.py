"""Whether an exported model says what its run said: measured before the export is offered."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation.predictions import Predictions
from tlcore.exports.examples import examples_left
from tlcore.features import inputs
from tlcore.runs import Run
from tlcore.training.result_weights import module_of

_FILE = "agreement.json"
_SPLITS = ("val", "train", "test")  # the first that has answers of the model is compared; test is not for choosing
_MOST = 512  # examples of train
_TIE = 1e-3  # classes whose probabilities are as near as this are the same label, for rounding decides between them


@dataclass(frozen=True)
class Limits:
    """Where an export stops being the same model.

    Attributes:
        same_label: the least share of examples that get the run's label; one may be another in a small split too.
        difference: the most that a probability may be off; None: any, where labels alone count.
    """

    same_label: float
    difference: float | None = None

    @property
    def words(self) -> str:
        """What is asked, without a full stop."""
        labels = f"at least {self.same_label:.0%} of the labels must match"
        if self.difference is None:
            return labels
        return f"{labels}, and no probability may be off by more than {self.difference:g}"


EXACT = Limits(0.99, 1e-3)  # for what computes the same in float32: all reported probabilities keep to that


@dataclass(frozen=True)
class Agreement:
    """What an export said beside what its run said.

    Attributes:
        split: whose examples.
        examples: how many were compared.
        same_label: to how many both gave the same label.
        largest_difference: of any class's probability.
        run_accuracy: on these examples.
        export_accuracy: likewise.
        bytes: the size of the exported model.
    """

    split: str
    examples: int
    same_label: int
    largest_difference: float
    run_accuracy: float
    export_accuracy: float
    bytes: int

    @property
    def words(self) -> str:
        """What a person reads of it, without a full stop."""
        return (
            f"the same label for {self.same_label:,} of {self.examples:,} {self.split} examples, probabilities off by "
            f"at most {self.largest_difference:.1g}, accuracy {self.export_accuracy:.1%} (run: {self.run_accuracy:.1%})"
        )

    def keeps_to(self, limits: Limits) -> bool:
        """Whether it is the same model as far as limits say."""
        others = self.examples - self.same_label
        close = limits.difference is None or self.largest_difference <= limits.difference
        return close and others <= max(1, (1 - limits.same_label) * self.examples)


def check_agreement(
    run: Run,
    folder: Path,
    predict: Callable[[np.ndarray], np.ndarray],
    limits: Limits,
    progress: Progress,
) -> Agreement:
    """Has an exported model predict a split, compares, and writes `agreement.json` beside it.

    It is val, or, where the run's answers on val are out of fold, train.

    Args:
        run: a finished one.
        folder: of the export: the model's files, and nothing else yet.
        predict: what the export says: the decoded items that the run saw, (n, …), to probabilities (n, classes).
        limits: what it must keep to.
        progress: hears the stage `check`, and steps in examples.

    Raises:
        UserError: it does not agree, or the run's examples are gone.
    """
    progress.stage("check")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    dataset, predictions = examples_left(run)
    predictions = _compared(run, predictions)
    found = np.empty_like(predictions.probabilities)
    done = 0
    spec = module_of(run).input_spec()
    with closing(inputs.batches(dataset, spec, predictions.ids.tolist())) as batches:
        for batch in batches:
            found[done : done + len(batch)] = predict(batch)
            done += len(batch)
            progress.step(done, len(predictions), "examples")
    labels = found.argmax(axis=1)
    agreement = Agreement(
        split=str(predictions.splits[0]),
        examples=len(predictions),
        same_label=int(
            (predictions.probabilities[np.arange(len(predictions)), labels] >= predictions.confidence - _TIE).sum()
        ),
        largest_difference=float(np.abs(found - predictions.probabilities).max()),
        run_accuracy=float((predictions.predicted == predictions.labels).mean()),
        export_accuracy=float((labels == predictions.labels).mean()),
        bytes=size,
    )
    if not agreement.keeps_to(limits):
        raise UserError(
            "The export does not agree with the run, so it was discarded",
            f"It has {agreement.words}; {limits.words}",
            "Choose another format",
        )
    progress.log(f"Compared with the run: {agreement.words}")
    workspace.write_json(folder / _FILE, {**asdict(agreement), "limits": asdict(limits)})
    return agreement


def _compared(run: Run, predictions: Predictions) -> Predictions:
    """The rows of one split: of val, unless they are out of fold, so that not the model itself gave them."""
    there = [split for split in _SPLITS if split in predictions.splits]
    split = next((split for split in there if split not in run.out_of_fold), there[0])
    rows = predictions.only(split)
    if split == "train" and len(rows) > _MOST:
        return rows.rows(np.linspace(0, len(rows) - 1, _MOST).astype(int))
    return rows


def read_agreement(folder: Path) -> Agreement | None:
    """What was measured of the export in a folder; None where nothing was."""
    path = folder / _FILE
    if not path.exists():
        return None
    document = workspace.read_json(path)
    document.pop("limits")
    return Agreement(**document)
