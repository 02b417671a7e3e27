"""Thresholds of a run: how good its answers are where it is sure, and what is left to a person."""

import numpy as np
import streamlit as st

from pages.results.confidence_charts import threshold_figure
from pages.shared.charts.chart import show_chart
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import escape, shorten
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import card, share_card
from tlcore.evaluation.calibration import selective_prediction
from tlcore.evaluation.calibration.conformal import val_in_words
from tlcore.evaluation.predictions import Predictions
from tlcore.runs import Run


def show_thresholds(run: Run, predictions: Predictions, split: str) -> None:
    """A threshold for all classes, others for some where wanted, and what they do.

    Args:
        run: the one whose predictions they are.
        predictions: of the split shown, at least one example.
        split: the one shown.
    """
    names = predictions.class_names
    with st.grid(min_column_width=400, gap="medium"):
        with st.container():
            common = st.slider(
                "Confidence threshold", 0, 100, 80, format="%d %%", key="threshold",
                persist_state="session", help=MEANING["undecided"],
            )  # fmt: skip
            st.caption(
                "Choose the threshold on val. Predictions with a lower confidence are left to a person. "
                f"{val_in_words(run, 'precision')}"
                if split == "val"
                else "Test shows how well the threshold works; choose it on val."
            )
        with st.container():
            own = st.session_state.setdefault(f"class-thresholds-{run.id}", {})
            label = _choose_own(own, names, common)
    limits = np.array([own.get(place, common) for place in range(len(names))]) / 100
    _show_numbers(predictions, limits, label)
    _show_curve(predictions, limits, own, label)
    _show_classes(predictions, limits)


def _choose_own(own: dict[int, int], names: tuple[str, ...], common: int) -> int | None:
    """A class whose threshold is set apart from the others', or None while all are looked at."""
    label = st.selectbox(
        "Per-class threshold", range(len(names)), index=None, format_func=lambda place: names[place],
        placeholder="All classes", key="threshold-class", persist_state="page",
    )  # fmt: skip
    if label is None:
        if own and st.button("Use one threshold for all classes", icon=":material/undo:"):
            own.clear()
            st.rerun()
        return None
    key = f"threshold-{label}"
    st.session_state[key] = own.get(label, common)
    st.slider(
        f"Confidence threshold for {escape(shorten(names[label], 40))}", 0, 100, format="%d %%",
        key=key, on_change=lambda: own.update({label: st.session_state[key]}), help=MEANING["undecided"],
    )  # fmt: skip
    return label


def _show_numbers(predictions: Predictions, limits: np.ndarray, label: int | None) -> None:
    found = selective_prediction.measure(predictions, limits, label)
    of = "decided" if label is None else "class"
    with st.grid(min_column_width=160, gap="small"):
        share_card("Precision", found["precision"], found["precision_interval"], MEANING[f"{of} precision"])
        share_card("Recall", found["recall"], found["recall_interval"], MEANING[f"{of} recall"])
        share_card("Undecided", found["undecided"], found["undecided_interval"], MEANING["undecided"])
        card("Decided", f"{found['decided']:,}", meaning=MEANING["decided"])
        card("Examples", f"{found['n']:,}", meaning=MEANING["examples"])


def _show_curve(predictions: Predictions, limits: np.ndarray, own: dict[int, int], label: int | None) -> None:
    places = np.arange(len(limits))
    moving = places == label if label is not None else ~np.isin(places, list(own))
    chosen = limits[moving][0] if moving.any() else None
    if chosen is None:
        st.caption("Every class has its own threshold. Choose a class to see its curves.")
        return
    name = "classes without their own threshold" if own else "all classes"
    of = name if label is None else escape(shorten(predictions.class_names[label], 40))
    st.markdown(f"**Every threshold, for {of}**", help=MEANING["thresholds"])
    curve = selective_prediction.by_threshold(predictions, limits, moving=moving, label=label)
    show_chart(
        threshold_figure(curve, float(chosen)), key="threshold-curve",
        alt="Precision, recall and share left undecided by threshold",
    )  # fmt: skip


def _show_classes(predictions: Predictions, limits: np.ndarray) -> None:
    st.markdown("**Each class**", help=MEANING["each class"])
    table = selective_prediction.measure_classes(predictions, limits)
    table.insert(1, "threshold", limits)
    titles = {
        "class": "Class", "threshold": "Threshold", "n": "Examples", "decided": "Decided", "precision": "Precision",
        "recall": "Recall", "undecided": "Undecided",
    }  # fmt: skip
    meanings = {"n": "examples", "decided": "decided", "precision": "class precision", "recall": "class recall"}
    shares = ("threshold", *selective_prediction.NAMES)
    st.dataframe(
        table.rename(columns=titles).round(3),
        hide_index=True,
        height=min(38 + 35 * len(table), 460),
        column_config={
            titles[name]: st.column_config.NumberColumn(
                format="percent" if name in shares else "localized", help=MEANING[meanings.get(name, name)]
            )
            for name in titles
            if name != "class"
        },
        placeholder="–",
        alt="Threshold, precision, recall and share left undecided of each class",
    )
    download_csv(lambda: table, "thresholds.csv", key="thresholds-csv")
