"""How files would be read, shown before anything is stored: what comes of it, and each part to be changed."""

import json

import streamlit as st

from pages.shared.media.items import drawing_of
from pages.shared.wording.formatting import count, escape, shorten

_NONE = "null"
_PATTERN = "pattern"
_MOST_CLASSES = 200
_PICTURED = 8  # classes whose pictures are shown
_MEANINGS = ("train", "val", "test", "unlabelled")


def show_proposal(proposal: dict, previews: dict[str, bytes], key: str) -> dict:
    """What would come of a reading, and the parts of it as widgets.

    Args:
        proposal: as `Proposal.to_dict` gives it.
        previews: small copies of the examples that the outline names, by their name.
        key: names the widgets; another for each proposal.

    Returns:
        The parts of the reading that the person has changed; empty where there are none.
    """
    for doubt in proposal["doubts"]:
        st.warning(escape(doubt), icon=":material/help:")
    changed = _offer_groups(proposal, key)
    outcome, choices = st.columns([3, 2], gap="medium")
    with outcome:
        _show_outcome(proposal, previews)
    with choices:
        return _choose(proposal, key) | changed


def _offer_groups(proposal: dict, key: str) -> dict:
    """A button for each column that looks like a group, where there is none."""
    if proposal["reading"]["group"]:
        return {}
    with st.container(horizontal=True):
        for group in proposal["options"]["groups"]:
            label = f"Use “{escape(shorten(group['name'], 40))}” as the group"
            if st.button(label, icon=":material/group_work:", key=f"{key}-use-{group['name']}"):
                return {"group": group["where"]}
    return {}


def _show_outcome(proposal: dict, previews: dict[str, bytes]) -> None:
    outline = proposal["outline"]
    classes = outline["classes"]
    files = sum(each["files"] for each in classes.values())
    parts = [f"**{count(len(classes), 'class', 'classes')}** with {count(files, 'example')}"]
    if outline["splits"]:
        parts.append(", ".join(f"{size:,} {split}" for split, size in outline["splits"].items()))
    if outline["unlabelled"]:
        parts.append(f"{outline['unlabelled']:,} without a label")
    st.markdown(" · ".join(parts))
    st.dataframe(
        {
            "Class": list(classes)[:_MOST_CLASSES],
            "Files": [each["files"] for each in list(classes.values())[:_MOST_CLASSES]],
            "Such as": [", ".join(map(_end, each["examples"])) for each in list(classes.values())[:_MOST_CLASSES]],
        },
        hide_index=True,
        height=min(38 + 35 * len(classes), 250),
        column_config={
            "Files": st.column_config.NumberColumn(width="small"),
            "Such as": st.column_config.TextColumn(width="large"),
        },
    )
    if len(classes) > _MOST_CLASSES:
        st.caption(f"Only the first {_MOST_CLASSES} classes are listed.")
    drawing = drawing_of(proposal["reading"]["modality"])
    for name, each in list(classes.items())[:_PICTURED]:
        pictures = [previews[example] for example in each["examples"] if example in previews]
        if pictures:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(escape(shorten(name, 28)), width=150)
                for picture in pictures:
                    drawing.show_preview(picture, f"An example of {name}", 64)
    reasons = [escape(reason.rstrip(".")) + "." for reason in proposal["reasons"].values()]
    if reasons:
        st.caption("Why the files are read this way:  \n" + "  \n".join(reasons))
    for each in outline["left_out"]:
        with st.expander(escape(f"Left out, {count(each['files'], 'file')}: {each['reason']}")):
            st.write(escape(", ".join(shorten(name, 80) for name in each["examples"])))


def _choose(proposal: dict, key: str) -> dict:
    reading, options = proposal["reading"], proposal["options"]
    places = _places(proposal)
    changed = {}
    with st.container(border=True):
        st.markdown("**How to read the files**")
        for part, words, needed in (("label", "Class", True), ("split", "Split", False), ("group", "Group", False)):
            chosen = _choose_place(part, words, needed, reading[part], places, key)
            if chosen != reading[part]:
                changed[part] = chosen
        changed |= _choose_meanings(reading, key)
        changed |= _choose_metadata(reading, options, key)
        changed |= _choose_merges(reading, key)
        changed |= _choose_encoding(reading, options, key)
        changed |= _choose_tables(reading, options, key)
    return changed


def _places(proposal: dict) -> dict[str, str]:
    """Where a class, split or group can come from, as JSON, and what it is called."""
    found = {}
    for level in proposal["options"]["levels"]:
        number = level["level"]
        which = f"Folder {number + 1}" if number >= 0 else "Innermost folder" if number == -1 else f"Folder {number}"
        found[_key({"from": "level", "level": number})] = f"{which}: {_some(level['names'], level['count'])}"
    used = {table["path"] for table in proposal["reading"]["tables"]}
    for table in proposal["options"]["tables"]:
        if table["path"] in used:
            for column, samples in table["columns"].items():
                found[_key({"from": "column", "column": column})] = f"Column “{column}”: {_some(samples, 4)}"
    return found


def _choose_place(
    part: str, words: str, needed: bool, now: dict | None, places: dict[str, str], key: str
) -> dict | None:
    options = dict(places)
    if not needed or now is None:
        options = {_NONE: "None"} | options
    if now is not None and now["from"] != "pattern" and _key(now) not in options:
        options[_key(now)] = _said(now)
    options[_PATTERN] = "A pattern in the file path …"
    begin = _NONE if now is None else _PATTERN if now["from"] == "pattern" else _key(now)
    chosen = st.selectbox(
        words, list(options), list(options).index(begin), format_func=lambda each: shorten(options[each], 70),
        key=f"{key}-{part}", help=_HELP[part],
    )  # fmt: skip
    if chosen != _PATTERN:
        return json.loads(chosen)
    pattern = st.text_input(
        f"Pattern for the {words.lower()}", now["pattern"] if begin == _PATTERN else "", key=f"{key}-{part}-pattern",
        max_chars=500, placeholder=r"for instance  ([a-z]+)[._]\d+",
        help="A regular expression that is searched for in each file's path. The text that its first group matches "
        "is the value: `_([a-z]+)_` finds “jackson” in `3_jackson_12.png`.",
    )  # fmt: skip
    return {"from": "pattern", "pattern": pattern} if pattern.strip() else now


def _choose_meanings(reading: dict, key: str) -> dict:
    """What each name of a split, as it is written, means."""
    if not reading["split"] or not reading["splits"]:
        return {}
    meanings = {}
    for name, meaning in reading["splits"].items():
        meanings[name] = st.selectbox(
            f"“{escape(shorten(name, 40))}” is", _MEANINGS, _MEANINGS.index(meaning), key=f"{key}-means-{name}"
        )
    return {"splits": meanings} if meanings != reading["splits"] else {}


def _choose_metadata(reading: dict, options: dict, key: str) -> dict:
    columns = {name: where for name, where in reading["metadata"].items()}
    for table in options["tables"]:
        for column in table["columns"]:
            where = {"from": "column", "column": column}
            if where not in (reading["label"], reading["split"]) and where not in columns.values():
                columns.setdefault(column, where)
    if not columns:
        return {}
    kept = st.multiselect(
        "Metadata columns", list(columns), list(reading["metadata"]), key=f"{key}-metadata",
        format_func=lambda name: shorten(name, 40),
        help="These columns are kept with the examples. You can filter the examples by them and see every metric "
        "for each value.",
    )  # fmt: skip
    return {"metadata": {name: columns[name] for name in kept}} if set(kept) != set(reading["metadata"]) else {}


def _choose_merges(reading: dict, key: str) -> dict:
    """Classes whose names are spelt in two ways, each to be merged or not."""
    kept = {}
    for written, name in reading["classes"].items():
        label = f"Merge “{escape(shorten(written, 30))}” into “{escape(shorten(name, 30))}”"
        if written == name or st.checkbox(label, True, key=f"{key}-merge-{written}"):
            kept[written] = name
    return {"classes": kept} if kept != reading["classes"] else {}


def _choose_encoding(reading: dict, options: dict, key: str) -> dict:
    encodings = options["encodings"]
    if not encodings:
        return {}
    names = list(dict.fromkeys([reading["encoding"], *encodings]))
    chosen = st.selectbox(
        "Encoding of file names", names, key=f"{key}-encoding",
        format_func=lambda name: f"{name}: {shorten(encodings[name], 50)}" if name in encodings else name,
        help="Choose the encoding in which the names look right.",
    )  # fmt: skip
    return {"encoding": chosen} if chosen != reading["encoding"] else {}


def _choose_tables(reading: dict, options: dict, key: str) -> dict:
    """The tables: which are used, and which of their columns names the files."""
    if not options["tables"]:
        return {}
    kept = []
    for table in options["tables"]:
        path = table["path"]
        now = next((each for each in reading["tables"] if each["path"] == path), None)
        if table["problem"]:
            st.caption(f"{escape(shorten(path, 60))} is not used: {escape(table['problem'])}")
        elif now is None:
            st.caption(f"{escape(shorten(path, 60))} is not used.")
        elif st.checkbox(f"Use {escape(shorten(path, 50))}", True, key=f"{key}-table-{path}"):
            columns = [now["file"], *(name for name in table["columns"] if name != now["file"])]
            file = st.selectbox(
                "Column that names the files", columns, key=f"{key}-file-{path}",
                format_func=lambda name: shorten(name, 40),
            )  # fmt: skip
            rest = [name for name in columns if name != file]
            kept.append(now if file == now["file"] else {**now, "file": file, "columns": rest})
    return {"tables": kept} if kept != reading["tables"] else {}


def _end(path: str) -> str:
    """The end of a path, which tells files apart."""
    folders, _, name = path.rpartition("/")
    return shorten(f"{folders.rpartition('/')[2]}/{name}" if folders else name, 48)


def _some(names: dict | list, total: int) -> str:
    shown = ", ".join(shorten(str(name), 20) for name in list(names)[:4])
    return f"{shown} …" if total > 4 else shown


def _said(where: dict) -> str:
    if where["from"] == "columns":
        return f"Columns {', '.join(where['columns'][:4])}{' …' if len(where['columns']) > 4 else ''}"
    return f"Column “{where['column']}”" if where["from"] == "column" else f"Folder {where['level']}"


def _key(where: dict) -> str:
    return json.dumps(where, ensure_ascii=False)


_HELP = {
    "label": "Where the class of a file comes from: a folder in its path, a column of a table, or a pattern.",
    "split": "What decides whether a file is in train, val or test. If there is nothing, the examples are split at "
    "random.",
    "group": "Examples of one group, such as a patient, a speaker or a camera, are never in two splits.",
}
