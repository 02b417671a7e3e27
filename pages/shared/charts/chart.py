"""Plotly's figures on a page: mended in place when they change, and put back as they were when a page comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import plotly
import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v1 as components

# Only to serve Plotly's own script, from its package, to the browser.
_PLOTLY = components.declare_component("plotly", path=Path(plotly.__file__).parent / "package_data")
_CHART = st.components.v2.component(
    "chart", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)
_CONFIG = {"displaylogo": False, "showSendToCloud": False}  # nothing leaves the machine


class Picked(TypedDict):
    """What a gesture on a chart picked.

    points: the `customdata` of each.
    loops: the corners of each, as {"x": […], "y": […]} in the axes' units; a gesture's points lie in them.
    boxes: two opposite corners of each, in the same way.
    """

    points: list
    loops: list[dict[str, list[float]]]
    boxes: list[dict[str, list[float]]]


def show_chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    config: dict | None = None,
    on_pick: Callable[[Picked], None] | None = None,
) -> None:
    """A figure as wide as there is room, in the page's colours.

    Args:
        figure: with a height.
        key: names the chart; a figure under the key of another is drawn over that.
        alt: what it shows, for those who don't see it.
        config: Plotly's options; without any there are no tools over the chart.
        on_pick: called, before the page's script runs again, with what was clicked or drawn around; with nothing
            where a gesture lets go.
    """
    figure.layout.template = None  # the page's own is put in by the browser, which knows whether it is dark
    _CHART(
        key=key,
        height=figure.layout.height,
        data={
            "name": key,
            "alt": alt,
            "plotly": _address(),
            "figure": figure.to_json(),
            "config": _CONFIG | (config or {"displayModeBar": False}),
            "picks": on_pick is not None,
        },
        on_picked_change=lambda: on_pick(st.session_state[key].picked) if on_pick else None,
    )


def _address() -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{'/' if base else ''}{base}/component/{_PLOTLY.name}/plotly.min.js?{plotly.__version__}"
