"""Curves as pure functions of a run's events: what was learnt, epoch by epoch."""

from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared.charts.colours import SPLITS, class_colours, run_colours
from pages.shared.wording.formatting import shorten

_MARGIN = {"l": 8, "r": 8, "t": 32, "b": 8}
_SHOWN = ("train", "val")
_GUIDE = "rgba(128,128,128,0.55)"


def curves(events: list[dict], height: int = 300) -> go.Figure:
    """Loss and accuracy of train and val by epoch, the stages one after the other, with the epoch that is kept marked.

    A dotted line is val loss after temperature scaling, which chooses the epoch. Fine-tuning begins at its epoch 0,
    what val says of the model before it.

    Args:
        events: a run's, as `read_events` gives them; of an epoch that was repeated after an interruption the
            last one counts.
        height: pixels.

    Returns:
        A figure whose epoch axis goes to the last epoch planned, so that it stands still while a run goes on;
        an empty one, with its axes, before the first epoch.
    """
    figure = _two_panels(height)
    stages = _stages(events)
    starts = {event["stage"]: event for event in events if event["event"] == "baseline"}
    past, best = 0, None
    x: list[int] = []
    rows: list[dict] = []
    first = 0.5
    for number, (stage, epochs) in enumerate(stages.items()):
        planned = max(epoch["epochs"] for epoch in epochs)
        last_stage = number == len(stages) - 1
        length = planned if last_stage else len(epochs)
        if number:
            figure.add_vline(past + 0.5, line={"color": _GUIDE, "dash": "dot", "width": 1})
        if len(stages) > 1:
            for axis in ("x domain", "x2 domain"):
                figure.add_annotation(
                    text=stage, x=past + 0.5, xref=axis.split()[0], xanchor="left", xshift=4,
                    y=1, yref=axis.replace("x", "y"), yanchor="top", showarrow=False, font={"size": 11},
                )  # fmt: skip
        if stage in starts:
            x.append(past)
            rows.append(starts[stage])
            best, first = past, first if number else -0.5
        for epoch in epochs:
            x.append(past + epoch["epoch"])
            rows.append(epoch)
            if epoch.get("best"):
                best = past + epoch["epoch"]
        past += length
    for column, measure in enumerate(("loss", "accuracy"), start=1):
        for split in _SHOWN:
            values = [row.get(f"{split}_{measure}") for row in rows]
            if not all(value is None for value in values):
                figure.add_scatter(x=x, y=values, **_line(split, column), row=1, col=column)
        if measure == "loss" and any(row.get("val_scaled_loss") is not None for row in rows):
            scaled = _line("val", column) | {"name": "val, scaled", "legendgroup": "scaled"}
            scaled["line"] = scaled["line"] | {"dash": "dot"}
            figure.add_scatter(x=x, y=[row.get("val_scaled_loss") for row in rows], **scaled, row=1, col=column)
        if best is not None:
            figure.add_vline(best, line={"color": SPLITS["val"], "dash": "dash", "width": 1}, row=1, col=column)
    if best is not None:
        figure.add_annotation(
            text="kept", x=best, y=0, yref="y domain", yanchor="bottom", xanchor="left", xshift=3, showarrow=False,
            font={"size": 11, "color": SPLITS["val"]},
        )  # fmt: skip
    figure.update_xaxes(title="Epoch", range=[first, max(past, 2) + 0.5], tick0=1, dtick=max(1, -(-past // 12)))
    return figure


def strengths(path: list[dict], chosen: float | None = None, height: int = 300) -> go.Figure:
    """Loss and accuracy of the linear probe at each strength of its L2 penalty, with the chosen one marked.

    Args:
        path: the run's events `strength`, a row a strength: of train, cross-validation ("cv") and val, whose numbers
            are None where the dataset has none.
        chosen: the strength that was kept.
        height: pixels.
    """
    figure = _two_panels(height)
    path = sorted(path, key=lambda row: row["c"])
    for column, measure in enumerate(("loss", "accuracy"), start=1):
        for split in ("train", "cv", "val"):
            values = [row.get(f"{split}_{measure}") for row in path]
            if not all(value is None for value in values):
                figure.add_scatter(x=[row["c"] for row in path], y=values, **_line(split, column), row=1, col=column)
        if chosen is not None:
            figure.add_vline(chosen, line={"color": _GUIDE, "dash": "dash", "width": 1}, row=1, col=column)
    figure.update_xaxes(type="log", title="C", dtick=1, exponentformat="power")
    return figure


def curves_together(epochs: dict[str, list[dict]], levels: dict[str, dict], split: str, height: int = 320) -> go.Figure:
    """Loss and accuracy of one split by epoch of several runs, a colour a run.

    Args:
        epochs: the events of each run that learnt by epochs, by what the run is called on the page.
        levels: loss and accuracy, by the same, of runs without epochs: a level line each.
        split: "val" or "train", whose numbers are drawn.
        height: pixels.
    """
    figure = _two_panels(height)
    colours = run_colours()
    lines = {name: [row for stage in _stages(events).values() for row in stage] for name, events in epochs.items()}
    last = max((len(rows) for rows in lines.values()), default=1)
    for column, measure in enumerate(("loss", "accuracy"), start=1):
        for name in sorted({*lines, *levels}):
            values = [row.get(f"{split}_{measure}") for row in lines.get(name, [])]
            places = list(range(1, len(values) + 1))
            if name in levels:
                values, places = [levels[name][measure]] * 2, [0.5, max(last, 2) + 0.5]
            line = {"color": colours[name], "width": 2, "dash": "dash" if name in levels else "solid"}
            figure.add_scatter(
                x=places, y=values, name=f"{name}, no epochs" if name in levels else name, legendgroup=name,
                showlegend=column == 1, mode="lines" if name in levels else "lines+markers", line=line,
                hovertemplate="%{y:.3f}" if column == 1 else "%{y:.1%}", row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="Epoch", range=[0.5, max(last, 2) + 0.5], tick0=1, dtick=max(1, -(-last // 12)))
    return figure


def intervals(rows: dict[str, dict[str, tuple[float, float, float]]], titles: dict[str, str]) -> go.Figure:
    """Differences from the baseline with their intervals, a panel a measure and a line a run.

    Args:
        rows: by what the run is called on the page, for each measure: difference, low and high, as shares.
        titles: of the measures that are drawn, by their keys in `rows`.
    """
    figure = make_subplots(1, len(titles), horizontal_spacing=0.1, shared_yaxes=True)
    colours = run_colours()
    for column, (measure, title) in enumerate(titles.items(), start=1):
        for name, differences in rows.items():
            value, low, high = (100 * each for each in differences[measure])
            figure.add_scatter(
                x=[value], y=[name], mode="markers", marker={"size": 10, "color": colours[name]}, showlegend=False,
                error_x={"array": [high - value], "arrayminus": [value - low], "thickness": 2, "width": 5},
                hovertemplate=f"{name}: %{{x:+.1f}} ({low:+.1f} … {high:+.1f})<extra></extra>", row=1, col=column,
            )  # fmt: skip
        figure.add_vline(0, line={"color": _GUIDE, "width": 1}, row=1, col=column)
        figure.update_xaxes(title=f"{title}, points", ticksuffix="", zeroline=False, row=1, col=column)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    figure.update_layout(height=80 + 36 * len(rows), margin={**_MARGIN, "t": 8}, dragmode=False)
    return figure


def _two_panels(height: int) -> go.Figure:
    figure = make_subplots(1, 2, horizontal_spacing=0.16)
    figure.update_layout(
        height=height,
        margin=_MARGIN,
        hovermode="x unified",
        legend={"orientation": "h", "x": 0.5, "xanchor": "center", "y": 1.02, "yanchor": "bottom"},
        uirevision="curves",
    )
    figure.update_yaxes(title="Loss", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="Accuracy", tickformat=".0%", row=1, col=2)
    return figure


def _line(split: str, column: int) -> dict:
    left_out = split == "cv"
    return {
        "name": "cross-validation" if left_out else split,
        "legendgroup": split,
        "showlegend": column == 1,
        "mode": "lines+markers",
        "line": {"color": SPLITS["train" if left_out else split], "width": 2, "dash": "dot" if left_out else "solid"},
        "marker": {"size": 5},
        "hovertemplate": "%{y:.3f}" if column == 1 else "%{y:.1%}",
    }


def _stages(events: list[dict]) -> dict[str, list[dict]]:
    stages: dict[str, dict[int, dict]] = {}
    for event in events:
        if event["event"] == "epoch":
            stages.setdefault(event["stage"], {})[event["epoch"]] = event
    return {stage: [epochs[number] for number in sorted(epochs)] for stage, epochs in stages.items()}


def bars(probabilities: dict[str, float], class_names: tuple[str, ...], most: int = 5) -> go.Figure:
    """The most probable classes as bars, each in its class's colour.

    Args:
        probabilities: by class name.
        class_names: all, in order; what the colours go by.
        most: how many are shown.
    """
    colours = class_colours(class_names)
    top = sorted(probabilities, key=probabilities.get, reverse=True)[:most]
    values = [probabilities[name] for name in top]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(top))),
            orientation="h",
            marker={"color": [colours[name] for name in top]},
            text=[
                f"{escape(shorten(name, 24), quote=False)}  {value:.1%}"
                for name, value in zip(top, values, strict=True)
            ],
            textposition=["inside" if value > 0.6 else "outside" for value in values],
            insidetextanchor="start",
            cliponaxis=False,
            hovertext=[escape(name, quote=False) for name in top],
            hovertemplate="%{hovertext}<br>%{x:.2%}<extra></extra>",
        )
    )
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, autorange="reversed", fixedrange=True)
    figure.update_layout(height=28 * len(top) + 8, margin={"l": 0, "r": 0, "t": 4, "b": 4}, bargap=0.25)
    return figure
