"""What changed from one run to another: what was done differently, what was mended, and what came of it."""

from tlcore.base.errors import UserError
from tlcore.base.formatting import count, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.versions.edit_log import read_log
from tlcore.evaluation.comparison.plan_differences import plan_differences
from tlcore.evaluation.comparison.runs import Comparison, check_comparable, compare_runs, shared_splits
from tlcore.evaluation.comparison.significance import differences, gained_and_lost, mcnemar
from tlcore.evaluation.comparison.text import difference_in_words, measure_in_words, p_in_words, verdict
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.run_results import count_test_view
from tlcore.plans.descriptions import value_in_words
from tlcore.reports.dataset_card import edits_in_words, picture_of
from tlcore.reports.run_card import picture_with_answer
from tlcore.runs import Run

_PICTURES = 8
_BEFORE, _AFTER = "the baseline", "this run"


def changes(baseline: Run, run: Run, dataset: Dataset | None) -> dict:
    """What the template `changes.html` draws, of the splits that both runs have.

    To compare on test is a look at it, which is counted for the baseline here.

    Args:
        baseline: the run before.
        run: the run after.
        dataset: where their pictures lie; None where it is gone.

    Raises:
        UserError: the two are the same run, or of different datasets, or the baseline has no result.
    """
    if baseline.id == run.id or not baseline.has_result or _dataset_id(baseline) != _dataset_id(run):
        check_comparable([baseline, run])  # and says so
    drawn, problems = [], []
    for split in reversed(shared_splits([baseline, run])):
        try:
            drawn.append(_of_split(compare_runs([baseline, run], split), dataset))
        except UserError as error:  # classes were renamed, or examples went to other splits
            problems.append(f"{error.title}: {error.detail}.")
        else:
            if split == "test":
                count_test_view(baseline)
    if not drawn and not problems:
        problems.append("The two runs share neither val nor test examples, so their metrics can't be compared.")
    return {
        "baseline": shorten(baseline.name, 80),
        "splits": drawn,
        "problems": list(dict.fromkeys(problems)),
        "mended": _mended(baseline, run),
        "plans": [
            (row.setting, *(value_in_words(value) for value in row.values), row.meaning)
            for row in plan_differences([baseline, run])
        ],
    }


def _of_split(comparison: Comparison, dataset: Dataset | None) -> dict:
    before, after = comparison.answers
    test = mcnemar(before, after)
    numbers, (changed,) = [summary(predictions) for predictions in comparison.answers], differences(comparison.answers)
    gained, lost = gained_and_lost(before, after)
    return {
        "split": comparison.split,
        "verdict": f"{verdict(_BEFORE, _AFTER, test)} ({p_in_words(test.p)})",
        "notes": _notes(comparison),
        "measures": [
            (
                title,
                *(measure_in_words(measure, each) for each in numbers),
                difference_in_words(measure, changed[measure]),
            )
            for measure, (title, *_) in MEASURES.items()
        ],
        "moved": [
            (title, len(rows), [picture_with_answer(dataset, after, row) for row in rows[:_PICTURES].tolist()])
            for title, rows in (("Gained", gained), ("Lost", lost))
        ],
    }


def _notes(comparison: Comparison) -> str:
    notes = f"Both runs are evaluated on the same {count(len(comparison), 'example')} of {comparison.split}"
    if len(comparison) < comparison.of:
        notes += f", out of {comparison.of:,} that are in {comparison.split} of either run"
    if comparison.relabelled:
        newest = _AFTER if comparison.labels_of == comparison.runs[1] else _BEFORE
        notes += (
            f". The runs have different labels for {count(len(comparison.relabelled), 'example')}: both are evaluated "
            f"with the labels of {newest}, the newer one"
        )
    return f"{notes}."


def _mended(baseline: Run, run: Run) -> dict:
    """The edits between the two runs' versions of the dataset, and pictures of what they are about."""
    older, newer = sorted((baseline, run), key=lambda each: each.dataset_version)
    try:
        dataset = newer.dataset()
    except UserError as error:
        return {"only": _AFTER, "edits": [f"{error.title}: {error.detail}"], "pictures": []}
    log = read_log(dataset)[older.dataset_version + 1 :]
    about = [
        (id, f"now {shorten(edit.to, 24)}" if edit.kind == "label" else "left out")
        for edit in log
        if edit.kind in ("label", "leave out") and not edit.undone
        for id in edit.ids
    ]
    pictures = [picture_of(dataset, id, words) for id, words in about[:_PICTURES]]
    return {"only": _AFTER if newer == run else _BEFORE, "edits": edits_in_words(log), "pictures": pictures}


def _dataset_id(run: Run) -> str:
    return run.record["dataset"]["id"]
