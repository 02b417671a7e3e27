"""A reading is plain data, there and back; what it can't be is refused by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.importing.reading import (
    Column,
    LeftOut,
    Level,
    OneHot,
    Pattern,
    Reading,
    TableReading,
    open_parts,
)

texts = st.text(max_size=20)
where = st.one_of(
    st.builds(Level, st.integers(-9, 9)),
    st.builds(Column, texts),
    st.builds(OneHot, st.lists(texts, max_size=4).map(tuple)),
    st.builds(Pattern, texts),
)
tables = st.builds(
    TableReading, texts, texts, texts, texts, st.booleans(), texts, st.lists(texts, max_size=3).map(tuple)
)
readings = st.builds(
    Reading,
    encoding=texts,
    tables=st.lists(tables, max_size=2).map(tuple),
    label=st.none() | where,
    split=st.none() | where,
    group=st.none() | where,
    metadata=st.dictionaries(texts, where, max_size=3),
    splits=st.dictionaries(texts, st.sampled_from(["train", "val", "test", "unlabelled"]), max_size=3),
    classes=st.dictionaries(texts, texts, max_size=3),
    left_out=st.lists(
        st.builds(LeftOut, path=st.text(min_size=1, max_size=9), reason=texts)
        | st.just(LeftOut(kind="masks", reason="They are masks")),
        max_size=3,
    ).map(tuple),
    unlabelled=st.lists(texts, max_size=3).map(tuple),
)


@given(readings)
def test_there_and_back(reading):
    written = json.dumps(reading.to_dict())
    assert Reading.from_dict(json.loads(written)) == reading
    assert json.dumps(Reading.from_dict(json.loads(written)).to_dict()) == written


def test_a_part_changes_that_part_alone():
    base = Reading(label=Level(1), splits={"a": "train"})
    assert Reading.from_dict({"label": {"from": "column", "column": "dx"}}, base=base) == Reading(
        label=Column("dx"), splits={"a": "train"}
    )


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ([], "one JSON object"),
        ({"lable": None}, "lable"),
        ({"label": {"from": "level", "level": "x"}}, "label.level must be a whole number"),
        ({"label": {"from": "level", "level": True}}, "label.level"),
        ({"label": {"from": "moon"}}, "label must be an object"),
        ({"label": {"from": "level", "level": 1, "depth": 2}}, "label.depth"),
        ({"group": {"from": "pattern", "pattern": "x" * 501}}, "group.pattern must be at most 500"),
        ({"metadata": {"sex": {"from": "column", "column": 3}}}, r"metadata\.sex\.column must be a string"),
        ({"splits": {"a": "training"}}, r"splits\.a must be one of train, val, test, unlabelled"),
        ({"classes": {"a": None}}, r"classes\.a"),
        ({"tables": [{"file": "x"}]}, "tables must be a list of objects, each with a path"),
        ({"tables": [{"path": "x", "header": "no"}]}, r"tables\.header must be true or false"),
        ({"tables": [{"path": "x", "sheet": "1"}]}, r"tables\.sheet"),
        ({"left_out": [{"kind": "cats"}]}, "left_out must be"),
        ({"left_out": [{"reason": "why"}]}, "left_out must be"),
        ({"unlabelled": "a"}, "unlabelled must be a list"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(data, word):
    with pytest.raises(UserError, match=word) as caught:
        Reading.from_dict(data)
    assert caught.value.hint


def test_a_file_holds_a_reading_or_a_whole_proposal(tmp_path):
    reading = Reading(label=Level(0))
    path = tmp_path / "reading.json"
    for document in (reading.to_dict(), {"reading": reading.to_dict(), "doubts": []}):
        path.write_text(json.dumps(document))
        assert Reading(**open_parts(path)) == reading
    path.write_text("{")
    with pytest.raises(UserError, match="not JSON"):
        open_parts(path)
    with pytest.raises(UserError, match="can't be opened"):
        open_parts(tmp_path / "gone.json")
