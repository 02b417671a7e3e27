"""Prediction sets of a run: as many classes as it takes to hold the true one as often as promised."""

import pandas as pd
import streamlit as st

from pages.results.confidence_charts import set_sizes_figure
from pages.shared.charts.chart import show_chart
from pages.shared.tables.download import download_csv
from pages.shared.wording.formatting import count, show_note
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import card, share_card
from tlcore.base.errors import UserError
from tlcore.evaluation.calibration import conformal
from tlcore.evaluation.calibration.conformal import val_in_words
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.predictions import Predictions
from tlcore.runs import Run

_PROMISES = (80, 90, 95, 99)


def show_sets(run: Run, predictions: Predictions, val: Predictions, split: str) -> None:
    """The promise, what the sets are like, and on test whether the promise is kept.

    Args:
        run: whose predictions they are.
        predictions: of the split shown, at least one example.
        val: what the sets are fitted on.
        split: the one shown.
    """
    percent = st.segmented_control(
        "Target coverage", _PROMISES, default=90, required=True, wrap=True,
        key="coverage",
        format_func=lambda part: f"{part} %", persist_state="session", help=MEANING["promised"],
    )  # fmt: skip
    try:
        rule = conformal.fit_sets(val, percent / 100)
    except UserError as error:
        show_note(error)
        return
    _tell_of_rule(rule, percent, split, val_in_words(run))
    measured = conformal.measure(rule, predictions)
    _show_cards(measured, split)
    with st.grid(min_column_width=400, gap="medium"):
        with st.container():
            st.markdown("**Sizes of the sets**", help=MEANING["set sizes"])
            show_chart(
                set_sizes_figure(measured["sizes"]), key="set-sizes",
                alt="How many examples have a set of each size",
            )  # fmt: skip
        with st.container():
            _show_classes(conformal.measure_classes(rule, predictions), split)


def _tell_of_rule(rule: conformal.PredictionSetRule, percent: int, split: str, caveat: str) -> None:
    fitted = f"fitted on {count(rule.n, 'val example')} by split conformal prediction"
    if rule.least == 0:
        least = conformal.least_examples(rule.coverage)
        st.warning(
            f"**Every set contains all classes.** With {count(rule.n, 'val example')}, smaller sets can't guarantee "
            f"a coverage of {percent} %; that takes at least {least} val examples.",
            icon=":material/select_all:",
        )
        return
    low, high = rule.spread
    kept = (
        " On val, on which the sets are fitted, the target coverage is reached by construction; choose test to "
        "check it."
        if split == "val"
        else ""
    )
    st.caption(
        f"A set contains every class with a probability of at least {rule.least:.1%}, {fitted}. With 95 % "
        f"probability, coverage on new data lies between {low:.1%} and {high:.1%}. {caveat}{kept}"
    )


def _show_cards(measured: dict, split: str) -> None:
    n, sizes = measured["n"], measured["sizes"]
    with st.grid(min_column_width=160, gap="small"):
        if split == "test":
            share_card("Coverage, test", measured["coverage"], measured["coverage_interval"], MEANING["coverage"])
        low, high = measured["size_interval"]
        card("Classes in a set", f"{measured['size']:.2f}", f"{low:.2f} – {high:.2f}", MEANING["set size"])
        for title, number, meaning in (("Exactly one class", 1, "single"), ("Empty", 0, "empty")):
            of_size = int(sizes[number])
            share_card(title, of_size / n, accuracy_interval(of_size, n), MEANING[meaning])


def _show_classes(table: pd.DataFrame, split: str) -> None:
    st.markdown("**Each class**", help=MEANING["class coverage"])
    titles = {"class": "Class", "n": "Examples", "coverage": "Coverage", "size": "Classes in a set"}
    if split == "val":
        titles.pop("coverage")
    table = table[list(titles)]
    meanings = {"n": "examples", "coverage": "class coverage", "size": "class coverage"}
    formats = {"n": "localized", "coverage": "percent", "size": "%.2f"}
    st.dataframe(
        table.rename(columns=titles).round(3),
        hide_index=True,
        height=min(38 + 35 * len(table), 300),
        column_config={
            titles[name]: st.column_config.NumberColumn(format=formats[name], help=MEANING[meanings[name]])
            for name in titles
            if name != "class"
        },
        placeholder="–",
        alt="Coverage and mean size of the sets of each class's examples",
    )
    download_csv(lambda: table, "prediction-sets.csv", key="sets-csv")
