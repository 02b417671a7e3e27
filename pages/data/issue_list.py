"""A run's suspects as a page shows them: beside their labels, with what was done about each since."""

import numpy as np
import pandas as pd

from tlcore.datasets.dataset import Dataset
from tlcore.datasets.editing.edits import tags_of
from tlcore.evaluation.data_issues.kinds import KINDS
from tlcore.evaluation.predictions import Top1Predictions

TAGS = {
    "label": "label looks right",
    "conflict": "labels look right",
    "leak": "not the same",
    "outlier": "belongs here",
}  # what a suspect of a kind gets when someone has looked and found nothing wrong


def with_states(suspects: pd.DataFrame, predictions: Top1Predictions, dataset: Dataset) -> pd.DataFrame:
    """Suspects with what is known of them.

    Args:
        suspects: as `evaluation.data_issues.find` keeps them.
        predictions: of all of the run's examples.
        dataset: the run's, as it is now.

    Returns:
        The same rows, and columns `split`, `other_split`, `label` and `other_label` (names, as the run had them; empty
        where there is no other), `is_here`: whether it is still in the dataset, and `state`: "" for what nobody has
        dealt with, else what was done, in words.
    """
    names = np.array(predictions.class_names, object)
    known = pd.DataFrame({"split": predictions.splits, "label": names[predictions.labels]}, index=predictions.ids)
    examples = dataset.columns("id", "label")
    now = pd.Series(np.array(dataset.class_names, object)[examples["label"]], index=examples["id"])
    table = suspects.copy()
    for prefix, ids in (("", table["id"]), ("other_", table["other"])):
        table[f"{prefix}split"] = known["split"].reindex(ids).fillna("").to_numpy()
        table[f"{prefix}label"] = known["label"].reindex(ids).fillna("").to_numpy()
    table["is_here"] = table["id"].isin(now.index)
    tags = tags_of(dataset)
    dismissed = pd.MultiIndex.from_frame(tags[["id", "tag"]])
    table["state"] = np.where(
        pd.MultiIndex.from_arrays([table["id"], table["kind"].map(TAGS)]).isin(dismissed), "looks right", ""
    )
    for ids, labels, words in (("id", "label", ""), ("other", "other_label", "the other one ")):
        there = table[ids] != ""
        is_now = now.reindex(table[ids]).to_numpy(object)
        gone = there & pd.isna(is_now)
        # a class that is no longer there was renamed or merged, which corrects no single example
        moved = there & ~gone & (is_now != table[labels]) & table[labels].isin(dataset.class_names)
        moved &= table["kind"] != "leak"  # whatever they are labelled, they are still in two splits
        table.loc[moved, "state"] = words + "is now " + pd.Series(is_now, index=table.index)[moved].astype(str)
        table.loc[gone, "state"] = words + "was left out"
    return table


def table_of(dataset: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """What is taken away of some suspects: files' names instead of ids."""
    examples = dataset.columns("id", "source_name", left_out=True)
    names = pd.Series(examples["source_name"].to_numpy(), index=examples["id"])
    return pd.DataFrame(
        {
            "File": names.reindex(rows["id"]).fillna("").to_numpy(),
            "Kind": rows["kind"].map(KINDS).to_numpy(),
            "Split": rows["split"].to_numpy(),
            "Label": rows["label"].to_numpy(),
            "Suggested": rows["suggested"].to_numpy(),
            "Score": rows["score"].round(4).to_numpy(),
            "Why": rows["why"].to_numpy(),
            "Other file": names.reindex(rows["other"]).fillna("").to_numpy(),
            "Other split": rows["other_split"].to_numpy(),
            "Other label": rows["other_label"].to_numpy(),
            "Done": rows["state"].to_numpy(),
        }
    )
