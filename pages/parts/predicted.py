"""What a run's model says of new pictures: each with its classes and the nearest train examples, or all as a table."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts.chart import show_chart
from pages.parts.charts import bars
from pages.parts.finished import predictions_of
from pages.parts.gallery import show_file, show_picture
from pages.parts.meanings import MEANING
from pages.parts.numbers import accuracy_card, card
from pages.parts.tables import download_csv
from pages.parts.why import why_file_button
from pages.parts.words import count, plain, share, shorten
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.metrics import summary
from tlcore.evaluation.predictions import Predictions
from tlcore.runs import Run

_PAGE = 6
_NEIGHBOURS = 5
_FEW = 48  # pictures that are shown one by one at first


def table_of(documents: list[dict], names: list[str], labels: list[str] | None) -> pd.DataFrame:
    """A row a picture: file, its label where it is known, what was predicted, and a column a class.

    Args:
        documents: `path`, `label`, `probabilities` (by class) and `neighbours`, as the job gives them.
        names: what people call each file.
        labels: the true classes, where they are known.
    """
    predicted = [document["label"] for document in documents]
    confidence = [document["probabilities"][document["label"]] for document in documents]
    known = {"Label": labels} if labels else {}
    table = pd.DataFrame({"File": names, **known, "Predicted": predicted, "Confidence": confidence})
    classes = pd.DataFrame([document["probabilities"] for document in documents])
    return pd.concat([table, classes.add_prefix("probability of ")], axis=1)


def show_table(table: pd.DataFrame, key: str) -> None:
    percent = st.column_config.NumberColumn(format="percent")
    shown = [column for column in ("File", "Label", "Predicted", "Confidence") if column in table]
    st.dataframe(
        table[shown], hide_index=True, height=min(38 + 35 * len(table), 480), column_config={"Confidence": percent}
    )
    download_csv(lambda: table, "predictions.csv", key=f"csv-{key}")


def show_score(run: Run, documents: list[dict], labels: list[str]) -> None:
    """How often the model is right where the true classes are known, beside what it was on val."""
    names = list(run.class_names)
    predictions = Predictions(
        np.array([document["path"] for document in documents]),
        np.full(len(documents), "new"),
        np.array([names.index(label) for label in labels]),
        np.array([[document["probabilities"][name] for name in names] for document in documents], np.float32),
        run.class_names,
    )
    metrics, val = summary(predictions), run.metrics.get("val")
    with st.grid(min_column_width=150, gap="small"):
        accuracy_card(metrics, meaning=MEANING["new accuracy"])
        card("Macro F1", share(metrics["macro_f1"]), meaning=MEANING["macro f1"])
        card("Pictures", f"{metrics['n']:,}", meaning=MEANING["predicted pictures"])
        if val:
            accuracy_card(val, "Accuracy on val", MEANING["run accuracy"])


def show_predictions(
    run: Run, dataset: Dataset | None, documents: list[dict], names: list[str], labels: list[str] | None, key: str
) -> None:
    """Pictures one by one, or all as a table.

    Args:
        run: whose model said it.
        dataset: the run's, for the nearest examples' pictures; None where it was deleted.
        documents: as `table_of` takes them.
        names: as `table_of` takes them.
        labels: as `table_of` takes them.
        key: names the widgets.
    """
    if labels:
        show_score(run, documents, labels)
    few = len(documents) <= _FEW
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{count(len(documents), 'picture')}**")
        view = st.segmented_control(
            "Show", ["One by one", "Table"], default="One by one" if few else "Table", required=True, key=f"view-{key}",
            label_visibility="collapsed",
        )  # fmt: skip
    if view == "Table":
        show_table(table_of(documents, names, labels), key)
        return
    pages = -(-len(documents) // _PAGE)
    shown = st.pagination(pages, key=f"cards-{key}") if pages > 1 else 1
    for row in range((shown - 1) * _PAGE, min(shown * _PAGE, len(documents))):
        with st.container(border=True):
            _show_card(run, dataset, documents[row], names[row], labels[row] if labels else None, f"{key}-{row}")


def _show_card(run: Run, dataset: Dataset | None, document: dict, name: str, label: str | None, key: str) -> None:
    probabilities = document["probabilities"]
    said = document["label"]
    with st.grid(min_column_width=210, gap="medium"):
        front, middle, back = (st.container(gap="small") for _ in range(3))
    with front:
        picture = st.container(gap=None)
        st.caption(plain(shorten(name, 40)))
        st.markdown(f"**{plain(shorten(said, 40))}** {share(probabilities[said])}")
        if label is not None:
            mark = ":material/check: right" if label == said else f":material/close: true: {plain(shorten(label))}"
            st.caption(mark)
        why_file_button(run, Path(document["path"]), said, label, key=key)
    with picture:  # the answer is on the page before it
        show_file(Path(document["path"]), name, width=180, values=run.values)
    with back:
        st.caption("Nearest train examples", help=MEANING["nearest"])
        _show_nearest(run, dataset, document["neighbours"][:_NEIGHBOURS])
    with middle:
        st.caption("Probabilities", help=MEANING["probabilities"])
        show_chart(bars(probabilities, run.class_names), key=f"bars-{key}", alt="Classes by probability")


def _show_nearest(run: Run, dataset: Dataset | None, ids: list[str]) -> None:
    if dataset is None:
        st.caption("They went with the dataset.")
        return
    said = predictions_of(run)
    labels = {id: said.labels[np.flatnonzero(said.ids == id)[0]] for id in ids}
    with st.container(horizontal=True, gap="small"):
        for id in ids:
            with st.container(width=72, gap=None):
                show_picture(dataset, id, plain(shorten(run.class_names[labels[id]], 12)), width=72)
