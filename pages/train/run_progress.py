"""A run as it goes: stages, curves, speed, log, and the ways to end it."""

import time

import streamlit as st

from pages.shared.charts.chart import show_chart
from pages.shared.charts.curves import curves, strengths
from pages.shared.jobs.load_plan import duplicate
from pages.shared.jobs.progress import describe_progress, poll, show_failure
from pages.shared.run.interim_result import show_first_numbers, show_last_numbers
from pages.shared.run.kept_epoch import tell_what_is_kept
from pages.shared.run.problems import show_problems
from pages.shared.shell.pages import go_to
from pages.shared.shell.required import require_run
from pages.shared.shell.selection import select
from pages.shared.wording.formatting import count, duration, errors_shown, escape, share, shorten
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.states import badge
from tlcore import jobs
from tlcore.base.work import ENDINGS
from tlcore.runs import Run

_STAGES = {
    "features": "Feature vectors",
    "probe": "Linear probe",
    "head": "Head",
    "fine-tune": "Fine-tuning",
    "evaluation": "Evaluation",
}
_ENGINES_HEIGHT = 104


def follow() -> None:
    """Shows the run that the URL names, until it has ended and after."""
    run = require_run()
    select(dataset=run.record["dataset"]["id"], module=run.record["module"]["id"])
    over = run.state in ENDINGS
    if over:
        _show(run)
    else:
        poll(lambda: _show_under_way(run), run.record["created"], run.events)
    with st.container(horizontal=True):
        # Not in what is drawn again and again: a click must not fall between two drawings.
        if not over and st.button("Cancel", icon=":material/cancel:", help="Ends the run and discards its result."):
            _confirm_cancel(run)
        if st.button("Duplicate and edit", icon=":material/content_copy:"):
            duplicate(run)
        if st.button("New run", icon=":material/add:"):
            select(run="")
            go_to("train")


def _show_under_way(run: Run) -> None:
    if run.state in ENDINGS:
        st.rerun()
    _show(run)
    if run.state == "running" and _can_stop(run.events):
        st.button(
            "Stop and keep the best",
            icon=":material/stop_circle:",
            on_click=errors_shown()(jobs.stop),
            args=(run.folder,),
            help="Ends after this step; the best epoch so far becomes the run's model.",
        )


@st.dialog("Cancel this run?")
def _confirm_cancel(run: Run) -> None:
    st.write(
        "The run ends now, and everything it has trained so far is discarded. Its plan is still available under Runs."
    )
    if st.button("Cancel the run", type="primary", icon=":material/cancel:"):
        jobs.cancel(run.folder)
        st.rerun()


def _can_stop(events: list[dict]) -> bool:
    stages = [event["name"] for event in events if event["event"] == "stage"]
    return bool(stages) and stages[-1] in ("head", "fine-tune")


def _show(run: Run) -> None:
    events = run.events
    state = run.state
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(escape(shorten(run.name, 60)), width="content")
        badge(state)
    st.caption(f"{escape(run.record['dataset']['name'])} · {escape(run.record['module']['name'])}")
    with st.container(border=True):
        _show_stages(run, events, state)
        if state == "queued":
            place = jobs.position(run.id)
            waiting = "It is next" if place <= 1 else f"{count(place - 1, 'run')} ahead of it"
            st.progress(0.0, text=f"Waiting in the queue. {waiting}.")
        elif state == "running":
            value, words = describe_progress(events)
            st.progress(value, text=words + _request(run))
        else:
            _show_end(run, events)
    show_problems(run)
    if run.has_result:
        show_last_numbers(run)
    elif state in ("queued", "running") or (state == "failed" and run.has_early_result):
        show_first_numbers(run, events)
    epochs = [event for event in events if event["event"] == "epoch"]
    with st.container(height=470, border=False):
        if epochs:
            _show_numbers(epochs, over=state in ENDINGS)
            st.markdown("**By epoch**", help=MEANING["epochs"])
            show_chart(
                curves(events), key="curves",
                alt="Loss and accuracy of train and val by epoch",
            )  # fmt: skip
        else:
            _show_probe(events)
    _show_engines(events)
    with st.expander("Log", icon=":material/notes:"):
        st.code(_log(events), language=None, height=220, wrap_lines=True)


def _show_stages(run: Run, events: list[dict], state: str) -> None:
    reached = [event["name"] for event in events if event["event"] == "stage"]
    with st.container(horizontal=True, gap="medium"):
        for stage in ("features", *run.plan.stages, "evaluation"):
            over = stage in reached and (stage != reached[-1] or state in ("done", "stopped"))
            icon = "check_circle" if over else "pending" if stage in reached else "radio_button_unchecked"
            st.markdown(f":material/{icon}: {_STAGES[stage]}", width="content")


def _show_engines(events: list[dict]) -> None:
    """What computes, and how, by stage: a sentence each on the frozen part, on where training begins, and on a GPU."""
    notes: dict[str, str] = {}
    stage = ""
    for event in events:
        if event["event"] == "stage":
            stage = _STAGES.get(event["name"], "")
        elif event["event"] in ("pass", "cut", "gpu"):
            notes.setdefault(event["note"], stage)
    lines = [f"{stage}: {escape(note)}" if stage else escape(note) for note, stage in notes.items()]
    with st.container(height=_ENGINES_HEIGHT, border=False):
        st.caption("  \n".join(lines))


def _show_numbers(epochs: list[dict], *, over: bool) -> None:
    last = epochs[-1]
    numbers = {
        "Epoch": (f"{last['epoch']} of {last['epochs']}", "epoch"),
        "Accuracy, train": (share(last.get("train_accuracy")), "train accuracy"),
        "Accuracy, val": (share(last.get("val_accuracy")), "val accuracy"),
        "Examples per second": (f"{last['examples_per_second']:,.0f}", "speed"),
    }
    if not over:
        numbers["Time left"] = (duration(last["seconds_left"]), "time left")
    with st.grid(columns=5, min_column_width=130, gap="small"):
        for title, (value, meaning) in numbers.items():
            st.metric(title, value, help=MEANING[meaning])


def _show_probe(events: list[dict]) -> None:
    path = [event for event in events if event["event"] == "strength"]
    if not path:
        st.caption("Curves will appear here as soon as there are results.")
        return
    st.markdown("**The linear probe, by strength of its L2 penalty**", help=MEANING["strengths"])
    show_chart(strengths(path), key="strengths", alt="Loss and accuracy by strength")


def _show_end(run: Run, events: list[dict]) -> None:
    if run.state == "failed":
        show_failure(events[-1])
    elif run.state == "cancelled":
        st.info("This run was cancelled; its result was discarded.", icon=":material/cancel:")
    else:
        seconds = sum(run.result["seconds"].values())
        kept = " It was stopped early, and the best epoch so far was kept." if run.state == "stopped" else ""
        tell_what_is_kept(run)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check_circle: **Done in {duration(seconds)}.**{kept}", width="content")
            if st.button("Results", type="primary", icon=":material/grid_on:"):
                go_to("results", run=run.id)
            if st.button("Explore", icon=":material/scatter_plot:"):
                go_to("explore", run=run.id)


def _request(run: Run) -> str:
    return " · stopping …" if run.request else ""


def _log(events: list[dict]) -> str:
    lines = []
    for event in events:
        fields = {key: value for key, value in event.items() if key not in ("time", "event")}
        if event["event"] == "step":
            continue
        if event["event"] == "early":
            fields = {f"{split} accuracy": numbers["accuracy"] for split, numbers in fields.items() if numbers}
        words = fields.pop("message", None) or fields.pop("name", "")
        numbers = ", ".join(f"{key} {_number(value)}" for key, value in fields.items() if key != "traceback")
        stamp = time.strftime("%H:%M:%S", time.localtime(event["time"]))
        lines.append(f"{stamp}  {event['event']:<9} {words} {numbers}".rstrip())
    return "\n".join(lines) or "Nothing has happened yet."


def _number(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
