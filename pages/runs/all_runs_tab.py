"""Everything that was trained, and what can be done with it."""

import pandas as pd
import streamlit as st

from pages.shared.editing.damaged import show_damaged
from pages.shared.jobs.load_plan import duplicate
from pages.shared.run.ways_on import show_ways_on
from pages.shared.shell.pages import go_to, link_to
from pages.shared.shell.selection import chosen, order_of, select
from pages.shared.wording.formatting import count, duration, errors_shown, escape, show_error, show_note
from pages.shared.wording.meanings import MEANING
from pages.shared.wording.states import STATES, badge
from tlcore.base.errors import UserError
from tlcore.evaluation.comparison.runs import FEWEST, MOST, check_comparable
from tlcore.runs import Run, damaged_runs, delete_run, list_runs, open_run, rename_run

_NUMBERS = {
    "Groups trained": ("localized", "groups trained"),
    "Accuracy, val": ("percent", "run accuracy"),
    "Macro F1, val": ("percent", "macro f1"),
    "Linear probe, val": ("percent", "probe accuracy"),
    "Seconds": ("localized", "run seconds"),
}


def table_of_runs(runs: list[Run]) -> pd.DataFrame:
    """A row a run, newest first."""
    rows = []
    for run in runs:
        result = run.result
        val = result["metrics"].get("val") or {}
        probe = (result["baselines"].get("linear_probe") or {}).get("val") or {}
        rows.append(
            {
                "Run": run.name,
                "State": STATES[run.state][0],
                "Dataset": run.record["dataset"]["name"],
                "Module": run.record["module"]["name"],
                "Groups trained": len(run.plan.train_groups),
                "Accuracy, val": val.get("accuracy"),
                "Macro F1, val": val.get("macro_f1"),
                "Linear probe, val": probe.get("accuracy"),
                "Seconds": round(sum(result["seconds"].values()), 1) if result["seconds"] else None,
                "Started": pd.Timestamp(run.record["created"]),
            }
        )
    return pd.DataFrame(rows)


def choose_runs(runs: list[Run]) -> list[Run]:
    """The table, with the runs that are ticked in it, the one that was ticked last as the chosen one in the URL."""
    ids = [run.id for run in runs]
    start = [ids.index(chosen("run"))] if chosen("run") in ids else []
    picked = st.dataframe(
        table_of_runs(runs),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": start}},
        key=f"runs-{'-'.join(ids[:1])}-{len(ids)}",
        height=min(38 + 35 * len(runs), 420),
        column_config={
            "Run": st.column_config.TextColumn(width="medium"),
            **{
                name: st.column_config.NumberColumn(format=format, help=MEANING[meaning])
                for name, (format, meaning) in _NUMBERS.items()
            },
            "Started": st.column_config.DatetimeColumn(format="calendar"),
        },
    )
    ticked = [ids[row] for row in picked.selection.rows]
    ticked = order_of(ticked, st.session_state.get("ticked-runs", []))
    st.session_state["ticked-runs"] = ticked
    if ticked and chosen("run") != ticked[-1]:
        select(run=ticked[-1])
    return [runs[ids.index(id)] for id in ticked]


def offer_comparison(ticked: list[Run]) -> None:
    """A button that compares the ticked runs, the first that was ticked as the baseline."""
    label = f"Compare {count(len(ticked), 'run')}" if len(ticked) > 1 else "Compare"
    problem = None
    try:
        check_comparable(ticked)
    except UserError as error:
        problem = error
    words = f"Tick {FEWEST} to {MOST} runs of one dataset" if problem else None
    if st.button(label, icon=":material/compare_arrows:", disabled=problem is not None, help=words):
        go_to("runs", tab="compare", runs=",".join(run.id for run in ticked))
    if problem and len(ticked) > 1:
        show_note(problem)


def show_run(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(run.name), width="content")
        badge(run.state)
    record = run.record
    st.caption(
        f"{escape(record['dataset']['name'])}, version {run.dataset_version} · {escape(record['module']['name'])} · "
        + (f"fine-tuned: {escape(', '.join(run.plan.train_groups))}" if run.plan.train_groups else "linear probe")
    )
    with st.container(horizontal=True):
        show_ways_on(run, primary="results")
        if st.button("Follow" if run.state in ("queued", "running") else "How it went", icon=":material/timeline:"):
            go_to("train", run=run.id)
        if st.button("Duplicate and edit", icon=":material/content_copy:"):
            duplicate(run)
        if st.button("Rename", icon=":material/edit:"):
            ask_name(run)
        underway = run.state in ("queued", "running")
        if st.button(
            "Delete", icon=":material/delete:", disabled=underway, help="Cancel it first" if underway else None
        ):
            confirm_delete(run)
    show_plan(run)


def show_plan(run: Run) -> None:
    settings = run.plan.model_dump(mode="json")
    values = [", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in settings.values()]
    fields = type(run.plan).model_fields
    meanings = [fields[name].description for name in settings]
    st.dataframe({"Setting": list(settings), "Value": values, "Meaning": meanings}, hide_index=True, height=300)
    versions = ", ".join(f"{name} {version}" for name, version in run.record["versions"].items())
    st.caption(f"Made with {escape(versions)}")
    st.download_button("Download the plan", run.plan.to_json(), "plan.json", icon=":material/download:")


@st.dialog("Rename this run")
def ask_name(run: Run) -> None:
    name = st.text_input("Name", value=run.name, max_chars=200)
    if st.button("Rename", type="primary"):
        with errors_shown():
            rename_run(run.id, name)
            st.rerun()


@st.dialog("Delete this run?")
def confirm_delete(run: Run) -> None:
    lost = "its plan, log, weights, predictions and maps" if run.has_result else "its plan and log"
    st.write(f"“{escape(run.name)}” will be deleted, including {lost}. The dataset and the module are kept.")
    if st.button("Delete the run", type="primary", icon=":material/delete:"):
        with errors_shown():
            delete_run(run.id)
            select(run="")
            st.rerun()


def show_unknown() -> None:
    """Says so when the URL names a run that is not there."""
    if chosen("run"):
        try:
            open_run(chosen("run"))
        except UserError as error:
            select(run="")
            show_error(error)


def show_all_runs() -> None:
    """The table of runs, and what can be done with those that are ticked in it."""
    show_unknown()
    show_damaged("run", damaged_runs(), delete_run)
    runs = list_runs()
    if not runs:
        st.info(
            "**No runs yet.** A run is one plan, carried out on one dataset with one module.", icon=":material/history:"
        )
        link_to("data", "Start with a dataset")
        return
    seconds = sum(sum(run.result["seconds"].values()) for run in runs)
    st.caption(
        f"{count(len(runs), 'run')}, {duration(seconds)} of computing time. Tick a run to open it, or several "
        "to compare them."
    )
    ticked = choose_runs(runs)
    offer_comparison(ticked)
    if ticked:
        show_run(ticked[-1])
