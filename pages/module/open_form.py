"""Modules that are not in the catalogue yet: opened by handle, from files, or from a run; and the opening followed."""

from collections.abc import Mapping

import streamlit as st

from pages.module.catalogue_table import mark_chosen
from pages.shared.jobs.progress import follow, followed, have_done, wait_for
from pages.shared.shell.selection import select
from pages.shared.wording.formatting import escape, shorten
from tlcore import pipeline
from tlcore.base import settings
from tlcore.jobs.uploads import forget_upload, keep_uploads, upload_name
from tlcore.modalities import Values, modality_of, usual_modality
from tlcore.modules import handle_examples, handle_in_code, module_hosts
from tlcore.modules.descriptions import tensor_title
from tlcore.modules.module import Module
from tlcore.runs import list_runs

_FIND_OUT = "Detect automatically"
_OPENING, _RUN = "opening", "opening-run"


def start_opening(ref: str, name: str = "", **choices) -> None:
    """Asks a worker to fetch and open a module, and draws the page again to follow it.

    Args:
        ref: its handle, path or id.
        name: what to call it.
        choices: `output`, `value_range`, as `open_module` takes them.
    """
    args = {"ref": ref} | {key: value for key, value in {"name": name, **choices}.items() if value}
    follow(_OPENING, pipeline.submit("open_module", args).id)
    st.rerun()


def show_opening() -> None:
    """Follows what is being opened, also after a reload; when it is open, it becomes the chosen module."""
    _continue_run()
    job = followed(_OPENING, "open_module")
    if not job:
        return
    name = job.args.get("name") or job.args["ref"]
    done = wait_for(job, f"Opening {escape(shorten(name, 80))}")
    if job.over:
        forget_upload(job.args["ref"])
    if done:
        follow(_OPENING, "")
        choose(done.result["module"])
    elif job.over and st.button("Dismiss", icon=":material/close:", key="dismiss-opening"):
        follow(_OPENING, "")
        st.rerun()


def choose(module: str) -> None:
    """Makes a module on this machine the chosen one, and draws the page again."""
    select(module=module)
    mark_chosen()
    st.rerun()


def show_other_ways() -> None:
    """By handle, from files, from a run."""
    handle, files, run = st.tabs(
        [":material/link: By handle", ":material/upload_file: From files", ":material/history: From a run"]
    )
    with handle:
        _show_by_handle()
    with files:
        _show_from_files()
    with run:
        _show_from_run()


def show_choices(module: Module) -> None:
    """Another output or pixel range for a module that is open."""
    titles = {output.name: tensor_title(output) for output in module.outputs}
    titles |= {output.name: f"inner output: {tensor_title(output)}" for output in module.inner_outputs}
    outputs = list(titles)
    chosen = list(module.output)
    if len(outputs) > 1:
        chosen = st.multiselect(
            "Output to use as feature vector (several are concatenated)",
            outputs,
            default=[name for name in module.output if name in outputs],
            format_func=lambda name: titles[name],
            key=f"outputs-{module.id}",
        )
    now = module.values
    values = _choose_values(f"range-{module.id}", module)
    same = (tuple(chosen), values) == (module.output, now)
    st.caption("Opens the module with these settings as a separate module. Existing runs are not affected.")
    if st.button(
        "Open with these settings", disabled=same or not chosen, icon=":material/layers:", key=f"again-{module.id}"
    ):
        open_with(module, tuple(chosen), values)


def open_with(module: Module, output: tuple[str, ...], values: Values) -> None:
    """Opens a module that is here again, with another output or pixel values."""
    name = _variant(module, output, values)
    start_opening(module.id, name=name, output=list(output), value_range=values.text if values else None)


def _variant(module: Module, output: tuple[str, ...], values: Values) -> str:
    parts = []
    if output != module.output:
        parts.append(" + ".join(output))
    if values != module.values:
        parts.append(_title(values, _usual(module)))
    return f"{module.name}, {', '.join(parts)}"[:200]


def _show_by_handle() -> None:
    ref = st.text_input(
        "Handle",
        placeholder=handle_examples()[0],
        key="handle",
        help=f"For example {escape(' or '.join(handle_examples()))}. Allowed hosts: "
        f"{escape(', '.join(module_hosts()))}",
    )
    taken = handle_in_code(ref)
    if taken != ref and taken.strip():
        st.caption(f"Address taken from the pasted text: {escape(shorten(taken, 200))}")
    values = _choose_values("handle-range")
    if st.button("Fetch and open", disabled=not ref.strip(), icon=":material/download:", key="open-handle"):
        start_opening(taken.strip(), value_range=values.text if values else None)


def _choose_values(key: str, module: Module | None = None) -> Values | None:
    """The values that a module expects: those of one that is open or others, of another perhaps to be found out."""
    now = module.values if module else None
    usual = _usual(module)
    ranges = usual if now is None else {_title(now, usual): now} | usual
    title = st.segmented_control(
        "Expected pixel range",
        list(ranges) if now else [_FIND_OUT, *ranges],
        default=_title(now, usual) if now else _FIND_OUT,
        required=True,
        wrap=True,
        key=key,
        help="The range of pixel values that the module was trained on. It can usually be detected from the "
        "module's layers and constants. Choose it yourself if the module's documentation says otherwise.",
    )
    return ranges.get(title)


def _usual(module: Module | None) -> Mapping[str, Values]:
    return (modality_of(module.modality) if module and module.values else usual_modality()).usual_values


def _title(values: Values, usual: Mapping[str, Values]) -> str:
    return next((title for title, each in usual.items() if each == values), values.words)


def _show_from_files() -> None:
    if not settings.allow_module_files():
        st.caption(
            "Opening SavedModels from files is switched off, because a SavedModel is a program and can run any code "
            "on this machine. The owner of this server can allow it with `TLCORE_ALLOW_MODULE_FILES=1`."
        )
        return
    st.warning(
        "A SavedModel is a program and can run any code on this machine. Open only SavedModels that you trust.",
        icon=":material/warning:",
    )
    what = st.segmented_control(
        "What to open", ["An archive", "A folder", "A path on the server"], default="An archive", required=True,
        wrap=True, key="module-files-what", label_visibility="collapsed",
    )  # fmt: skip
    values = _choose_values("files-range")
    if what == "A path on the server":
        path = st.text_input("Path to a SavedModel folder or archive", key="module-path").strip()
        if st.button("Open it", disabled=not path, icon=":material/folder_open:", key="open-path"):
            start_opening(path, value_range=values.text if values else None)
        return
    files = st.file_uploader(
        "SavedModel",
        accept_multiple_files="directory" if what == "A folder" else True,
        key=f"module-files-{what}",
        label_visibility="collapsed",
    )
    if st.button("Open it", disabled=not files, icon=":material/upload_file:", key="open-files"):
        start_opening(str(keep_uploads(files)), name=upload_name(files), value_range=values.text if values else None)


def _show_from_run() -> None:
    runs = [run for run in list_runs() if run.has_result and run.plan.train_groups]
    if not runs:
        st.caption("No run has fine-tuned layer groups yet. The model of such a run can be the module of another run.")
        return
    run = st.selectbox(
        "A run that fine-tuned layer groups",
        runs,
        format_func=lambda run: f"{shorten(run.name, 60)} · {run.record['created'][:10]}",
        key="module-run",
    )
    if st.button("Use this run's model", icon=":material/history:", key="open-run"):
        st.session_state[_RUN] = run.id
        st.rerun()


def _continue_run() -> None:
    """A run's model is exported first; once that is done, the export is opened."""
    id = st.session_state.get(_RUN)
    run = next((run for run in list_runs() if run.id == id), None) if id else None
    if run is None:
        return
    args = {"run": run.id, "format": "savedmodel"}
    if done := have_done("export", args, f"Exporting {escape(shorten(run.name, 80))}"):
        del st.session_state[_RUN]
        start_opening(done.result["path"], name=run.name)
