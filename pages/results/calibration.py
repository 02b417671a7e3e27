"""Calibration of a run: is it as often right as it is sure, and what would a temperature change."""

import pandas as pd
import streamlit as st

from pages.results.confidence_charts import reliability_figure
from pages.shared.charts.chart import show_chart
from pages.shared.run.finished import BY_CONTENT
from pages.shared.wording.formatting import count, share, show_note
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.numbers import accuracy_card, card, share_card
from tlcore.base.errors import UserError
from tlcore.evaluation.calibration import temperature_scaling
from tlcore.evaluation.metrics.classification import summary
from tlcore.evaluation.predictions import Predictions

_AS_IT_SAYS = "Without temperature scaling"


def show_calibration(predictions: Predictions, val: Predictions, split: str) -> None:
    """Numbers, both reliability diagrams, and what temperature scaling changes.

    Args:
        predictions: of the split shown, at least one example.
        val: what the temperature is fitted on.
        split: the one shown.
    """
    temperature = _fit(val)
    scaled = predictions if temperature is None else temperature_scaling.at_temperature(predictions, temperature)
    table = _compare(predictions, scaled)
    _show_cards(predictions, table, temperature)
    if temperature is not None:
        _show_table(table, temperature)
        _tell_of_fit(temperature, len(val), split)
    with st.grid(min_column_width=400, gap="medium"):
        _show_reliability(predictions, _AS_IT_SAYS)
        if temperature is not None:
            _show_reliability(scaled, _at(temperature))


def _fit(val: Predictions) -> float | None:
    try:
        return temperature_scaling.fit_temperature(val)
    except UserError as error:
        show_note(error)
        return None


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_CONTENT)
def _compare(before: Predictions, after: Predictions) -> pd.DataFrame:
    return temperature_scaling.compare_temperatures(before, after).assign(
        chance=temperature_scaling.error_by_chance(before)
    )


def _show_cards(predictions: Predictions, table: pd.DataFrame, temperature: float | None) -> None:
    error = table.loc["error"]
    with st.grid(min_column_width=160, gap="small"):
        accuracy_card(summary(predictions))
        card("Mean confidence", share(float(predictions.confidence.mean())), meaning=MEANING["mean confidence"])
        bounds = (error["before_low"], error["before_high"])
        share_card("Calibration error", error["before"], bounds, MEANING["calibration error"])
        card("Error by chance", share(error["chance"]), "or less", MEANING["error by chance"])
        if temperature is not None:
            card("Temperature", f"{temperature:.2f}", meaning=MEANING["temperature"])


def _show_table(table: pd.DataFrame, temperature: float) -> None:
    st.markdown("**Before and after temperature scaling**", help=MEANING["temperatures"])
    error, loss = table.loc["error"] * 100, table.loc["loss"]
    rows = {
        title: {
            "Calibration error (95 % interval)": _words(error, name, ".1f", " %"),
            "Loss (95 % interval)": _words(loss, name, ".3f"),
        }
        for title, name in ((_AS_IT_SAYS, "before"), (_at(temperature), "after"), ("Change", "change"))
    }
    st.table(
        pd.DataFrame.from_dict(rows, orient="index"),
        alt="Calibration error and loss before and after temperature scaling",
    )


def _words(row: pd.Series, name: str, form: str, unit: str = "") -> str:
    """A number with its interval; a change with its sign."""
    sign = "+" if name == "change" else ""
    value, low, high = (f"{row[name + end]:{sign}z{form}}".replace("-", "−") for end in ("", "_low", "_high"))
    return f"{value}{unit} ({low} {'to' if sign else '–'} {high})"


def _tell_of_fit(temperature: float, n: int, split: str) -> None:
    ends = {
        temperature_scaling.COOLEST: "**All val predictions are right**, or nearly all, so the loss keeps falling "
        "as confidence rises. This is the lowest temperature that is tried; it says nothing about wrong predictions.",
        temperature_scaling.HOTTEST: "**On val the model is no better than guessing**, so the loss keeps falling as "
        "confidence drops. This is the highest temperature that is tried.",
    }
    if temperature in ends:
        st.warning(ends[temperature], icon=":material/thermostat:")
    where = "these val examples, so the result is optimistic here" if split == "val" else f"{count(n, 'val example')}"
    st.caption(
        f"The temperature was fitted on {where}. Predict and all exports use the probabilities without temperature "
        "scaling."
    )


def _show_reliability(predictions: Predictions, title: str) -> None:
    with st.container():
        st.markdown(f"**Reliability: {title[0].lower()}{title[1:]}**", help=MEANING["reliability"])
        show_chart(
            reliability_figure(temperature_scaling.reliability(predictions)), key=f"reliability-{title == _AS_IT_SAYS}",
            alt=f"Reliability diagram: accuracy by confidence, {title}",
        )  # fmt: skip


def _at(temperature: float) -> str:
    return f"At temperature {temperature:.2f}"
