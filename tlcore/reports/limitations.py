"""The limitations of a run's model that its data and metrics show, as sentences for its report."""

import numpy as np

from tlcore.base.formatting import count, shorten
from tlcore.evaluation.data_issues.find import read_suspects
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.modules.module import Module
from tlcore.runs import Run
from tlcore.training.outcome import OUT_OF_FOLD

_FEW = 30  # examples of a class below which its own numbers say little
_NAMED = 5


def limits(run: Run, split: str | None, looks: int, module: Module | None) -> list[str]:
    """A sentence or two for each limit of a run's model and of what is known about it.

    Args:
        run: one with a result.
        split: what its numbers are of, "test" or "val"; None where it has neither.
        looks: how often its numbers on test were looked at.
        module: the run's; None where it is gone.
    """
    found = [
        f"It always answers with one of its {count(len(run.class_names), 'class', 'classes')}, even for examples that "
        "belong to none of them.",
        "It was trained and evaluated on data from the same source. It may do worse on data from another place, time "
        "or device: evaluate it there before you rely on it.",
    ]
    if split is None:
        found.append("The dataset has neither val nor test examples, so the accuracy is unknown.")
    else:
        low, high = run.metrics[split]["accuracy_interval"]
        found.append(
            f"Accuracy was measured on {count(run.metrics[split]['n'], 'example')}; 95 % confidence interval: "
            f"{low:.1%} to {high:.1%}."
        )
    if split == "val":
        found.append(
            "There is no test split, so the metrics are those of val, which was also used to choose the model. They "
            "are likely to be optimistic."
        )
    if split in run.out_of_fold:
        found.append(OUT_OF_FOLD)
    if looks > 1:
        found.append(
            f"The test metrics have been viewed {looks:,} times, this report included. If the model was changed after "
            "seeing them, they are likely to be optimistic."
        )
    found.append(_suspects(run))
    if module and module.training_data:
        found.append(
            f"The module was pretrained on {shorten(module.training_data, 120)} and may carry over its gaps and biases."
        )
    return found


def _suspects(run: Run) -> str:
    """What a search for wrong labels and leaks found, or that there was none."""
    suspects = read_suspects(run)
    if suspects is None:
        return (
            "The dataset has not been searched for wrong labels, or for near duplicates in two splits. Both make "
            "metrics unreliable."
        )
    counts = suspects["kind"].value_counts()
    return (
        f"A search for data issues found {count(int(counts.get('label', 0)), 'label')} that may be wrong, and "
        f"{count(int(counts.get('leak', 0)), 'example')} nearly the same as one in another split, which makes metrics "
        "optimistic."
    )


def thin_classes(predictions: Top1Predictions) -> str:
    """A sentence on the classes whose own numbers say little, or nothing, for want of examples; "" without such."""
    counts = np.bincount(predictions.labels, minlength=len(predictions.class_names))
    few = [predictions.class_names[place] for place in np.flatnonzero((counts > 0) & (counts < _FEW))]
    none = [predictions.class_names[place] for place in np.flatnonzero(counts == 0)]
    parts = []
    if few:
        parts.append(f"The metrics of {_names(few)} are imprecise: each has fewer than {_FEW} examples.")
    if none:
        parts.append(f"{_names(none)}: no examples, so no metrics.")
    return " ".join(parts)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(shorten(name, 24) for name in names[:_NAMED])}{more}"
