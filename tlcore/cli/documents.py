"""What each command answers as plain data: the documents that `--json` prints, and `render` puts in words.

Keys are only ever added. Modules and runs have theirs from `tlcore.modules` and `tlcore.runs`, readings from their
proposal, exports from theirs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a command needs is imported when it runs
    import pandas as pd

    from tlcore.datasets import Dataset
    from tlcore.plans import Plan
    from tlcore.runs import Run

_SPLITS = ("train", "val", "test")


def dataset_row(dataset: "Dataset") -> dict:
    """A dataset among others."""
    return {
        "dataset": dataset.id,
        "name": dataset.name,
        "modality": dataset.modality,
        "class_names": list(dataset.class_names),
        "splits": dataset.splits,
    }


def damaged_dataset(id: str) -> dict:
    """One that can't be read."""
    nothing = {"modality": None, "class_names": [], "splits": dict.fromkeys(_SPLITS)}
    return {"dataset": id, "name": id, **nothing, "state": "damaged"}


def imported_dataset(dataset: "Dataset") -> dict:
    """A dataset with all that was found when its files were read."""
    return {
        **dataset_row(dataset),
        "unlabelled": len(dataset.unlabelled),
        "metadata": list(dataset.metadata),
        "group_column": dataset.group_column,
        "problems": [
            {"kind": problem.kind, "files": list(problem.files), "action": problem.action, "kept": list(problem.kept)}
            for problem in dataset.problems
        ],
    }


def suggested_plan(plan: "Plan") -> dict:
    """A plan with the reason for each setting."""
    return {"plan": plan.model_dump(mode="json"), "reasons": plan.reasons}


def slices(run: "Run", column: str, test: bool) -> dict:
    """Every measure of a run by slice of a column, worst first.

    Args:
        run: with a result, or an early one.
        column: of its dataset.
        test: whether the slices of test are told too.

    Returns:
        `column`, and for `val` (and `test`) a document a slice, as `slice_documents` gives them; None for a split
        without examples.
    """
    from tlcore.evaluation.slices.of_run import slices_by
    from tlcore.evaluation.slices.tables import slice_documents

    splits = _SPLITS[1:] if test else _SPLITS[1:2]
    found = slices_by(run, column, splits)
    return {"column": column} | {split: slice_documents(found[split]) if split in found else None for split in splits}


def predictions(table: "pd.DataFrame", class_names: tuple[str, ...]) -> list[dict]:
    """What a run's model says of new files, a document a file.

    Args:
        table: as `evaluation.new_files.predict_files` gives it.
        class_names: the run's.

    Returns:
        `path`, `problem` (why it could not be read, else ""), `label`, and `probabilities` by class; where there is a
        problem label is None and probabilities are empty.
    """
    from tlcore.evaluation.predictions import class_columns

    columns = class_columns(class_names)
    return [
        {
            "path": row["path"],
            "label": None if row["problem"] else row["label"],
            "probabilities": {}
            if row["problem"]
            else {name: row[column] for name, column in zip(class_names, columns, strict=True)},
            "problem": row["problem"],
        }
        for row in table.to_dict("records")
    ]
