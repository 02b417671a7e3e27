"""What a model can't be trusted with, as far as its run can tell: said in sentences."""

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
        f"It names one of its {count(len(run.class_names), 'class', 'classes')} whatever it is shown, something else "
        "too.",
        "What it learnt from and what it was measured on have one source. On examples from elsewhere, of another "
        "style, place or time, it may do worse: measure it there before you rely on it.",
    ]
    if split is None:
        found.append("There are neither val nor test examples, so nothing is known of how good it is.")
    else:
        low, high = run.metrics[split]["accuracy_interval"]
        found.append(
            f"Its accuracy is of {count(run.metrics[split]['n'], 'example')}: the true one may lie anywhere from "
            f"{low:.1%} to {high:.1%}, and outside in one of twenty such cases."
        )
    if split == "val":
        found.append("Its numbers are of val, on which choices were made, for want of a test split: they flatter it.")
    if split in run.out_of_fold:
        found.append(OUT_OF_FOLD)
    if looks > 1:
        found.append(
            f"Its numbers on test have been looked at {looks:,} times, this report among them. Each look that led to "
            "another choice makes them less honest."
        )
    found.append(_suspects(run))
    if module and module.training_data:
        found.append(
            f"Its module learnt from {shorten(module.training_data, 120)} before; what that lacks or overstates, it "
            "may lack or overstate too."
        )
    return found


def _suspects(run: Run) -> str:
    """What a search for wrong labels and leaks found, or that there was none."""
    suspects = read_suspects(run)
    if suspects is None:
        return "Nobody has looked for wrong labels and near duplicates in two splits, which spoil numbers."
    counts = suspects["kind"].value_counts()
    return (
        f"A search for suspects found {count(int(counts.get('label', 0)), 'label')} likely wrong, and "
        f"{count(int(counts.get('leak', 0)), 'example')} nearly the same as one of another split, which flatters it."
    )


def thin_classes(predictions: Top1Predictions) -> str:
    """A sentence on the classes whose own numbers say little, or nothing, for want of examples; "" without such."""
    counts = np.bincount(predictions.labels, minlength=len(predictions.class_names))
    few = [predictions.class_names[place] for place in np.flatnonzero((counts > 0) & (counts < _FEW))]
    none = [predictions.class_names[place] for place in np.flatnonzero(counts == 0)]
    parts = []
    if few:
        parts.append(f"Fewer than {_FEW} examples stand behind the numbers of {_names(few)}: they are coarse.")
    if none:
        parts.append(f"There are none of {_names(none)}, of which nothing was measured.")
    return " ".join(parts)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(shorten(name, 24) for name in names[:_NAMED])}{more}"
