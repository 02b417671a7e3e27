"""What written names stand for: the splits, and the classes."""

import streamlit as st

from pages.shared.wording.formatting import count, escape, shorten

_MEANINGS = {"train": "train", "val": "val", "test": "test", "unlabelled": "none: keep without a label"}
_MOST = 100  # values of a split that can be given a meaning


def undecided(proposal: dict) -> list[str]:
    """The values of the split that must mean something before the files can be imported."""
    reading = proposal["reading"]
    if not reading["split"] or reading["split"]["from"] == "level":  # a folder that is no split is for training
        return []
    return [name for name in proposal["options"]["splits"] if name not in reading["splits"]]


def choose_meanings(proposal: dict, key: str) -> dict:
    """What each value of the split means."""
    now, written = proposal["reading"]["splits"], proposal["options"]["splits"]
    meanings = {}
    with st.form(f"{key}-meanings", border=False):
        with st.grid(columns=2, min_column_width=130, gap="small"):
            for number, name in enumerate(dict.fromkeys((*now, *written))):
                label = f"“{escape(shorten(name, 30))}”"
                if name in written:
                    label += f", {count(written[name], 'file')}"
                meanings[name] = st.selectbox(
                    label, list(_MEANINGS), list(_MEANINGS).index(now[name]) if name in now else None,
                    format_func=_MEANINGS.get, placeholder="Choose", key=f"{key}-means-{number}",
                )  # fmt: skip
        if len(written) == _MOST:
            st.caption(f"Only the {_MOST} most frequent values are listed. Is this the column of the split?")
        submitted = st.form_submit_button("Apply", icon=":material/refresh:", key=f"{key}-use-meanings")
    meanings = {name: meaning for name, meaning in meanings.items() if meaning}
    return {"splits": meanings} if submitted and meanings != now else {}


def choose_classes(proposal: dict, key: str) -> dict:
    """Labels that stand for a class of another name."""
    now = proposal["reading"]["classes"]
    renamed = [written for written, name in now.items() if written != name]
    names = list(dict.fromkeys((*proposal["outline"]["classes"], *now)))
    with st.form(f"{key}-classes", border=False):
        kept = renamed
        if renamed:
            kept = st.multiselect(
                "Renamed or merged", renamed, renamed, key=f"{key}-renamed",
                format_func=lambda written: f"{shorten(written, 24)} → {shorten(now[written], 24)}",
                help="Remove one to keep the label as it is written.",
            )  # fmt: skip
        old = st.selectbox(
            "Class to rename", names, None, format_func=lambda name: shorten(name, 50), placeholder="Choose a class",
            key=f"{key}-rename",
        )  # fmt: skip
        new = st.selectbox(
            "New name", names, None, format_func=lambda name: shorten(name, 50), accept_new_options=True,
            placeholder="Type a name or choose a class", key=f"{key}-rename-to",
        )  # fmt: skip
        if not st.form_submit_button("Apply", icon=":material/refresh:", key=f"{key}-use-names"):
            return {}
    chosen = {written: name for written, name in now.items() if written == name or written in kept}
    if old and new and new.strip():
        chosen = {written: new.strip() if name == old else name for written, name in chosen.items()}
        chosen[old] = new.strip()
    return {"classes": chosen} if chosen != now else {}
