"""A run's examples with what was said of them, and what the dataset says of them by now."""

import pandas as pd
import streamlit as st

from pages.shared.run.finished import predictions_of
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.evaluation.run_results import predictions_version
from tlcore.runs import Run


def examples_of(run: Run, early: bool, dataset: Dataset | None) -> pd.DataFrame:
    """What was true and said of each example, a row each as `predictions_of`; shared by all who look.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is asked for.
        dataset: the run's; None where it was deleted.

    Returns:
        `id`, `split`, `label` and `predicted` (int), `confidence`, `loss`, `name`, and `now`: the name of the class
        that the dataset has it in by now ("" where it was left out, or the dataset is gone). Not to be changed.
    """
    return _examples(predictions_of(run, early), dataset, versions_of(run, early, dataset))


def versions_of(run: Run, early: bool, dataset: Dataset | None) -> tuple:
    """What tells `examples_of` of one time from those of another."""
    return *predictions_version(run, early=early), dataset.fingerprint if dataset else ""


@st.cache_resource(max_entries=4, show_spinner=False)
def _examples(_predictions: Top1Predictions, _dataset: Dataset | None, versions: tuple) -> pd.DataFrame:
    predictions = _predictions
    table = pd.DataFrame(
        {
            "id": predictions.ids,
            "split": predictions.splits,
            "label": predictions.labels,
            "predicted": predictions.predicted,
            "confidence": predictions.confidence,
            "loss": predictions.losses,
        }
    )
    if _dataset is None:
        return table.assign(name=table["id"], now="")
    names = _dataset.columns("id", "source_name", left_out=True).rename(columns={"source_name": "name"})
    there = _dataset.columns("id", "label")
    now = pd.DataFrame({"id": there["id"], "now": pd.Series(_dataset.class_names)[there["label"]].to_numpy()})
    table = table.merge(names, "left", "id").merge(now, "left", "id")
    return table.fillna({"name": table["id"], "now": ""})
