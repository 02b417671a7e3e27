"""A run at a glance: its numbers beside two baselines, its confusion matrix, its embedding maps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tlcore.base.formatting import share, shorten
from tlcore.datasets.dataset import SPLITS, TRAIN_AND_VAL, Dataset
from tlcore.evaluation.maps.embedding_maps import METHODS, WHICH, read_map
from tlcore.evaluation.maps.procrustes import align
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.run_results import answers, has_trained_features
from tlcore.reports.dataset_card import Picture, picture_of
from tlcore.reports.drawing import as_card
from tlcore.reports.drawing.charts import Map, draw_map, draw_matrix
from tlcore.runs import Run

MATRIX = (
    "Rows are true classes, columns are predicted classes. Colours follow the square root of the counts, so that rare "
    "confusions can be seen."
)


def beside_baselines(run: Run, split: str) -> dict[str, dict]:
    """The run's numbers on a split, then the linear probe's and the majority class's, each where there are some.

    Args:
        run: one with a result.
        split: "train", "val" or "test".

    Returns:
        Entries as a run's metrics have them, by what they are of.
    """
    known = run.result["baselines"]
    if run.is_probe:
        rows = {"This run, the linear probe": run.metrics.get(split)}
    else:
        rows = {"This run": run.metrics.get(split), "Linear probe": (known.get("linear_probe") or {}).get(split)}
    rows["Majority class"] = (known.get("majority") or {}).get(split)
    return {title: entry for title, entry in rows.items() if entry}


def training_in_words(run: Run) -> str:
    """Which parts a run trained, in a phrase."""
    head = "head with hidden layers" if run.plan.hidden_units else "linear probe"
    groups = run.plan.train_groups
    if run.has_result and groups and run.is_probe:
        return f"linear probe; fine-tuning {', '.join(groups)} did not help on val"
    return f"{head}, then {', '.join(groups)} fine-tuned" if groups else head


def drawn_maps(run: Run, predictions: Top1Predictions, splits: Sequence[str] = SPLITS) -> list[tuple[Map, str]]:
    """The maps that a run has kept, of the module as it came and of the trained one laid over it, by one method.

    Args:
        run: one with a result.
        predictions: of all its examples; a point has a ring where it is wrong.
        splits: whose examples are drawn.

    Returns:
        Each with a sentence on what it is; none where the module's map was not computed.
    """
    which = list(WHICH) if has_trained_features(run) else ["module"]
    for method in reversed(METHODS):
        kept = [read_map(run, each, method) for each in which]
        if all(places is not None for places in kept):
            return [
                (
                    _drawn_map(places, kept[-1], predictions, splits),
                    f"{METHODS[method]} of {WHICH[each]}, one point per example.",
                )
                for each, places in zip(which, kept, strict=True)
            ]
    return []


def _drawn_map(places: pd.DataFrame, target: pd.DataFrame, predictions: Top1Predictions, splits: Sequence[str]) -> Map:
    """A map laid over another of the same examples, so that each stands at about the same place in both."""
    rows = pd.Index(predictions.ids).get_indexer(places["id"])
    drawn = np.isin(predictions.splits[rows], splits)
    x, y = align(places[["x", "y"]], target[["x", "y"]]).places[drawn].T
    rows = rows[drawn]
    return draw_map(
        x, y, predictions.labels[rows], predictions.predicted[rows] != predictions.labels[rows], predictions.class_names
    )


def run_html(run: Run) -> str:
    """The run for a notebook: what it found on val, for test is read when all is chosen."""
    record, predictions, shown = run.record, None, {}
    if run.has_result:
        predictions, shown = answers(run), beside_baselines(run, "val")
    drawn = {
        "facts": [
            ("State", run.state),
            ("Dataset", record["dataset"]["name"]),
            ("Module", record["module"]["name"]),
            ("Trained", training_in_words(run)),
            ("Created", f"{record['created'][:16].replace('T', ' ')} UTC"),
            ("Id", run.id),
        ],
        "has_result": run.has_result,
        "numbers": [(title, "val", entry) for title, entry in shown.items()],
        "matrix": draw_matrix(confusion_matrix(predictions.only("val")), run.class_names) if shown else None,
        "caption": MATRIX,
        "maps": drawn_maps(run, predictions, TRAIN_AND_VAL) if predictions else [],
    }
    return as_card("run.html", title=run.name, run=drawn)


def picture_with_answer(dataset: Dataset | None, predictions: Top1Predictions, row: int) -> Picture:
    """An example's picture with the predicted class and its confidence, and the true one where they differ.

    Args:
        dataset: where it lies; None where that is gone.
        predictions: what was said of it.
        row: which it is there.
    """
    names = predictions.class_names
    true, predicted = predictions.labels[row], predictions.predicted[row]
    lines = [f"{shorten(names[predicted], 24)} {share(float(predictions.confidence[row]))}"]
    if true != predicted:
        lines.append(f"true: {shorten(names[true], 24)}")
    return picture_of(dataset, str(predictions.ids[row]), *lines) if dataset else Picture("", "", tuple(lines))
