"""Predictions as a table that a spreadsheet can open."""

from pathlib import Path

import numpy as np
import pandas as pd

from tlcore.errors import UserError
from tlcore.evaluation.of_run import predictions
from tlcore.progress import Progress
from tlcore.runs import Run

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def predictions_table(run: Run) -> pd.DataFrame:
    """A row an example, with what was true and what the run's model said.

    Columns: `id`, `file` (the name that it came under; empty where the dataset is gone), `split`, `label`,
    `predicted`, `confidence`, and `probability of <class>` for each class.
    """
    from tlcore.datasets import open_dataset

    said = predictions(run)
    names = np.array(said.class_names, object)
    try:
        examples = open_dataset(run.record["dataset"]["id"]).columns("id", "source_name", left_out=True)
        files = dict(zip(examples["id"], examples["source_name"], strict=True))
    except UserError:
        files = {}
    front = pd.DataFrame(
        {
            "id": said.ids,
            "file": [files.get(id, "") for id in said.ids],
            "split": said.splits,
            "label": names[said.labels],
            "predicted": names[said.predicted],
            "confidence": said.confidence,
        }
    )
    columns = [f"probability of {name}" for name in said.class_names]
    return pd.concat([front, pd.DataFrame(said.probabilities, columns=columns)], axis=1)


def write_predictions(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `predictions.csv`: `predictions_table` in UTF-8 with the mark that spreadsheets know it by."""
    guarded(predictions_table(run)).to_csv(folder / "predictions.csv", index=False, encoding="utf-8-sig")


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, with a `'` before each text and column name that a spreadsheet would run as a formula.

    OWASP, CSV Injection.
    """
    safe = table.copy()
    for position, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            safe.isetitem(position, [_guard(value) for value in table.iloc[:, position]])
    safe.columns = [_guard(name) for name in table.columns]
    return safe


def _guard(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
