"""Where a class, a split, a group or another column comes from: a folder, columns of tables, or a pattern."""

import json

import streamlit as st

from pages.shared.wording.formatting import shorten

_NONE = "null"
_PATTERN = "pattern"
_COLUMNS = "columns"
_PARTS = {
    "label": ("Class", "Where the class of a file comes from: a folder in its path, a table, or a pattern."),
    "split": (
        "Split",
        "What decides whether a file is in train, val or test. If there is nothing, the examples are split at random.",
    ),
    "group": (
        "Group",
        "Examples of one group, such as a patient, a speaker or a camera, are never in two splits.",
    ),
}


def choose_places(proposal: dict, key: str) -> dict:
    """The class, the split and the group: those of them that the person has changed."""
    changed = {}
    for part, (words, meaning) in _PARTS.items():
        now = proposal["reading"][part]
        chosen = pick_place(words, proposal, f"{key}-{part}", now=now, can_be_none=part != "label", help=meaning)
        is_ready = chosen is None or chosen["from"] != "columns" or chosen == now
        if not is_ready:
            is_ready = st.button("Apply", icon=":material/refresh:", key=f"{key}-{part}-use-columns")
        if chosen != now and is_ready:
            changed[part] = chosen
    return changed


def pick_place(
    words: str, proposal: dict, key: str, *, now: dict | None = None, can_be_none: bool = True, help: str = ""
) -> dict | None:
    """A list of all places, with a field for a pattern or for columns where one of these is picked.

    Args:
        words: what is sought.
        proposal: as `Proposal.to_dict` gives it.
        key: names the widgets.
        now: the place that the list begins with.
        can_be_none: whether none can be picked.
        help: what is sought, in a sentence.

    Returns:
        The place that is picked, as a reading has it; `now` while a pattern or columns are missing.
    """
    columns = columns_of(proposal)
    options = places_of(proposal)
    if can_be_none or now is None:
        options = {_NONE: "None"} | options
    begin = _begin(now)
    if begin not in options and begin not in (_PATTERN, _COLUMNS):
        options[begin] = said(now)
    if len(columns) > 1 or begin == _COLUMNS:
        options[_COLUMNS] = "Columns that hold 1 or 0 …"
    options[_PATTERN] = "A pattern in the file path …"
    chosen = st.selectbox(
        words, list(options), list(options).index(begin), format_func=lambda each: shorten(options[each], 70), key=key,
        help=help or None,
    )  # fmt: skip
    if chosen == _PATTERN:
        return _pick_pattern(words, now, key)
    return _pick_columns(now, columns, key) if chosen == _COLUMNS else json.loads(chosen)


def places_of(proposal: dict) -> dict[str, str]:
    """Folders and columns that something can come from, as JSON, and what each is called."""
    found = {}
    for level in proposal["options"]["levels"]:
        number = level["level"]
        which = f"Folder {number + 1}" if number >= 0 else "Innermost folder" if number == -1 else f"Folder {number}"
        found[place_key({"from": "level", "level": number})] = f"{which}: {_some(level['names'], level['count'])}"
    for column, samples in columns_of(proposal).items():
        found[place_key({"from": "column", "column": column})] = f"Column “{column}”: {_some(samples, 4)}"
    return found


def columns_of(proposal: dict) -> dict[str, list[str]]:
    """The columns of the tables that are used, with some of their values."""
    used = {table["path"] for table in proposal["reading"]["tables"]}
    tables = [table for table in proposal["options"]["tables"] if table["path"] in used]
    return {column: samples for table in tables for column, samples in table["columns"].items()}


def place_key(where: dict) -> str:
    """A place as a text, alike for alike places."""
    return json.dumps(where, ensure_ascii=False, sort_keys=True)


def said(where: dict) -> str:
    """A place in words."""
    match where["from"]:
        case "columns":
            return f"Columns {', '.join(where['columns'][:4])}{' …' if len(where['columns']) > 4 else ''}"
        case "column":
            return f"Column “{where['column']}”"
        case "pattern":
            return f"Pattern {where['pattern']}"
        case _:
            return f"Folder {where['level'] + 1 if where['level'] >= 0 else where['level']}"


def _begin(now: dict | None) -> str:
    if now is None:
        return _NONE
    return now["from"] if now["from"] in (_PATTERN, _COLUMNS) else place_key(now)


def _pick_pattern(words: str, now: dict | None, key: str) -> dict | None:
    begin = now["pattern"] if now and now["from"] == "pattern" else ""
    pattern = st.text_input(
        f"Pattern for the {words.lower()}", begin, key=f"{key}-pattern", max_chars=500,
        placeholder=r"for instance  ([a-z]+)[._]\d+",
        help="A regular expression that is searched for in each file's path. The text that its first group matches "
        "is the value: `_([a-z]+)_` finds “jackson” in `3_jackson_12.png`.",
    )  # fmt: skip
    return {"from": "pattern", "pattern": pattern} if pattern.strip() else now


def _pick_columns(now: dict | None, columns: dict[str, list[str]], key: str) -> dict | None:
    begin = now["columns"] if now and now["from"] == "columns" else []
    chosen = st.multiselect(
        "Columns", list(dict.fromkeys([*begin, *columns])), begin, key=f"{key}-columns",
        format_func=lambda name: shorten(name, 40),
        help="One of these columns is 1 in each row, and the name of that column is the value.",
    )  # fmt: skip
    return {"from": "columns", "columns": chosen} if chosen else now


def _some(names: dict | list, total: int) -> str:
    shown = ", ".join(shorten(str(name), 20) for name in list(names)[:4])
    return f"{shown} …" if total > 4 else shown
