"""Numbers of a set of predictions as cards."""

import streamlit as st

from pages.parts.words import share


def with_interval(metrics: dict) -> str:
    """Accuracy with its 95 % interval in one line."""
    low, high = metrics["accuracy_interval"]
    return f"{share(metrics['accuracy'])} ({low * 100:.1f} – {high * 100:.1f})"


def accuracy_card(metrics: dict, title: str = "Accuracy") -> None:
    """Accuracy with its 95 % interval.

    Args:
        metrics: an entry as `evaluation.metrics.summary` gives it.
        title: what it is the accuracy of.
    """
    low, high = metrics["accuracy_interval"]
    st.metric(
        title,
        share(metrics["accuracy"]),
        f"{low * 100:.1f} – {high * 100:.1f} %",
        delta_color="off",
        delta_arrow="off",
        help="The interval (Wilson, 95 %) says how far chance in so few examples may have moved it.",
        border=True,
        height="stretch",
    )


def card(title: str, value: str) -> None:
    st.metric(title, value, border=True, height="stretch")
