"""The ways in for data: a sample, an upload, a folder on the server."""

import json
from pathlib import Path
from typing import NoReturn

import streamlit as st

from pages.data.reading.changes import with_change
from pages.data.reading.form import show_proposal, why_not_yet
from pages.data.split_choice import choose_split
from pages.shared.jobs.progress import follow, followed, wait_for
from pages.shared.wording.formatting import count, escape, shorten, show_error, size
from tlcore import jobs, pipeline
from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.datasets import check_server_folder, open_dataset, samples, server_folders
from tlcore.jobs.uploads import forget_upload, keep_uploads, upload_name
from tlcore.pipeline.outputs import proposed_previews

_IMPORT = "import"
_LAYOUTS = """
- **One folder per class**: `ants/1.jpg`, `bees/2.jpg`
- **Folders for splits**, above or below the class folders: `train/ants/1.jpg`, `seg_test/bees/2.jpg`
- **A table beside the files** with the class of each file: CSV, TSV, JSON Lines or Parquet, with any column names
- **File names that contain the class**: `cat.0.jpg`, `3_jackson_12.png`

Columns such as patient, age or camera are kept with the examples. Additional folders around these layouts are ignored.
JPEG, PNG, WebP, BMP, GIF (first frame), TIFF, HEIC and AVIF are read.
"""


def show_import() -> str:
    """Follows the files that a worker reads, also after a reload; gives the dataset's id once when it is there.

    Where it is in doubt how the files are to be read, the person is asked before anything is stored.
    """
    job = followed(_IMPORT, "import", "sample")
    if not job:
        return ""
    done = wait_for(job, f"Reading {escape(shorten(_name_of(job), 80))}")
    if done and "proposal" in done.result:
        _review(done)
        return ""
    if done:
        follow(_IMPORT, "")
        if not done.result["new"]:
            edited = open_dataset(done.result["dataset"]).version
            since = ", edited since; you can undo the edits under History" if edited else ""
            st.toast(
                f"The same examples with the same split were imported before: this is that dataset{since}.",
                icon=":material/info:",
            )
        return done.result["dataset"]
    before = jobs.open_job(job.args["before"]) if job.over and job.args.get("before") else None
    if before:  # what was changed can't be used, and says why
        _review(before)
    elif job.over:
        if "source" in job.args:
            forget_upload(job.args["source"])  # where no worker had it before it was cancelled
        if st.button("Dismiss", icon=":material/close:", key="dismiss-import"):
            follow(_IMPORT, "")
            st.rerun()
    return ""


def is_in_review() -> bool:
    """Whether the page shows how files would be read, and waits for the person's word."""
    job = followed(_IMPORT, "import")
    return bool(job and (job.args.get("before") or (job.state == "done" and "proposal" in job.result)))


def _review(job: jobs.Job) -> None:
    """Shows how files would be read; imports them so, reads them otherwise, or lets go of them."""
    proposal = job.result["proposal"]
    with st.container(border=True):
        st.subheader("Check how the files are read")
        st.caption("Nothing has been stored yet. Correct what is wrong, then import.")
        changed = show_proposal(proposal, proposed_previews(job), f"reading-{job.id}")
        if why := why_not_yet(proposal):
            st.caption(f":material/info: {why}")
        with st.container(horizontal=True):
            if st.button("Import", type="primary", icon=":material/check:", disabled=bool(why)):
                _submit_import({**job.args, "reading": proposal["reading"], "confirm": "never", "before": job.id})
            if st.button("Discard these files", icon=":material/close:"):
                forget_upload(job.args["source"])
                follow(_IMPORT, "")
                st.rerun()
            st.download_button(
                "Download this reading",
                json.dumps(proposal["reading"], indent=1, ensure_ascii=False),
                "reading.json",
                "application/json",
                icon=":material/download:",
                on_click="ignore",
                help="`python -m tlcore import FILES --reading reading.json` reads other files in the same way.",
            )
    if changed:
        chosen = with_change(job.args.get("reading") or {}, changed, proposal)
        _submit_import({**job.args, "reading": chosen, "confirm": "always", "before": job.id})


def _name_of(job: jobs.Job) -> str:
    titles = {sample.name: sample.title for sample in samples()} if job.kind == "sample" else {}
    return titles.get(job.args["name"], job.args["name"]) or "the files"


def show_samples() -> None:
    """The samples that came with the app, each one click away."""
    with st.grid(columns=2, min_column_width=320):
        for place, sample in enumerate(samples()):
            with st.container(border=True, height="stretch"):
                st.markdown(f":material/auto_awesome: **{escape(sample.title)}**")
                st.caption(escape(f"{sample.description} Licence: {sample.licence}."))
                kind = "secondary" if place else "primary"
                clicked = st.button("Use this sample", key=f"sample-{sample.name}", type=kind, icon=":material/bolt:")
                if clicked:
                    _follow_import(pipeline.submit("sample", {"name": sample.name}))


def show_upload() -> None:
    """An archive, many files or a whole folder from the person's own machine."""
    what = st.segmented_control(
        "What to upload", ["Archive or files", "A whole folder"], default="Archive or files", required=True,
        wrap=True, key="upload-what", label_visibility="collapsed",
    )  # fmt: skip
    generation = st.session_state.setdefault("upload-generation", 0)
    files = st.file_uploader(
        "Archive or files" if what == "Archive or files" else "Folder",
        accept_multiple_files="directory" if what == "A whole folder" else True,
        key=f"upload-{what}-{generation}",
        label_visibility="collapsed",
    )
    if what == "Archive or files":
        st.caption("One archive (zip, tar, tar.gz …), or many files at once.")
    options = _options("upload", upload_name(files) if files else "")
    label = (
        f"Read {count(len(files), 'file')} ({size(sum(file.size for file in files))})" if files else "Read the files"
    )
    if st.button(label, type="primary", disabled=not files, icon=":material/upload_file:", key="upload-read"):
        source = keep_uploads(files)
        st.session_state["upload-generation"] = generation + 1  # so that the uploaded bytes leave memory
        _submit_import({"source": str(source), **options})


@st.cache_data(ttl=30, show_spinner="Looking through the allowed folders")
def _server_folders(roots: tuple[str, ...]) -> list[str]:
    """What there is to choose from; looked through anew after a moment, not at every click."""
    return [str(path) for path in server_folders()]


def show_server_folder() -> None:
    """A folder that the server's owner allowed; without one, how to allow it."""
    if not settings.data_roots():
        st.caption(
            "The owner of this server has not allowed any folders. To allow one, start the app with "
            "`TLCORE_DATA_ROOTS=/path/to/folder` (separate several as in PATH)."
        )
        return
    folder = st.selectbox(
        "Folder or archive on the server",
        _server_folders(tuple(map(str, settings.data_roots()))),
        index=None,
        accept_new_options=True,
        placeholder="Choose one, or type a path under an allowed folder",
        key="server-folder",
        help="Allowed: " + escape(", ".join(str(root) for root in settings.data_roots())),
    )
    options = _options("server", Path(folder).name.split(".")[0] if folder else "")
    if st.button(
        "Read the files", type="primary", disabled=not folder, icon=":material/folder_open:", key="server-read"
    ):
        try:
            source = check_server_folder(folder)
        except UserError as error:
            show_error(error)
        else:
            _submit_import({"source": str(source), **options})


def _options(key: str, suggested: str) -> dict:
    """What an import is told besides its source."""
    with st.expander("Name, split and layouts", icon=":material/tune:"):
        name = st.text_input("Name", placeholder=suggested[:80], max_chars=300, key=f"{key}-name")
        review = st.checkbox(
            "Show me how the files are read before they are stored",
            key=f"{key}-review",
            help="If it is unclear how to read the files, you are always asked.",
        )
        st.caption("If the files have their own split, it is kept, and the fractions and the seed are not used.")
        seed, fractions = choose_split(key)
        st.markdown(_LAYOUTS)
    confirm = "always" if review else "doubt"
    return {"name": name.strip() or suggested, "seed": seed, "fractions": fractions, "confirm": confirm}


def _submit_import(args: dict) -> NoReturn:
    """Asks a worker to read files, so that they are read whether or not the page stays open, and follows it."""
    _follow_import(pipeline.submit("import", args))


def _follow_import(job: jobs.Job) -> NoReturn:
    follow(_IMPORT, job.id)
    st.rerun()
