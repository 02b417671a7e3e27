"""ROC and precision-recall curves of a run, each class against the rest, and the areas under them."""

import pandas as pd
import streamlit as st

from pages.results.confidence_charts import class_curves_figure
from pages.shared.charts.chart import show_chart
from pages.shared.run.finished import BY_CONTENT
from pages.shared.tables.download import download_csv
from pages.shared.wording.meanings import MEANING
from tlcore.evaluation.metrics import roc_pr
from tlcore.evaluation.predictions import Predictions

_DRAWN = 5  # classes at first
_MOST = 10


def show_class_curves(predictions: Predictions) -> None:
    """Both charts for the classes chosen, and the table of all.

    Args:
        predictions: of the split shown, at least one example.
    """
    names = predictions.class_names
    drawable = roc_pr.drawable(predictions)
    if not drawable:
        st.info(
            "**No curves can be drawn.** All examples of this split are of one class; curves need examples of at "
            "least two.",
            icon=":material/info:",
        )
        return
    with st.spinner("Computing the areas with their intervals"):
        table = _areas(predictions)
    hardest = table["auc"].iloc[:-1].dropna().sort_values(kind="stable").index[:_DRAWN]
    chosen = st.multiselect(
        "Classes shown", drawable, default=sorted(hardest.tolist()), format_func=lambda place: names[place],
        max_selections=_MOST, placeholder="Only the mean of all classes", key="curve-classes",
        persist_state="page",
    )  # fmt: skip
    if len(drawable) > _DRAWN:
        st.caption("By default, the classes that are hardest to tell from the rest are shown.")
    with st.grid(min_column_width=400, gap="medium"):
        _show_chart(predictions, chosen, "roc")
        _show_chart(predictions, chosen, "precision and recall")
    _show_areas(predictions, table)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_CONTENT)
def _areas(predictions: Predictions) -> pd.DataFrame:
    return roc_pr.areas(predictions)


def _show_chart(predictions: Predictions, chosen: list[int], which: str) -> None:
    names = predictions.class_names
    if which == "roc":
        curve_of, mean, x, y = roc_pr.roc, roc_pr.macro_roc, "false_positive_rate", "true_positive_rate"
    else:
        curve_of, mean, x, y = roc_pr.precision_recall, roc_pr.macro_precision_recall, "recall", "precision"
    title = "ROC" if which == "roc" else "Precision and recall"
    with st.container():
        st.markdown(f"**{title}**", help=MEANING[which])
        figure = class_curves_figure(
            {names[label]: curve_of(predictions, label) for label in chosen}, mean(predictions), names, x, y,
            shape="linear" if which == "roc" else "hv",
        )  # fmt: skip
        show_chart(figure, key=f"curves-{which}", alt=f"{title} curves by class")


def _show_areas(predictions: Predictions, table: pd.DataFrame) -> None:
    st.markdown("**Areas under the curves**", help=MEANING["areas"])
    shown = pd.DataFrame(
        {
            "Class": [*predictions.class_names, "Mean of all"],
            "Examples": table["n"],
            "Area under ROC": table["auc"],
            "ROC, 95 % interval": _intervals(table, "auc"),
            "Average precision": table["ap"],
            "AP, 95 % interval": _intervals(table, "ap"),
        }
    )
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        shown,
        hide_index=True,
        height=min(38 + 35 * len(shown), 460),
        column_config={
            "Examples": number(format="localized", help=MEANING["examples"]),
            "Area under ROC": number(format="%.3f", help=MEANING["auc"]),
            "ROC, 95 % interval": words(help=MEANING["areas"]),
            "Average precision": number(format="%.3f", help=MEANING["average precision"]),
            "AP, 95 % interval": words(help=MEANING["areas"]),
        },
        placeholder="–",
        alt="Area under ROC and average precision of each class, with intervals",
    )
    perfect = " For a perfect class, every sample is perfect too, so an interval of zero width is too narrow."
    st.caption(
        f"Intervals are from {roc_pr.resamples_for(predictions):,} bootstrap samples of these {len(predictions):,} "
        "examples. The mean is over the classes that have a curve." + (perfect if (table["auc"] == 1).any() else "")
    )
    download_csv(lambda: table, "areas.csv", key="areas-csv")


def _intervals(table: pd.DataFrame, name: str) -> list[str | None]:
    bounds = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return [None if pd.isna(low) else f"{low:.3f} – {high:.3f}" for low, high in bounds]
