"""What a run's model says of new pictures, as JSON has it."""

import pandas as pd

from tlcore.evaluation.predictions import class_columns


def prediction_documents(table: pd.DataFrame, class_names: tuple[str, ...]) -> list[dict]:
    """What `predict_files` gives, as JSON, a document a file.

    Each has path, `problem` (why it could not be read, else ""), label, `probabilities` by class, and the ids of its
    `neighbours`; label is None and probabilities are empty where there is a problem.
    """
    columns = class_columns(class_names)
    return [
        {
            "path": row["path"],
            "problem": row["problem"],
            "label": None if row["problem"] else row["label"],
            "probabilities": {}
            if row["problem"]
            else {name: row[column] for name, column in zip(class_names, columns, strict=True)},
            "neighbours": row["neighbours"],
        }
        for row in table.to_dict("records")
    ]
