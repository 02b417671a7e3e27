"""The files themselves: what is left out, what has no label, how names are decoded, and what kind of data they are."""

import streamlit as st

from pages.shared.wording.formatting import count, escape, shorten


def choose_encoding(proposal: dict, key: str) -> dict:
    """The encoding of the names in an archive, where it leaves a choice."""
    now, encodings = proposal["reading"]["encoding"], proposal["options"]["encodings"]
    if not encodings:
        return {}
    chosen = st.selectbox(
        "Encoding of file names", list(dict.fromkeys((now, *encodings))), key=f"{key}-encoding",
        accept_new_options=True,
        format_func=lambda name: f"{name}: {shorten(encodings[name], 50)}" if name in encodings else name,
        help="Choose the encoding in which the names look right, or type another one, such as gbk.",
    )  # fmt: skip
    return {"encoding": chosen} if chosen and chosen != now else {}


def choose_modality(proposal: dict, key: str) -> dict:
    """The kind of data, where there are files of several."""
    now, found = proposal["reading"]["modality"], proposal["options"]["modalities"]
    if len(found) < 2:
        return {}
    chosen = st.selectbox(
        "Kind of data", list(found), list(found).index(now), key=f"{key}-modality",
        format_func=lambda name: f"{name.capitalize()}: {count(found[name], 'file')}",
    )  # fmt: skip
    return {"modality": chosen} if chosen != now else {}


def choose_files(proposal: dict, key: str) -> dict:
    """What is left out and what is kept without a label, each to be ticked, and other folders."""
    reading, options = proposal["reading"], proposal["options"]
    left_out_now = {(each.get("path", ""), each.get("kind", "")): each for each in reading["left_out"]}
    with st.form(f"{key}-files", border=False):
        st.markdown("**Left out**")
        left_out = []
        for number, each in enumerate(options["left_out"]):
            now = left_out_now.get((each["path"], each["kind"]))
            what = f"{each['path']}: {_small(each['reason'])}" if each["path"] else each["reason"]
            if st.checkbox(_label(what, each["files"]), now is not None, key=f"{key}-left-out-{number}"):
                left_out.append(now or {name: each[name] for name in ("path", "kind", "reason") if each[name]})
        known = {each["path"] for each in options["left_out"]}
        more = _more_folders("Leave out other folders or files", options["folders"], known, f"{key}-leave-out")
        left_out += [{"path": path, "reason": "Left out by hand"} for path in more]
        st.markdown("**Kept without a label**")
        unlabelled = [
            path
            for number, (path, files) in enumerate(options["unlabelled"].items())
            if st.checkbox(_label(path, files), path in reading["unlabelled"], key=f"{key}-unlabelled-{number}")
        ]
        unlabelled += _more_folders(
            "Keep other folders or files without a label", options["folders"], options["unlabelled"],
            f"{key}-unlabel",
        )  # fmt: skip
        submitted = st.form_submit_button("Apply", icon=":material/refresh:", key=f"{key}-read-files")
    changed = {}
    if submitted and {_identity(each) for each in left_out} != set(left_out_now):
        changed["left_out"] = left_out
    if submitted and set(unlabelled) != set(reading["unlabelled"]):
        changed["unlabelled"] = unlabelled
    return changed


def _more_folders(label: str, folders: dict[str, int], known, key: str) -> list[str]:
    options = [path for path in folders if path not in known]
    chosen = st.multiselect(
        label, options, key=key, accept_new_options=True, placeholder="Choose, or type a path",
        format_func=lambda path: f"{shorten(path, 50)} ({count(folders[path], 'file')})" if path in folders else path,
    )  # fmt: skip
    return [path.strip().strip("/") for path in chosen if path.strip().strip("/")]


def _label(what: str, files: int) -> str:
    return f"{escape(shorten(what, 90))} ({count(files, 'file')})"


def _identity(left_out: dict) -> tuple[str, str]:
    return left_out.get("path", ""), left_out.get("kind", "")


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
