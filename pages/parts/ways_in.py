"""The ways in for data: a sample, an upload, a folder on the server."""

from pathlib import Path

import streamlit as st

import tlcore.workspace as workspace
from pages.parts.selection import select
from pages.parts.split_choice import Fractions, choose_split
from pages.parts.uploads import keep_uploads, upload_name
from pages.parts.waiting import PageProgress, follow, followed, wait_for
from pages.parts.words import count, plain, shorten, show_error, size
from tlcore import jobs, settings
from tlcore.datasets import check_server_folder, import_sample, open_dataset, samples, server_folders
from tlcore.errors import UserError

_IMPORT = "import"
_LAYOUTS = """
- **A folder a class**: `ants/1.jpg`, `bees/2.jpg`
- **`train`, `val` and `test` folders** of such classes; `valid`, `validation` and `dev` mean `val`
- **Files and a `labels.csv`** with the columns `filename,label` and, if there is one, `split`

Folders around all of this do not matter. JPEG, PNG, WebP, BMP, GIF (first frame) and TIFF are read.
"""


def show_import() -> str:
    """Follows the files that a worker reads, also after a reload; gives the dataset's id once when it is there."""
    job = followed(_IMPORT, "import")
    if not job:
        return ""
    done = wait_for(job, f"Reading {plain(shorten(job.args['name'] or 'the files', 80))}")
    if job.over:
        workspace.forget_upload(Path(job.args["source"]))  # where no worker had it before it was cancelled
    if done:
        follow(_IMPORT, "")
        if not done.result["new"]:
            edited = open_dataset(done.result["dataset"]).version
            since = ", edited since. Its history says how, and undoes it" if edited else ""
            st.toast(
                f"The same pictures with the same split are here already: this is the dataset{since}.",
                icon=":material/info:",
            )
        return done.result["dataset"]
    if job.over and st.button("Dismiss", icon=":material/close:", key="dismiss-import"):
        follow(_IMPORT, "")
        st.rerun()
    return ""


def show_samples() -> None:
    """The samples that came with the app, each one click away."""
    with st.grid(columns=2, min_column_width=320):
        for place, sample in enumerate(samples()):
            with st.container(border=True, height="stretch"):
                st.markdown(f":material/auto_awesome: **{plain(sample.title)}**")
                st.caption(plain(f"{sample.description} Licence: {sample.licence}."))
                kind = "secondary" if place else "primary"
                clicked = st.button("Use this sample", key=f"sample-{sample.name}", type=kind, icon=":material/bolt:")
                if clicked:
                    try:
                        dataset = import_sample(sample.name, progress=PageProgress("Reading the sample"))
                    except UserError as error:
                        show_error(error)
                    else:
                        select(dataset=dataset.id, run="")
                        st.rerun()


def show_upload() -> None:
    """An archive, many files or a whole folder from the person's own machine."""
    what = st.segmented_control(
        "What to upload", ["Archive or files", "A whole folder"], default="Archive or files", required=True,
        key="upload-what", label_visibility="collapsed",
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
    name, seed, fractions = _options("upload", upload_name(files) if files else "")
    label = (
        f"Read {count(len(files), 'file')} ({size(sum(file.size for file in files))})" if files else "Read the files"
    )
    if st.button(label, type="primary", disabled=not files, icon=":material/upload_file:", key="upload-read"):
        source = keep_uploads(files)
        st.session_state["upload-generation"] = generation + 1  # so that the uploaded bytes leave memory
        _start_import(source, name, seed, fractions)


def show_server_folder() -> None:
    """A folder that the server's owner allowed; without one, how to allow it."""
    if not settings.data_roots():
        st.caption(
            "The owner of this server has allowed no folder. To allow one: start the app with "
            "`TLCORE_DATA_ROOTS=/path/to/folder` (several as in PATH)."
        )
        return
    folder = st.selectbox(
        "Folder or archive on the server",
        [str(path) for path in server_folders()],
        index=None,
        accept_new_options=True,
        placeholder="Choose one, or type a path under an allowed folder",
        key="server-folder",
        help="Allowed: " + plain(", ".join(str(root) for root in settings.data_roots())),
    )
    name, seed, fractions = _options("server", Path(folder).name.split(".")[0] if folder else "")
    if st.button("Read it", type="primary", disabled=not folder, icon=":material/folder_open:", key="server-read"):
        try:
            source = check_server_folder(folder)
        except UserError as error:
            show_error(error)
        else:
            _start_import(source, name, seed, fractions)


def _options(key: str, suggested: str) -> tuple[str, int, Fractions]:
    with st.expander("Name, split and layouts", icon=":material/tune:"):
        name = st.text_input("Name", placeholder=suggested[:80], max_chars=300, key=f"{key}-name")
        st.caption("Where the files bring their own split, it is kept, and fractions and seed are not used.")
        seed, fractions = choose_split(key)
        st.markdown(_LAYOUTS)
    return name.strip() or suggested, seed, fractions


def _start_import(source: Path, name: str, seed: int, fractions: Fractions) -> None:
    """Asks a worker to read the files, so that they are read whether or not the page stays open, and follows it."""
    args = {"source": str(source), "name": name, "seed": seed, "fractions": fractions}
    follow(_IMPORT, jobs.submit("import", args).id)
    st.rerun()
