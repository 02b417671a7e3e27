"""What a run's model says of new pictures: each with its classes and the nearest train examples, or all as a table."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.curves import bars
from pages.shared.jobs.progress import have_done
from pages.shared.media.items import drawing_of, show_item
from pages.shared.media.why import why_file_button
from pages.shared.run.finished import predictions_of
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import escape, share, shorten
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.nouns import count_items
from pages.shared.wording.numbers import accuracy_card, card
from tlcore.datasets.dataset import Dataset
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.predictions import Predictions, class_columns
from tlcore.jobs import Job
from tlcore.pipeline.outputs import predicted_previews, predicted_table
from tlcore.runs import Run

_PAGE = 6
_NEIGHBOURS = 5
_FEW = 48  # pictures that are shown one by one at first


def read_predictions(job: Job) -> pd.DataFrame:
    """What a done `predict` job made, as `tlcore.evaluation.new_files` says. Shared: not to be changed."""
    return _read(job, job.id)


@st.cache_resource(max_entries=3, show_spinner=False)
def _read(_job: Job, id: str) -> pd.DataFrame:
    return predicted_table(_job)


def table_of(
    predictions: pd.DataFrame, class_names: Sequence[str], names: Sequence[str], labels: Sequence[str] | None
) -> pd.DataFrame:
    """A row a picture: file, its label where it is known, what was predicted, and a column a class.

    Args:
        predictions: as `read_predictions` gives it, without what was left out.
        class_names: the run's.
        names: what people call each file.
        labels: the true classes, where they are known.
    """
    classes = predictions[class_columns(class_names)].reset_index(drop=True)
    known = {"Label": list(labels)} if labels is not None else {}
    front = {"File": list(names), **known, "Predicted": predictions["label"].to_numpy()}
    table = pd.DataFrame({**front, "Confidence": classes.max(axis=1)})
    return pd.concat([table, classes.set_axis([f"probability of {name}" for name in class_names], axis=1)], axis=1)


def show_table(table: pd.DataFrame, key: str) -> None:
    percent = st.column_config.NumberColumn(format="percent")
    shown = [column for column in ("File", "Label", "Predicted", "Confidence") if column in table]
    st.dataframe(
        table[shown], hide_index=True, height=min(38 + 35 * len(table), 480), column_config={"Confidence": percent}
    )
    download_csv(lambda: table, "predictions.csv", key=f"csv-{key}")


def show_score(run: Run, table: pd.DataFrame, labels: Sequence[str]) -> None:
    """How often the model is right where the true classes are known, beside what it was on val."""
    names = list(run.class_names)
    predictions = Predictions(
        table["path"].to_numpy(str),
        np.full(len(table), "new"),
        np.array([names.index(label) for label in labels]),
        table[class_columns(names)].to_numpy(np.float32),
        run.class_names,
    )
    metrics, val = summary(predictions), run.metrics.get("val")
    with st.grid(min_column_width=150, gap="small"):
        accuracy_card(metrics, meaning=MEANING["new accuracy"])
        card("Macro F1", share(metrics["macro_f1"]), meaning=MEANING["macro f1"])
        card("Examples", f"{metrics['n']:,}", meaning=MEANING["predicted examples"])
        if val:
            accuracy_card(val, "Accuracy on val", MEANING["run accuracy"])


def show_predictions(
    run: Run, dataset: Dataset | None, predictions: pd.DataFrame, names: list[str], labels: list[str] | None, job: Job
) -> None:
    """Pictures one by one, or all as a table.

    Args:
        run: whose model said it.
        dataset: the run's, for the nearest examples' pictures; None where it was deleted.
        predictions: as `read_predictions` gives it.
        names: what people call each file of it.
        labels: the true classes, where they are known.
        job: what predicted them.
    """
    modality = run.module().modality
    rows = np.flatnonzero(predictions["problem"] == "").tolist()
    predictions = predictions.iloc[rows]
    names = [names[row] for row in rows]
    labels = [labels[row] for row in rows] if labels else None
    if labels:
        show_score(run, predictions, labels)
    few = len(rows) <= _FEW
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{count_items(len(rows), modality)}**")
        view = st.segmented_control(
            "Show", ["One by one", "Table"], default="One by one" if few else "Table", required=True,
            wrap=True, key=f"view-{job.id}", label_visibility="collapsed",
        )  # fmt: skip
    if view == "Table":
        show_table(table_of(predictions, run.class_names, names, labels), job.id)
        return
    pages = -(-len(rows) // _PAGE)
    shown = st.pagination(pages, key=f"cards-{job.id}") if pages > 1 else 1
    places = range((shown - 1) * _PAGE, min(shown * _PAGE, len(rows)))
    previews = _previews(job, [rows[place] for place in places])
    for place, preview in zip(places, previews, strict=True):
        with st.container(border=True):
            label = labels[place] if labels else None
            draw = functools.partial(drawing_of(modality).show_preview, preview, names[place]) if preview else None
            _show_card(run, dataset, predictions.iloc[place], names[place], label, draw, f"{job.id}-{place}")


def _previews(job: Job, rows: list[int]) -> list[bytes | None]:
    """The small copies, which a worker makes: of the first at once, of others when they are shown."""
    previews = predicted_previews(job, rows)
    if None in previews:
        have_done("thumbnails", {"job": job.id, "rows": rows}, "Reading the files")
        previews = predicted_previews(job, rows)
    return previews


def _show_card(
    run: Run,
    dataset: Dataset | None,
    predictions: pd.Series,
    name: str,
    label: str | None,
    draw: Callable[[], None] | None,
    key: str,
) -> None:
    columns = class_columns(run.class_names)
    probabilities = {each: float(predictions[column]) for each, column in zip(run.class_names, columns, strict=True)}
    predicted = predictions["label"]
    with st.grid(min_column_width=210, gap="medium"):
        front, middle, back = (st.container(gap="small") for _ in range(3))
    with front:
        place = st.container(gap=None)
        st.caption(escape(shorten(name, 40)))
        st.markdown(f"**{escape(shorten(predicted, 40))}** {share(probabilities[predicted])}")
        if label is not None:
            mark = (
                ":material/check: right" if label == predicted else f":material/close: true: {escape(shorten(label))}"
            )
            st.caption(mark)
        why_file_button(run, Path(predictions["path"]), predicted, label, key=key)
    if draw:
        with place:
            draw()
    with back:
        st.caption("Nearest train examples", help=MEANING["nearest"])
        _show_nearest(run, dataset, list(predictions["neighbours"])[:_NEIGHBOURS])
    with middle:
        st.caption("Probabilities", help=MEANING["probabilities"])
        show_chart(bars(probabilities, run.class_names), key=f"bars-{key}", alt="Classes by probability")


def _show_nearest(run: Run, dataset: Dataset | None, ids: list[str]) -> None:
    if dataset is None:
        st.caption("Examples unavailable: the dataset was deleted.")
        return
    predictions = predictions_of(run)
    labels = {id: predictions.labels[np.flatnonzero(predictions.ids == id)[0]] for id in ids}
    with st.container(horizontal=True, gap="small"):
        for id in ids:
            with st.container(width=72, gap=None):
                show_item(dataset, id, escape(shorten(run.class_names[labels[id]], 12)), width=72)
