"""The confusion matrix of val after each epoch of fine-tuning, from the linear probe on."""

import numpy as np
import streamlit as st

from pages.shared.charts.matrix_chart import confusion_figure
from pages.shared.media.moved import show_moved
from pages.shared.run.cell import Cell, read_cell, show_clickable
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import accuracy_card, card
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.comparison.significance import gained_and_lost
from tlcore.evaluation.epochs import kept_epochs, predictions_after
from tlcore.evaluation.metrics.classification import confusion_matrix, summary
from tlcore.evaluation.predictions import Top1Predictions
from tlcore.runs import Run

_PAGE = 12  # pictures


def show_matrix_by_epoch(run: Run, dataset: Dataset | None) -> None:
    """The matrix with a slider over the epochs, and the pictures of the cell that is chosen."""
    epochs = kept_epochs(run)
    if not epochs:
        st.info(
            "**There is no matrix by epoch.** It needs val examples and at least one complete epoch of fine-tuning "
            "with this version of the workbench. Train again to get it.",
            icon=":material/hourglass_empty:",
        )
        return
    best = _best_epoch(run)
    epoch = st.select_slider(
        "Epoch", epochs, value=best if best in epochs else epochs[-1], format_func=lambda each: _title(each, best),
        key="epoch", bind="query-params",
        help="The model's predictions on val after each epoch. The first entry is the model that fine-tuning starts "
        "from: the linear probe fitted on train only. The epoch with the lowest val loss after temperature scaling "
        "is kept.",
    )  # fmt: skip
    probe, predictions = (predictions_after(run, each).answers for each in (0, epoch))
    _show_numbers(probe, predictions)
    names = run.class_names
    cell = read_cell(len(names))
    figure = confusion_figure(
        confusion_matrix(predictions), names, np.arange(len(names)), cell=cell, dark=st.context.theme.type == "dark"
    )
    beside = show_clickable(
        figure, names, cell, alt=f"Confusion matrix of val, epoch {epoch}", meaning=MEANING["confusion matrix"]
    )
    with beside:
        if cell != (None, None):
            with st.container(height=460, border=True):
                show_moved(
                    dataset, {"Probe": (run, probe), _title(epoch, best): (run, predictions)},
                    _rows_of(predictions, cell), key=f"epoch-{epoch}-{cell}",
                    empty="No example is in this cell.", page=_PAGE,
                )  # fmt: skip


def _show_numbers(probe: Top1Predictions, predictions: Top1Predictions) -> None:
    numbers = summary(predictions)
    gained, lost = gained_and_lost(probe, predictions)
    with st.grid(min_column_width=150, gap="small"):
        accuracy_card(numbers, "Accuracy on val")
        card("Loss", f"{numbers['loss']:.3f}", meaning=MEANING["loss"])
        card("Gained", f"{len(gained):,}", meaning=MEANING["gained"])
        card("Lost", f"{len(lost):,}", meaning=MEANING["lost"])


def _rows_of(predictions: Top1Predictions, cell: Cell) -> np.ndarray:
    asked = zip((predictions.labels, predictions.predicted), cell, strict=True)
    rows = np.flatnonzero(np.all([of == label for of, label in asked if label is not None], axis=0))
    return rows[np.argsort(-predictions.confidence[rows], kind="stable")]


def _best_epoch(run: Run) -> int:
    """The epoch of fine-tuning that is kept; 0 where none was better than what it started from, or complete."""
    epochs = (each for each in run.events if each["event"] == "epoch" and each["stage"] == "fine-tune")
    return max((each["epoch"] for each in epochs if each["best"]), default=0)


def _title(epoch: int, best: int) -> str:
    if not epoch:
        return "Linear probe, kept" if best == 0 else "Linear probe"
    return f"Epoch {epoch}, kept" if epoch == best else f"Epoch {epoch}"
