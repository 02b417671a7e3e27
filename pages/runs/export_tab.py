"""A run's model and predictions, to download or to go on from."""

import streamlit as st

from pages.shared.jobs.progress import have_done, wait_for
from pages.shared.run.choose_run import choose_run, titles_of
from pages.shared.shell.pages import go_to, link_to
from pages.shared.wording.formatting import errors_shown, escape, size
from tlcore import pipeline
from tlcore.exports import FORMATS
from tlcore.jobs import Job
from tlcore.pipeline.outputs import ExportOutput
from tlcore.runs import Run, list_runs

_AGREEMENT_HELP = (
    "The exported model predicts the same examples as the run, and the predictions are compared. A model whose "
    "predictions differ by more than its format allows is not offered. The README in the export says how to use it."
)


def show_export() -> None:
    """A row for each format: made on a click, compared with the run, then downloaded; and the model as a module."""
    run = choose_run([run for run in list_runs() if run.has_result], "Run", key="export-run")
    if run is None:
        st.info("**There is nothing to export yet.** Train a run first.", icon=":material/inventory_2:")
        link_to("data", "Start with a dataset")
        return
    if run.metrics.get("test"):
        st.caption("Every export contains results on the test split, so it counts as a look at the test metrics.")
    for name, format in FORMATS.items():
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.container(gap=None):
                    st.markdown(f"**{format.title}**")
                    st.caption(format.purpose)
                buttons = st.container(horizontal=True, width="content")
            baseline = _choose_baseline(run, name) if format.takes_baseline else None
            _show_format(run, name, buttons, baseline)


def _choose_baseline(run: Run, format: str) -> str | None:
    """The id of another run of the dataset, since which the export says what changed."""
    dataset = run.record["dataset"]["id"]
    others = [each for each in list_runs() if each.record["dataset"]["id"] == dataset and each.has_result]
    names = titles_of([each for each in others if each.id != run.id])
    if not names:
        return None
    return st.selectbox(
        "What changed since", list(names), index=None, format_func=names.get, placeholder="No other run",
        key=f"baseline-{run.id}-{format}", width=560,
        help="Another run on this dataset, such as one from before you edited it. The export then also shows how "
        "the plans differ, what was edited in between, and whether this run is better.",
    )  # fmt: skip


def _show_format(run: Run, format: str, buttons, baseline: str | None) -> None:
    args = {"run": run.id, "format": format, **({"baseline": baseline} if baseline else {})}
    job = pipeline.find_job("export", args)
    if job is None or job.state in ("failed", "cancelled"):
        buttons.button(
            "Export", key=f"export-{run.id}-{format}", icon=":material/inventory_2:",
            on_click=errors_shown()(pipeline.submit), args=("export", args),
        )  # fmt: skip
    if job and (done := wait_for(job, "Exporting")):
        _show_made(run, format, done, buttons)


def _show_made(run: Run, format: str, done: Job, buttons) -> None:
    made = ExportOutput(done)
    name = f"{run.id}-{format}"
    if format == "savedmodel" and buttons.button("Use as a module", key=f"use-{name}", icon=":material/layers:"):
        st.session_state[f"opening-{run.id}"] = True
    buttons.download_button(
        f"Download ({size(made.bytes)})",
        *made.download(name),
        key=f"download-{name}",
        icon=":material/download:",
        on_click="ignore",
    )
    if agreement := made.agreement:
        st.caption(
            f":material/check_circle: {size(agreement.bytes)}, compared with the run: {agreement.words}.",
            help=_AGREEMENT_HELP,
        )
    if format == "savedmodel" and st.session_state.get(f"opening-{run.id}"):
        _open_as_module(run, made)


def _open_as_module(run: Run, made: ExportOutput) -> None:
    args = {"ref": str(made.path), "name": run.name}
    if job := have_done("open_module", args, f"Opening {escape(run.name)}"):
        del st.session_state[f"opening-{run.id}"]
        go_to("module", module=job.result["module"])
