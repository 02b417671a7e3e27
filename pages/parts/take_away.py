"""A run's model and predictions, to download or to go on from."""

import shutil
from pathlib import Path

import streamlit as st

from pages.parts.pages import go_to
from pages.parts.waiting import wait_for
from pages.parts.words import plain, size
from tlcore import jobs
from tlcore.exports import FORMATS
from tlcore.exports.agreement import read_agreement
from tlcore.jobs import Job
from tlcore.runs import Run

_AGREEMENT_HELP = (
    "What is exported is run on the same pictures as the run, and what both say is compared. "
    "A model that differs by more than its format may is not offered; its README says how it is used."
)


def show_take_away(run: Run) -> None:
    """A row for each format: made on a click, compared with the run, then downloaded; and the model as a module."""
    if not run.has_result:
        st.caption("There is something to take away once the run has a result.")
        return
    for name, format in FORMATS.items():
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.container(gap=None):
                    st.markdown(f"**{format.title}**")
                    st.caption(format.purpose)
                buttons = st.container(horizontal=True, width="content")
            _show_format(run, name, buttons)


def _show_format(run: Run, format: str, buttons) -> None:
    args = {"run": run.id, "format": format}
    job = jobs.find_job("export", args)
    if job is None or job.state in ("failed", "cancelled"):
        if buttons.button("Make it", key=f"export-{run.id}-{format}", icon=":material/inventory_2:"):
            job = jobs.submit("export", args)
        elif job is None:
            return
    if done := wait_for(job, "Making it"):
        _show_made(run, format, done, buttons)


def _show_made(run: Run, format: str, done: Job, buttons) -> None:
    out = Path(done.result["path"])
    name = f"{run.id}-{format}"
    files = [path for path in out.rglob("*") if path.is_file()]
    if format == "savedmodel" and buttons.button("Use as a module", key=f"use-{name}", icon=":material/layers:"):
        st.session_state[f"opening-{run.id}"] = True
    buttons.download_button(
        f"Download ({size(sum(path.stat().st_size for path in files))})",
        lambda: _archive(out, done.folder / name),
        f"{name}.zip",
        "application/zip",
        key=f"download-{name}",
        icon=":material/download:",
        on_click="ignore",
    )
    if agreement := read_agreement(out):
        st.caption(
            f":material/check_circle: {size(agreement.bytes)}, compared with the run: {agreement.words}.",
            help=_AGREEMENT_HELP,
        )
    if format == "savedmodel" and st.session_state.get(f"opening-{run.id}"):
        _open_as_module(run, out)


def _open_as_module(run: Run, folder: Path) -> None:
    args = {"ref": str(folder), "name": run.name}
    job = wait_for(jobs.find_job("open_module", args) or jobs.submit("open_module", args), f"Opening {plain(run.name)}")
    if job:
        del st.session_state[f"opening-{run.id}"]
        go_to("module", module=job.result["module"])


def _archive(folder: Path, path: Path) -> bytes:
    archive = Path(f"{path}.zip")
    if not archive.exists():
        shutil.make_archive(str(path), "zip", folder)
    return archive.read_bytes()
