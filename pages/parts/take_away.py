"""A run's model and predictions, to download or to go on from."""

import shutil
from pathlib import Path

import streamlit as st

from pages.parts.pages import go_to
from pages.parts.waiting import wait_for
from pages.parts.words import plain, size
from tlcore import jobs
from tlcore.exports import FORMATS
from tlcore.runs import Run

_EXPLANATIONS = {
    "savedmodel": "The model in TF Hub's reusable form: for plain TensorFlow, or as the module of a next task.",
    "predictions": "A row an example: file name, split, label, and what the model said of it.",
}


def show_take_away(run: Run) -> None:
    """A card for each format: made on a click, then downloaded; and the model as a module."""
    if not run.has_result:
        st.caption("There is something to take away once the run has a result.")
        return
    with st.grid(columns=2, min_column_width=320):
        for format, title in FORMATS.items():
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{title}**")
                st.caption(_EXPLANATIONS[format])
                _show_format(run, format)


def _show_format(run: Run, format: str) -> None:
    args = {"run": run.id, "format": format}
    job = jobs.find_job("export", args)
    asked = f"export-{run.id}-{format}"
    if job is None or job.state in ("failed", "cancelled"):
        if st.button("Make it", key=asked, icon=":material/inventory_2:"):
            job = jobs.submit("export", args)
        elif job is None:
            return
    done = wait_for(job, "Writing the export")
    if not done:
        return
    out = Path(done.result["path"])
    name = f"{run.id}-{format}"
    with st.container(horizontal=True):
        files = [path for path in out.rglob("*") if path.is_file()]
        st.download_button(
            f"Download ({size(sum(path.stat().st_size for path in files))})",
            lambda: _archive(out, done.folder / name),
            f"{name}.zip",
            "application/zip",
            key=f"download-{name}",
            icon=":material/download:",
            on_click="ignore",
        )
        if format == "savedmodel" and st.button("Use as a module", key=f"use-{name}", icon=":material/layers:"):
            st.session_state[f"opening-{run.id}"] = True
    if st.session_state.get(f"opening-{run.id}") and format == "savedmodel":
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
