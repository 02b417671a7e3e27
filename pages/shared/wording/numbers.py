"""Numbers of a set of predictions as cards."""

import streamlit as st

from pages.shared.wording.formatting import share
from pages.shared.wording.meanings import MEANING
from tlcore.base.formatting import with_interval as with_interval


def accuracy_card(metrics: dict, title: str = "Accuracy", meaning: str = MEANING["accuracy"]) -> None:
    """Accuracy with its 95 % interval.

    Args:
        metrics: an entry as `evaluation.metrics.classification.summary` gives it.
        title: what it is the accuracy of.
        meaning: what is said of it on a question mark.
    """
    share_card(title, metrics["accuracy"], metrics["accuracy_interval"], meaning)


def share_card(title: str, value: float | None, interval: tuple[float, float] | None, meaning: str) -> None:
    """A share with its 95 % interval, both in 0…1; None where there is nothing to take a share of."""
    words = "" if interval is None else f"{interval[0] * 100:.1f} – {interval[1] * 100:.1f} %"
    card(title, share(value), words, meaning)


def card(title: str, value: str, interval: str = "", meaning: str | None = None) -> None:
    """A number, its interval beneath, and on a question mark what it means."""
    st.metric(
        title, value, interval or None, delta_color="off", delta_arrow="off", help=meaning, border=True,
        height="stretch",
    )  # fmt: skip
