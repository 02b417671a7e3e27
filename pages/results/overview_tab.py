"""How good a run is, what it confuses, and the pictures behind every number."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.results.limitations import tell_of_limits
from pages.shared.charts.chart import show_chart
from pages.shared.charts.curves import curves, strengths
from pages.shared.charts.matrix_chart import CELLS, confusion_figure
from pages.shared.media.answers import show_answers
from pages.shared.run.cell import cell_selection, read_cell, show_clickable
from pages.shared.run.example_selection import explore_button
from pages.shared.run.finished import dataset_of, predictions_of
from pages.shared.run.kept_epoch import tell_what_is_kept
from pages.shared.run.shown_split import choose_split
from pages.shared.shell.tabs import Tab, show_views
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import share
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import accuracy_card, card, with_interval
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.metrics.classification import (
    class_table,
    confusion_matrix,
    order_by_confusion,
    summary,
    top_losses,
)
from tlcore.evaluation.metrics.measures import MEASURES
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.reports.run_card import beside_baselines
from tlcore.runs import Run
from tlcore.training.outcome import choose_strength

_WORST = 240
_SHARES = {name: each.title for name, each in MEASURES.items() if each.is_share and name != "accuracy"}


def show_overview(run: Run, early: bool) -> None:
    """Numbers, baselines and matrix of one split, then classes, the hardest examples and curves.

    Args:
        run: with a result, or an early one.
        early: whether it is the early result that is shown.
    """
    predictions = predictions_of(run, early)
    split = choose_split(run, early)
    dataset = dataset_of(run)
    predictions = predictions.only(split)
    tell_of_limits(predictions, split)
    show_numbers(summary(predictions) if early else run.metrics[split])
    if not early:
        tell_what_is_kept(run)
        st.markdown("**Compared with its baselines**", help=MEANING["baselines"])
        st.table(baselines(run, split).set_index(""), alt="The run and its baselines")
    show_matrix(run, split, dataset, predictions)
    show_views(
        {
            "classes": Tab("Classes", lambda: show_classes(predictions)),
            "highest-loss": Tab("Highest loss", lambda: show_worst(run, dataset, predictions)),
            "curves": Tab("Learning curves", lambda: show_curves(run)),
        }
    )


def show_numbers(metrics: dict) -> None:
    with st.grid(min_column_width=150, gap="small"):
        accuracy_card(metrics)
        for key, title in _SHARES.items():
            card(title, share(metrics[key]), meaning=MEANING[title.lower()])
        card("Examples", f"{metrics['n']:,}", meaning=MEANING["examples"])


def baselines(run: Run, split: str) -> pd.DataFrame:
    """The run beside the linear probe and the class that is most frequent in train, a row each, as words."""
    return pd.DataFrame(
        [
            {
                "": title,
                "Accuracy (95 % interval)": with_interval(entry),
                **{name: share(entry[key]) for key, name in _SHARES.items()},
                "Loss": f"{entry['loss']:.3f}",
            }
            for title, entry in beside_baselines(run, split).items()
        ]
    )


def show_curves(run: Run) -> None:
    events = run.events
    path = list({event["c"]: event for event in events if event["event"] == "strength"}.values())
    epochs = any(event["event"] == "epoch" for event in events)
    if epochs:
        st.markdown("**By epoch**", help=MEANING["epochs"])
        show_chart(curves(events), key="curves", alt="Loss and accuracy of train and val by epoch")
    if len(path) > 1:
        st.markdown("**The linear probe, by strength of its L2 penalty**", help=MEANING["strengths"])
        chosen = choose_strength(path) if all("cv_loss" in tried for tried in path) else None
        alt = "Loss and accuracy of train, cross-validation and val by strength of the linear probe"
        show_chart(strengths(path, chosen), key="strengths", alt=alt)
    elif path:
        st.caption(f"The linear probe was fitted with C = {path[0]['c']:g}, the only L2 strength tried so far.")
    elif not epochs:
        st.caption("No learning curves were recorded for this run.")


def show_matrix(run: Run, split: str, dataset: Dataset | None, predictions: Top1Predictions) -> None:
    st.subheader("Confusion matrix", help=MEANING["confusion matrix"])
    names = predictions.class_names
    matrix = confusion_matrix(predictions)
    with st.container(horizontal=True):
        measure = st.segmented_control(
            "Cells", list(CELLS), format_func=CELLS.get, default="counts", required=True, wrap=True, key="cells",
            bind="query-params",
        )  # fmt: skip
        orders = {"class": "In class order", "confusion": "Confusions side by side"}
        order = st.segmented_control(
            "Order", list(orders), format_func=orders.get, default="class", required=True, wrap=True, key="order",
            bind="query-params",
        )  # fmt: skip
    places = order_by_confusion(matrix) if order == "confusion" else np.arange(len(names))
    cell = read_cell(len(names))
    dark = st.context.theme.type == "dark"
    figure = confusion_figure(matrix, names, places, measure=measure, cell=cell, dark=dark)
    with show_clickable(figure, names, cell, alt="Confusion matrix, rows true"):
        if cell != (None, None):
            explore_button(run, lambda: cell_selection(cell).having("split", split), key="explore-cell")
            show_cell(run, dataset, predictions, cell)


def show_cell(
    run: Run, dataset: Dataset | None, predictions: Top1Predictions, cell: tuple[int | None, int | None]
) -> None:
    true, predicted = cell
    rows = np.ones(len(predictions), bool)
    if true is not None:
        rows &= predictions.labels == true
    if predicted is not None:
        rows &= predictions.predicted == predicted
    places = np.flatnonzero(rows)
    places = places[np.argsort(-predictions.confidence[places], kind="stable")]
    ids = predictions.ids[places].tolist()
    with st.container(height=460, border=True):
        show_answers(
            dataset, predictions, ids, key=f"cell-{true}-{predicted}", page=12, empty="No example is in this cell.",
            run=run,
        )  # fmt: skip


def show_classes(predictions: Top1Predictions) -> None:
    st.markdown("**Each class**", help=MEANING["by class"])
    table = class_table(predictions).rename(
        columns={
            "class": "Class",
            "n": "Examples",
            "precision": "Precision",
            "recall": "Recall",
            "f1": "F1",
            "mistaken_for": "Most often mistaken for",
        }
    )
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table.round(3),
        hide_index=True,
        height=min(38 + 35 * len(table), 460),
        column_config={"Precision": percent, "Recall": percent, "F1": percent},
        alt="Precision, recall and F1 of each class",
    )
    download_csv(lambda: table, "classes.csv", key="classes-csv")


def show_worst(run: Run, dataset: Dataset | None, predictions: Top1Predictions) -> None:
    st.markdown("**The hardest examples first**", help=MEANING["highest loss"])
    show_answers(
        dataset, predictions, top_losses(predictions, _WORST), key="worst", page=16, empty="There are no examples.",
        run=run,
    )  # fmt: skip
