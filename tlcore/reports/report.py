"""A report on a run: one page of HTML that stands alone, a model card.

M. Mitchell and others, Model cards for model reporting, FAT* 2019.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.formatting import count, duration, share, shorten
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.metadata import columns_of, read_columns
from tlcore.evaluation.calibration import temperature_scaling
from tlcore.evaluation.comparison.text import difference_in_words
from tlcore.evaluation.metrics.classification import class_table, confusion_matrix, top_losses
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.run_results import answers, run_predictions, test_views
from tlcore.evaluation.slices.metrics_by_slice import compare_with_rest
from tlcore.evaluation.slices.slices import slices_of
from tlcore.evaluation.slices.text import slice_verdict
from tlcore.modules import find_module
from tlcore.reports.dataset_card import drawn_dataset
from tlcore.reports.drawing import as_document
from tlcore.reports.drawing.charts import draw_matrix
from tlcore.reports.limitations import limits, thin_classes
from tlcore.reports.module_card import drawn_module
from tlcore.reports.plan_card import drawn_plan
from tlcore.reports.run_card import MATRIX, beside_baselines, drawn_maps, picture_with_answer, training_in_words
from tlcore.reports.run_diff import changes
from tlcore.runs import Run

_SHOWN = ("test", "val")  # the first that a run has is what the report is about
_EXAMPLES = 8
_SLICES = 12
_CLASSES = 60  # that the table has a row for
_NAMED = 12  # that the first sentence names


def write_report(run: Run, folder: Path, progress: Progress, baseline: Run | None = None) -> None:
    """Writes `report.html`.

    Args:
        run: a finished one.
        folder: where to.
        progress: hears of it.
        baseline: a run before it, since which the report says what changed.

    Raises:
        UserError: the two runs can't be held against each other.
    """
    (folder / "report.html").write_text(report(run, baseline), encoding="utf-8")


def report(run: Run, baseline: Run | None = None) -> str:
    """The report as text. It shows results on test: whoever gives it to somebody counts the look.

    Args:
        run: as in `write_report`.
        baseline: as in `write_report`.
    """
    predictions = answers(run)
    split = next((split for split in _SHOWN if run.metrics.get(split)), None)
    dataset, note = _dataset_of(run)
    module = find_module(run.record["module"]["id"])
    changed = changes(baseline, run, dataset) if baseline else None
    looks = test_views(run) + (split == "test")  # this look is counted once the report is there
    examples = pd.DataFrame({"split": predictions.splits, "label": predictions.labels})

    return as_document(
        "report.html",
        name=run.name,
        facts=_facts(run),
        purpose=_purpose(run),
        numbers=[(title, each, entry) for each in _SHOWN for title, entry in beside_baselines(run, each).items()],
        changed=changed,
        split=split,
        found=_found(run, predictions.only(split), dataset) if split else None,
        sliced=_sliced(predictions, split, dataset) if split and dataset else None,
        calibrated=_calibrated(run, split) if split else None,
        maps=drawn_maps(run, predictions),
        dataset=drawn_dataset(dataset, examples, run.class_names),
        dataset_name=run.record["dataset"]["name"],
        dataset_note=note,
        module=drawn_module(module) | {"groups": []} if module else None,
        module_name=run.record["module"]["name"],
        plan=drawn_plan(run.plan),
        limits=limits(run, split, looks, module),
        versions=_versions(run),
    )


def _dataset_of(run: Run) -> tuple[Dataset | None, str]:
    """The dataset as the run had it; else a word on why there is none."""
    try:
        return run.dataset(), ""
    except UserError as error:
        missing = "The counts below are those of the run; previews and facts are unavailable"
        return None, f"{error.title}: {error.detail}. {missing}."


def _facts(run: Run) -> list[tuple[str, str]]:
    return [
        ("Trained", training_in_words(run)),
        ("Module", run.record["module"]["name"]),
        ("Dataset", run.record["dataset"]["name"]),
        ("Run", f"{run.id}, {run.record['created'][:10]}"),
        ("Report written", workspace.now()[:10]),
    ]


def _purpose(run: Run) -> str:
    names = run.class_names
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(shorten(name, 24) for name in names[:_NAMED])
    return f"It classifies {run.modality.noun.many} into {count(len(names), 'class', 'classes')}: {listed}{more}."


def _found(run: Run, predictions: Top1Predictions, dataset: Dataset | None) -> dict:
    """Matrix, classes and examples of the split that the report is about."""
    rows = {id: row for row, id in enumerate(predictions.ids.tolist())}
    hardest = [rows[id] for id in top_losses(predictions, _EXAMPLES)]
    right = np.flatnonzero(predictions.predicted == predictions.labels)
    right = right[np.argsort(-predictions.confidence[right], kind="stable")]
    surest = right[np.sort(np.unique(predictions.labels[right], return_index=True)[1])][:_EXAMPLES]
    classes = class_table(predictions).sort_values("f1", kind="stable").to_dict("records")
    return {
        "matrix": draw_matrix(confusion_matrix(predictions), predictions.class_names),
        "caption": MATRIX,
        "classes": classes[:_CLASSES],
        "more_classes": max(0, len(classes) - _CLASSES),
        "thin": thin_classes(predictions),
        "hardest": [picture_with_answer(dataset, predictions, row) for row in hardest],
        "surest": [picture_with_answer(dataset, predictions, row) for row in surest.tolist()],
    }


def _sliced(predictions: Top1Predictions, split: str, dataset: Dataset) -> dict | None:
    """The slices of the split that are worst beside the rest, of all columns; None where there are none."""
    rows = predictions.splits == split
    found = compare_with_rest(predictions.take(rows), slices_of(read_columns(dataset, predictions.ids), rows))
    titles = {column.name: column.title for column in columns_of(dataset)}
    shown = found[:_SLICES]
    return found and {
        "slices": [
            {
                "name": f"{shorten(titles[each.slice.column], 30)}: {shorten(each.slice.name, 40)}",
                "n": each.n,
                "accuracy": each.values["accuracy"].value,
                "low": each.values["accuracy"].low,
                "high": each.values["accuracy"].high,
                "difference": difference_in_words("accuracy", each.compared["accuracy"].difference),
                "words": slice_verdict(each),
            }
            for each in shown
        ],
        "more": len(found) - len(shown),
        "words": f"Each slice is compared with the rest of {split} by Fisher's exact test, with Holm's correction for "
        f"{count(len(found), 'slice')} across all columns.",
    }


def _calibrated(run: Run, split: str) -> dict:
    """How far its confidence can be believed, and what a temperature would mend."""
    predictions = run_predictions(run, split)
    bins = temperature_scaling.reliability(predictions)
    words = [
        f"Confidence and accuracy differ by {share(temperature_scaling.calibration_error(predictions))} on average "
        f"(expected calibration error). With this many examples, a perfectly calibrated model would stay below "
        f"{share(temperature_scaling.error_by_chance(predictions))} in 95 of 100 cases."
    ]
    try:
        temperature = temperature_scaling.fit_temperature(run_predictions(run, "val"))
        after = temperature_scaling.calibration_error(temperature_scaling.at_temperature(predictions, temperature))
        words.append(f"At a temperature of {temperature:.2f}, fitted on val, they would differ by {share(after)}.")
    except UserError as error:
        words.append(f"{error.title}: {error.detail}.")
    return {"bins": bins[bins["n"] > 0].to_dict("records"), "words": words}


def _versions(run: Run) -> list[tuple[str, str]]:
    seconds = run.result["seconds"]
    parameters = run.result["trainable_parameters"]
    return [
        ("Seed", str(run.plan.seed)),
        *((package, version) for package, version in run.record["versions"].items()),
        ("Trained parameters", f"{parameters:,}" if parameters is not None else ""),
        ("Time", duration(sum(each for each in seconds.values() if each)) if seconds else ""),
        ("Dataset fingerprint", run.record["dataset"]["fingerprint"]),
        ("Module fingerprint", run.record["module"]["fingerprint"]),
    ]
