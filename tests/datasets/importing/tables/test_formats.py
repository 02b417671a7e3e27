"""Tables are read as people write them, whatever wrote them; hostile ones are no tables, in words."""

import csv
import io
import json
import unicodedata

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.datasets.filenames import TABLES
from tlcore.datasets.importing.tables import table as one_table
from tlcore.datasets.importing.tables.formats import read_table
from tlcore.datasets.importing.tables.table import NoTable

TEXT = "filename,label,split\r\nTür.jpg,Käfer,train\r\nb.jpg,Biene,test\r\n"


def rows(table):
    return [list(row) for row in zip(*table.values, strict=True)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(encoding, delimiter):
    table = read_table("x.csv", TEXT.replace(",", delimiter).encode(encoding))
    assert table.columns == ["filename", "label", "split"]
    assert rows(table) == [["Tür.jpg", "Käfer", "train"], ["b.jpg", "Biene", "test"]]
    again = read_table(
        "x.csv", TEXT.replace(",", delimiter).encode(encoding), encoding=table.encoding, delimiter=table.delimiter
    )
    assert rows(again) == rows(table)


@pytest.mark.parametrize("path", ["x.csv", "x.json", "x.parquet", "x.xlsx"])
def test_texts_are_composed_whatever_wrote_them(path):
    frame = pd.DataFrame({unicodedata.normalize("NFD", "größe"): [unicodedata.normalize("NFD", "café.jpg"), "b"]})
    content = io.BytesIO()
    if path == "x.json":
        content.write(json.dumps(frame.to_dict("records")).encode())
    else:
        write = {"x.csv": frame.to_csv, "x.parquet": frame.to_parquet, "x.xlsx": frame.to_excel}[path]
        write(content, index=False)
    table = read_table(path, content.getvalue())
    assert table.columns == ["größe"]
    assert table.column("größe") == ["café.jpg", "b"]


def test_quoted_cells_short_rows_and_columns_without_a_name():
    table = read_table("x.csv", b' a ,,a\n"1, 2","x\ny",3\n\n4\n')
    assert table.columns == ["a", "column 2", "a, again"]
    assert rows(table) == [["1, 2", "x\ny", "3"], ["4", "", ""]]


def test_a_decimal_comma_does_not_part_columns():
    assert read_table("x.csv", b"file;weight\na.jpg;1,5\nb.jpg;2,5\n").columns == ["file", "weight"]


def test_a_workbook_is_read_from_its_first_sheet_with_rows():
    book = openpyxl.Workbook()
    sheet = book.create_sheet("labels")
    for row in (("file", "label", "age"), ("a.jpg", "cat", 3), ("b.jpg", "dog", 4.5), ("c.jpg", None, None)):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    table = read_table("x.xlsx", content.getvalue())
    assert table.columns == ["file", "label", "age"]
    assert rows(table) == [["a.jpg", "cat", "3"], ["b.jpg", "dog", "4.5"], ["c.jpg", "", ""]]


def test_parquet_with_hugging_face_s_class_names():
    import pyarrow
    from pyarrow import parquet

    features = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    table = pyarrow.table({"file_name": ["a.jpg", "b.jpg"], "label": [1, 0], "age": [1.0, None]})
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    content = io.BytesIO()
    parquet.write_table(table, content)
    read = read_table("metadata.parquet", content.getvalue())
    assert rows(read) == [["a.jpg", "dog", "1"], ["b.jpg", "cat", ""]]


def test_parquet_that_holds_the_files_themselves_is_said_to():
    content = io.BytesIO()
    pd.DataFrame({"image": [{"bytes": b"x", "path": "a.jpg"}]}).to_parquet(content)
    with pytest.raises(NoTable, match="holds the files themselves"):
        read_table("train.parquet", content.getvalue())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("x.jsonl", b'{"file": "a.jpg", "label": {"name": "cat"}}\n\n{"file": "b.jpg", "tags": ["x"]}\n'),
        ("x.json", b'[{"file": "a.jpg", "label": {"name": "cat"}}, {"file": "b.jpg", "tags": ["x"]}]'),
        (
            "x.json",
            b'{"v": 1, "rows": [{"file": "a.jpg", "label": {"name": "cat"}}, {"file": "b.jpg", "tags": ["x"]}]}',
        ),
        ("x.json", b'{"a.jpg": {"label": {"name": "cat"}}, "b.jpg": {"tags": ["x"]}}'),
    ],
)
def test_json_in_many_forms(path, content):
    table = read_table(path, content)
    assert table.columns == ["file", "label.name", "tags"]
    assert rows(table) == [["a.jpg", "cat", ""], ["b.jpg", "", '["x"]']]


def test_json_by_class_lists_its_files():
    assert rows(read_table("x.json", b'{"cat": ["a.jpg"], "dog": ["b.jpg"]}')) == [["a.jpg", "cat"], ["b.jpg", "dog"]]


@pytest.mark.parametrize(
    ("path", "content", "word"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"\n\n", "empty"),
        ("x.xlsx", b"PK", "workbook"),
        ("x.parquet", b"PAR1", "."),
        ("x.json", b"[" * 100_000, "."),
        ("x.json", b"7", "not a table"),
        ("x.json", b"{}", "not a table"),
        ("x.jsonl", b"{", "."),
    ],
)
def test_what_is_no_table_is_said_to_be_none(path, content, word):
    with pytest.raises(NoTable, match=word):
        read_table(path, content)


def test_tables_of_too_many_cells_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(one_table, "MOST_CELLS", 1000)
    wide = b"a" + b"," * 200 + b"\n" + b"x\n" * 200
    with pytest.raises(NoTable, match="more than"):
        read_table("x.csv", wide)
    with pytest.raises(NoTable, match="more than"):
        read_table("x.json", json.dumps([{f"c{n}": n} for n in range(200)]).encode())


def test_a_long_cell_is_cut():
    table = read_table("x.csv", b'a,b\n"' + b"x" * 10**6 + b'",c\n')
    assert len(table.values[0][0]) == one_table.LONGEST_CELL


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]), min_size=1)


@settings(deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_whatever_is_written_is_read(pairs, encoding):
    text = io.StringIO()
    csv.writer(text, delimiter=",").writerows([("filename", "label"), *pairs])
    read = read_table("x.csv", text.getvalue().encode(encoding), delimiter=",")
    assert rows(read) == [[unicodedata.normalize("NFC", text).strip() for text in pair] for pair in pairs]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(TABLES))
def test_any_bytes_are_a_table_or_none(content, ending):
    try:
        table = read_table(f"x{ending}", content)
    except NoTable:
        return
    assert len(set(table.columns)) == len(table.columns) == len(table.values)
    assert len({len(values) for values in table.values}) == 1
