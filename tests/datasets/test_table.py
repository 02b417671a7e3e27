"""`labels.csv` is read as people write it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.datasets.table import Row, read_table
from tlcore.errors import UserError

TEXT = "filename,label,split\r\nTür.jpg,Käfer,train\r\nb.jpg,Biene,test\r\n"
ROWS = [Row("Tür.jpg", "Käfer", "train"), Row("b.jpg", "Biene", "test")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(encoding, delimiter):
    assert read_table(TEXT.replace(",", delimiter).encode(encoding)) == ROWS


def test_columns_stand_in_any_order_among_others():
    text = ' Label ,note,FILENAME\n"bee, wild","a\nb",x\\y/1.jpg\n\nant,,./2.jpg\nant\n'
    assert read_table(text.encode()) == [
        Row("x/y/1.jpg", "bee, wild", ""),
        Row("2.jpg", "ant", ""),
        Row("", "ant", ""),
    ]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"file,label\na,b\n", "column filename is missing; the first line has: file, label"),
        (b"filename;class\na;b\n", "column label is missing"),
        (b"a.jpg,ant\n", "columns filename and label are missing"),
        (b'filename,label\n"' + b"x" * 200_000 + b'",a\n', "field"),
    ],
)
def test_what_is_no_table_is_refused_by_name(content, word):
    with pytest.raises(UserError, match=word) as caught:
        read_table(content, "pets/labels.csv")
    assert "pets/labels.csv" in caught.value.detail
    assert "filename,label" in caught.value.hint


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]), min_size=1).map(
    lambda text: text.replace("/", "_").replace("\\", "_").replace(".", "_")
)


@given(
    st.lists(st.tuples(words, words), min_size=1), st.sampled_from(",;\t|"), st.sampled_from(["utf-8-sig", "utf-16"])
)
def test_whatever_is_written_is_read(rows, delimiter, encoding):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("filename", "label"), *rows])
    read = read_table(text.getvalue().encode(encoding))
    assert [len(row.filename) > 0 for row in read] == [True] * len(rows)
    plain = [(name, label) for name, label in rows if (name + label).isascii()]
    assert [(row.filename, row.label) for row in read if (row.filename + row.label).isascii()] == plain


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_table_or_refused(content, with_header):
    try:
        rows = read_table((b"filename,label,split\n" if with_header else b"") + content)
    except UserError:
        return
    for row in rows:
        "".join(row).encode("utf-8")
