"""The example at a glance: the matrix and map of a finished run, before anything is trained."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.map_chart import map_figure
from pages.shared.charts.matrix_chart import confusion_figure
from pages.shared.run.finished import predictions_of
from pages.shared.shell.pages import go_to
from pages.shared.shell.tour import offer_tour
from pages.shared.wording.formatting import share
from pages.shared.wording.meanings import MEANING
from tlcore.evaluation.maps.embedding_maps import read_map
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.pipeline.example import find_example
from tlcore.runs import Run, list_runs

_HEIGHT = 340
_STILL = {"staticPlot": True}


def untouched_example() -> Run | None:
    """The example's run while there is no other."""
    example = find_example()
    return example if example and example.has_result and len(list_runs()) == 1 else None


def show_example(run: Run) -> None:
    """The example's matrix and map at a glance, and the ways into it."""
    predictions = predictions_of(run)
    val, names = predictions.only("val"), predictions.class_names
    right = float((val.predicted == val.labels).mean())
    with st.container(border=True):
        st.subheader("A finished run to look at")
        st.write(
            f"A linear probe trained on the sample's six kinds of emoji; its validation accuracy is {share(right)}. "
            "You can look at what it confuses, and why, without training anything."
        )
        with st.container(horizontal=True):
            offer_tour(primary=True)
            if st.button("Open its results", icon=":material/grid_on:"):
                go_to("results", dataset=run.record["dataset"]["id"], run=run.id)
        with st.grid(min_column_width=300, gap="medium"):
            with st.container():
                st.markdown("**Confusion matrix, val**", help=MEANING["confusion matrix"])
                matrix = confusion_figure(
                    confusion_matrix(val), names, np.arange(len(names)), dark=st.context.theme.type == "dark"
                )
                show_chart(
                    matrix.update_layout(height=_HEIGHT), key="example-matrix", config=_STILL,
                    alt="Confusion matrix of the example",
                )  # fmt: skip
            with st.container():
                st.markdown("**Embedding map, train and val**", help=MEANING["embedding map"])
                columns = {
                    "label": predictions.labels,
                    "predicted": predictions.predicted,
                    "confidence": predictions.confidence,
                }
                points = pd.DataFrame(
                    {"id": predictions.ids, "name": predictions.ids, "split": predictions.splits, **columns}
                )
                points = points[predictions.splits != "test"].merge(read_map(run, "module", "pca"), on="id")
                show_chart(
                    map_figure(points, "label", names, height=_HEIGHT), key="example-map", config=_STILL,
                    alt="Embedding map of the example, a point an example",
                )  # fmt: skip
