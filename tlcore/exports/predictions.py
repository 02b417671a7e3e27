"""Predictions as a table that a spreadsheet can open."""

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.metadata import columns_of, read_columns, texts_of
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import Run

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def predictions_table(run: Run) -> pd.DataFrame:
    """A row an example, with what was true and what the run's model said.

    Columns: `id`, `file` (the name that it came under; empty where the dataset is gone), `split`, `label`,
    `predicted`, `confidence`, `out_of_fold` (whether a fit that had not seen the example gave it, as the model itself
    was fitted on it), `probability of <class>` for each class, and the metadata columns of the dataset (one that has
    the name of another column is followed by “(metadata)”).
    """
    predictions = run_predictions(run)
    names = np.array(predictions.class_names, object)
    files, metadata = {}, {}
    with contextlib.suppress(UserError):
        dataset = run.dataset_now()
        examples = dataset.columns("id", "source_name", left_out=True)
        files = dict(zip(examples["id"], examples["source_name"], strict=True))
        values = read_columns(dataset, predictions.ids)
        metadata = {
            column.name: values[column.name] if column.kind == "number" else texts_of(values[column.name])
            for column in columns_of(dataset)
            if column.is_metadata
        }
    front = pd.DataFrame(
        {
            "id": predictions.ids,
            "file": [files.get(id, "") for id in predictions.ids],
            "split": predictions.splits,
            "label": names[predictions.labels],
            "predicted": names[predictions.predicted],
            "confidence": predictions.confidence,
            "out_of_fold": np.isin(predictions.splits, run.out_of_fold),
        }
    )
    columns = [f"probability of {name}" for name in predictions.class_names]
    table = pd.concat([front, pd.DataFrame(predictions.probabilities, columns=columns)], axis=1)
    metadata = {f"{name} (metadata)" if name in table else name: values for name, values in metadata.items()}
    return pd.concat([table, pd.DataFrame(metadata)], axis=1) if metadata else table


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
