"""Tables that a person names, whole or in part, are used as they say."""

import json

import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset
from tlcore.datasets.importing.reading import Column, Level, Reading, TableReading

NAMES = {f"{'xy'[n % 2]}/{n}.png": b"" for n in range(24)}


def table(head: str, row, encoding: str = "utf-8") -> bytes:
    return "\n".join([head, *map(row, range(24))]).encode(encoding)


A = table("file,dx,fold", lambda n: f"{n}.png,{'pq'[n // 2 % 2]},{'abc'[n % 3]}")
B = table("file,dx,fold", lambda n: f"{n}.png,{'qp'[n // 2 % 2]},{'abc'[n % 3]}")


def given(*tables: dict) -> dict:
    return {"tables": Reading.from_dict({"tables": list(tables)}).tables}


def test_what_is_left_out_of_a_table_is_found(proposed):
    (found,) = proposed({**NAMES, "a.csv": A}, **given({"path": "a.csv"})).reading.tables
    assert found == TableReading("a.csv", "", "utf-8", ",", True, "file", ("dx", "fold"))


def test_a_table_without_a_header_may_be_said_to_have_none(proposed):
    reading = proposed({**NAMES, "a.csv": A}, **given({"path": "a.csv", "header": False})).reading
    assert reading.tables[0].file == "column 1"
    assert reading.label == Column("column 2")


def test_the_columns_on_offer_are_those_under_the_header_that_is_said(proposed):
    proposal = proposed({**NAMES, "a.csv": A}, label=Level(0), **given({"path": "a.csv", "header": False}))
    assert list(proposal.options["tables"][0]["columns"]) == ["column 1", "column 2", "column 3"]


def test_without_tables_the_folders_are_read(proposed):
    reading = proposed({**NAMES, "a.csv": A}, tables=()).reading
    assert (reading.tables, reading.label) == ((), Level(0))


def test_tables_that_contradict_each_other_are_used_when_both_are_named(proposed):
    files = {**NAMES, "a.csv": A, "b.csv": B}
    assert [each.path for each in proposed(files).reading.tables] == ["a.csv"]
    proposal = proposed(files, **given({"path": "a.csv"}, {"path": "b.csv"}))
    assert [each.path for each in proposal.reading.tables] == ["a.csv", "b.csv"]
    assert not any("not used" in doubt for doubt in proposal.doubts)
    assert not any(each["problem"] for each in proposal.options["tables"])


def test_a_table_whose_columns_name_no_file_is_refused_in_words(proposed):
    with pytest.raises(UserError, match="No column") as error:
        proposed({**NAMES, "a.csv": A, "c.csv": b"one,two\nu,v\n"}, **given({"path": "c.csv"}))
    assert "one, two" in error.value.hint


def test_a_split_of_unknown_words_is_a_doubt_and_no_import(proposed, picture, tmp_path):
    proposal = proposed({**NAMES, "a.csv": A}, split=Column("fold"))
    assert "“a”, “b”, “c”" in proposal.doubts[0]
    assert proposal.options["splits"] == {"a": 8, "b": 8, "c": 8}
    for n, name in enumerate(NAMES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(picture(n))
    (tmp_path / "a.csv").write_bytes(A)
    with pytest.raises(UserError, match="split names"):
        import_dataset(tmp_path, split_column="fold")
    reading = {"splits": {"a": "train", "b": "val", "c": "test"}}
    dataset = import_dataset(tmp_path, split_column="fold", reading=reading)
    assert dataset.splits == {"train": 8, "val": 8, "test": 8}


def test_each_table_is_read_in_the_encoding_that_a_json_file_gives_it(picture, tmp_path):
    folder = tmp_path / "all"
    folder.mkdir()
    for n in range(24):
        (folder / f"{n}.png").write_bytes(picture(n))
    half = table("file,вид", lambda n: f"{n % 12}.png,{('кот', 'пёс')[n % 2]}", "koi8-r")
    other = table("file,вид", lambda n: f"{12 + n % 12}.png,{('кот', 'пёс')[n % 2]}", "cp866")
    (folder / "first.csv").write_bytes(half)
    (folder / "second.csv").write_bytes(other)
    file = tmp_path / "reading.json"
    tables = [{"path": "first.csv", "encoding": "koi8-r"}, {"path": "second.csv", "encoding": "cp866"}]
    file.write_text(json.dumps({"tables": tables}))
    dataset = import_dataset(folder, reading=file)
    assert set(dataset.class_names) == {"кот", "пёс"}
    assert len(dataset.examples) == 24
    assert [each["encoding"] for each in dataset.reading["tables"]] == ["koi8-r", "cp866"]
