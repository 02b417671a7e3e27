"""Two to six runs on the same examples: what each says of each, held to the same labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tlcore.base.errors import UserError
from tlcore.base.formatting import count
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.run_results import answers, run_predictions
from tlcore.runs import Run

FEWEST, MOST = 2, 6


@dataclass(frozen=True)
class Comparison:
    """What several runs say of the same examples.

    Attributes:
        runs: the first is the baseline.
        split: that the examples are in.
        answers: each run's, of the same examples in the same order, with the same labels.
        of: how many examples are in the split of one of the runs at least; fewer are compared where a dataset was split
            again, or where examples came or went, between them.
        relabelled: ids of the examples whose label was corrected between the runs.
        labels_of: the run whose labels count: the one that was started last.
    """

    runs: tuple[Run, ...]
    split: str
    answers: tuple[Top1Predictions, ...]
    of: int
    relabelled: tuple[str, ...]
    labels_of: Run

    def __len__(self) -> int:
        return len(self.answers[0])

    @property
    def absent(self) -> tuple[str, ...]:
        """The classes that no compared example is of."""
        names = self.answers[0].class_names
        counts = np.bincount(self.answers[0].labels, minlength=len(names))
        return tuple(name for name, count in zip(names, counts, strict=True) if not count)


def check_comparable(runs: Sequence[Run]) -> None:
    """Raises a `UserError` when runs can't be compared, naming which and why."""
    different = len({run.id for run in runs})
    if different < FEWEST or different < len(runs):
        twice = ", some of them more than once" if different < len(runs) else ""
        detail = f"You chose {count(len(runs), 'run')}{twice}"
        raise UserError("A comparison needs at least two different runs, each only once", detail, _CHOOSE)
    if len(runs) > MOST:
        raise UserError("These are too many runs to compare", f"You chose {len(runs)} runs", _CHOOSE)
    for run in runs:
        if not run.has_result:
            raise UserError(
                "This run has no result to compare", f"{run.name} is {run.state}", "Wait until it ends, or leave it out"
            )
    first = runs[0].record["dataset"]
    for run in runs[1:]:
        dataset = run.record["dataset"]
        if dataset["id"] != first["id"]:
            raise UserError(
                "These runs are of different datasets",
                f"{runs[0].name} was trained on “{first['name']}”, {run.name} on “{dataset['name']}”",
                "Compare runs of one dataset: only they predict the same examples",
            )
        if run.class_names != runs[0].class_names:
            raise UserError(
                "These runs have different classes",
                f"{_list_of_differences(runs[0], run)}: classes were renamed, merged or added between them",
                "Train the older run again on the dataset as it is now, then compare",
            )


_CHOOSE = f"Choose {FEWEST} to {MOST} runs of one dataset"


def _list_of_differences(one: Run, other: Run) -> str:
    parts = []
    for run, against in ((one, other), (other, one)):
        alone = [name for name in run.class_names if name not in against.class_names]
        if alone:
            more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
            parts.append(f"only {run.name} has {', '.join(alone[:3])}{more}")
    return "; ".join(parts) or "Their order differs"


def shared_splits(runs: Sequence[Run]) -> list[str]:
    """Those of val and test that all runs have numbers of."""
    return [split for split in ("val", "test") if all(run.metrics.get(split) for run in runs)]


def compare_runs(runs: Sequence[Run], split: str) -> Comparison:
    """Brings together what runs say of the examples that each of them has in a split.

    An example that one run has in another split is left out, for that run may have been fitted on it. Where a label
    was corrected between the runs, all are held to the corrected one.

    Args:
        runs: two to six of one dataset, with results; the first is the baseline.
        split: "val" or "test".

    Raises:
        UserError: the runs can't be compared, or no example is in the split of all of them.
    """
    check_comparable(runs)
    predictions = [answers(run, early=False).only(split) for run in runs]
    ids, everywhere = predictions[0].ids, predictions[0].ids
    for part in predictions[1:]:
        ids = ids[np.isin(ids, part.ids)]
        everywhere = np.union1d(everywhere, part.ids)
    if not len(ids):
        raise UserError(
            f"These runs have no {split} examples in common",
            f"None of their {count(len(everywhere), f'{split} example')} is in {split} of every run",
            "Choose another split, or train again on the dataset as it is now",
        )
    newest = max(range(len(runs)), key=lambda place: runs[place].record["created"])
    labels = _rows(predictions[newest], ids).labels
    aligned = tuple(_held_to(run, _rows(part, ids), labels) for run, part in zip(runs, predictions, strict=True))
    relabelled = np.any([_rows(part, ids).labels != labels for part in predictions], axis=0)
    return Comparison(tuple(runs), split, aligned, len(everywhere), tuple(ids[relabelled].tolist()), runs[newest])


def _rows(predictions: Top1Predictions, ids: np.ndarray) -> Top1Predictions:
    """The rows of some examples, in their order."""
    rows = pd.Index(predictions.ids).get_indexer(ids)
    columns = ("ids", "splits", "labels", "predicted", "confidence", "losses")
    return replace(predictions, **{column: getattr(predictions, column)[rows] for column in columns})


def _held_to(run: Run, predictions: Top1Predictions, labels: np.ndarray) -> Top1Predictions:
    """What a run says, with other labels; all probabilities are read only where a label differs."""
    changed = predictions.labels != labels
    if not changed.any():
        return predictions
    whole = run_predictions(run)
    rows = pd.Index(whole.ids).get_indexer(predictions.ids[changed])
    wanted = whole.labels.copy()
    wanted[rows] = labels[changed]
    losses = predictions.losses.copy()
    losses[changed] = replace(whole, labels=wanted).losses[rows]
    return replace(predictions, labels=labels, losses=losses)
