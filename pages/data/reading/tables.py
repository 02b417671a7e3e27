"""The tables: which are used, and how each is read."""

import streamlit as st

from pages.shared.wording.formatting import count, escape, shorten

_PAGE = 5  # tables that are shown at once
_DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar", " ": "Space"}
_FIND_OUT = "Detect"
_HEADERS = {True: "Column names", False: "Data"}


def choose_tables(proposal: dict, key: str) -> dict:
    """Each table with what its format leaves open."""
    tables = proposal["options"]["tables"]
    pages = -(-len(tables) // _PAGE)
    page = st.pagination(pages, max_visible_pages=5, key=f"{key}-tables-page") if pages > 1 else 1
    now = {each["path"]: each for each in proposal["reading"]["tables"]}
    chosen: dict[str, dict | None] = dict(now)
    with st.form(f"{key}-tables", border=False):
        for number, table in list(enumerate(tables))[(page - 1) * _PAGE : page * _PAGE]:
            with st.container(border=True):
                chosen[table["path"]] = _choose_table(proposal, table, now.get(table["path"]), f"{key}-table-{number}")
        submitted = st.form_submit_button("Apply", icon=":material/refresh:", key=f"{key}-read-tables")
    kept = [each for each in chosen.values() if each]
    return {"tables": kept} if submitted and kept != proposal["reading"]["tables"] else {}


def _choose_table(proposal: dict, table: dict, now: dict | None, key: str) -> dict | None:
    """One table as it is to be read; None where it is not to be used."""
    path = table["path"]
    rows = f", {count(table['rows'], 'row')}" if table["rows"] else ""
    st.markdown(f"**{escape(shorten(path, 60))}**{rows}")
    if table["problem"]:
        st.caption(f":material/warning: {escape(table['problem'][:1].upper() + table['problem'][1:])}.")
    is_used = st.checkbox("Use this table", now is not None, key=key)
    chosen = {}
    with st.grid(columns=5, min_column_width=130, gap="small"):
        file = _choose_file(table, now, key)
        folder = _choose_folder(proposal, path, now, key)
        if "encoding" in table["open"]:
            chosen["encoding"] = _choose_encoding(table, now, key)
        if "delimiter" in table["open"]:
            chosen["delimiter"] = _choose_delimiter(table, now, key)
        if "header" in table["open"]:
            begin = now["header"] if now else table["header"]
            chosen["header"] = st.selectbox(
                "First row", list(_HEADERS), list(_HEADERS).index(begin), format_func=_HEADERS.get,
                key=f"{key}-header", help="What the first row of the table holds.",
            )  # fmt: skip
    if not is_used:
        return None
    shown = now or {name: table[name] for name in ("encoding", "delimiter", "header")}
    if any(shown[name] != value for name, value in chosen.items()):  # then its columns are not known yet
        return {"path": path, "folder": folder, **{name: value for name, value in chosen.items() if value != ""}}
    if now and file == now["file"]:
        return {**now, "folder": folder}
    known = {"path": path, "folder": folder, **{name: shown[name] for name in ("encoding", "delimiter", "header")}}
    return {**known, "file": file, "columns": [name for name in table["columns"] if name != file]} if file else known


def _choose_file(table: dict, now: dict | None, key: str) -> str | None:
    columns = list(table["columns"])
    begin = now["file"] if now else table["file"]
    columns = columns if begin in columns or not begin else [begin, *columns]
    return st.selectbox(
        "Column of file names", columns, columns.index(begin) if begin else None, key=f"{key}-file",
        format_func=lambda name: shorten(name, 40), placeholder=_FIND_OUT,
    )  # fmt: skip


def _choose_folder(proposal: dict, path: str, now: dict | None, key: str) -> str:
    begin = now["folder"] if now else path.rpartition("/")[0]
    folders = list(dict.fromkeys(("", begin, *proposal["options"]["folders"])))
    return st.selectbox(
        "Folder", folders, folders.index(begin), format_func=lambda name: shorten(name, 60) or "Any",
        key=f"{key}-folder", help="File names in the table start from this folder.",
    )  # fmt: skip


def _choose_encoding(table: dict, now: dict | None, key: str) -> str:
    begin = now["encoding"] if now else table["encoding"]
    encodings = list(dict.fromkeys((begin, *table["encodings"])))
    samples = table["encodings"]
    return st.selectbox(
        "Encoding", encodings, 0, key=f"{key}-encoding", accept_new_options=True,
        format_func=lambda name: f"{name}: {shorten(samples[name], 40)}" if samples.get(name) else name or _FIND_OUT,
        help="Choose the encoding in which the words look right, or type another one, such as gbk.",
    )  # fmt: skip


def _choose_delimiter(table: dict, now: dict | None, key: str) -> str:
    begin = now["delimiter"] if now else table["delimiter"]
    delimiters = list(dict.fromkeys((begin, *_DELIMITERS)))
    return st.selectbox(
        "Separator", delimiters, 0, key=f"{key}-delimiter", accept_new_options=True,
        format_func=lambda each: _DELIMITERS.get(each, each) or _FIND_OUT, help="What separates the columns.",
    )  # fmt: skip
