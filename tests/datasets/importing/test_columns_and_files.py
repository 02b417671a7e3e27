"""Texts of columns: which file they mean, what they measure, whether they are groups, what is found by a pattern."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.importing.metadata import kind_of, typed
from tlcore.datasets.importing.patterns import search
from tlcore.datasets.importing.proposing.groups import looks_like_group
from tlcore.datasets.importing.tables.matching import AMBIGUOUS, MISSING, FileNames

FILES = ["pets/img/1.jpg", "pets/img/2.jpg", "pets/other/2.jpg", "train/7.png", "test/8.png"]


@pytest.mark.parametrize(
    ("written", "folder", "found"),
    [
        ("img/1.jpg", "pets", 0), ("1.jpg", "", 0), ("IMG/1.JPG", "", 0), ("1", "", 0), ("img/1", "pets", 0),
        ("/home/me/pets/img/1.jpg", "", 0), ("C:\\pets\\img\\2.jpg", "", 1), ("../img/2.jpg", "pets/x", 1),
        ("im%67/2.jpg", "pets", 1), ("file:///data/other/2.jpg", "", 2), ("1.dcm", "", 0),
        ("2.jpg", "", AMBIGUOUS), ("2.jpg", "pets/other", 2), ("9.jpg", "", MISSING), ("", "", MISSING),
        ("%" + "25" * 5000, "", MISSING),
        ("test/7.png", "", MISSING), ("elsewhere/7.png", "", 3),
    ],
)  # fmt: skip
def test_the_longest_end_of_a_path_finds_its_file(written, folder, found):
    assert FileNames(FILES).find([written], folder) == [found]


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("there", ["NFC", "NFD"])
def test_accented_letters_are_the_same_composed_or_not(there, written):
    files = FileNames([unicodedata.normalize(there, name) for name in ("Café/Äpfel.jpg", "Café/Öl.jpg", "x/Äpfel.jpg")])
    values = [unicodedata.normalize(written, name) for name in ("Café/Äpfel.jpg", "/home/me/café/ÄPFEL", "Öl.jpg")]
    assert files.find(values) == [0, 0, 1]
    assert files.find(["äpfel.jpg"], unicodedata.normalize(written, "Café")) == [0]
    assert files.share(values) == 1
    assert files.has_stem(values[2])


def test_many_files_of_one_name_are_told_apart_by_their_folder():
    names = [f"c{n}/1.jpg" for n in range(200)]
    assert FileNames(names).find(["x/c7/1.jpg", "c8/1", "1.jpg"]) == [7, 8, AMBIGUOUS]


@given(st.lists(st.text(max_size=12), max_size=6), st.lists(st.text(max_size=12), max_size=6))
def test_any_text_is_looked_for(names, written):
    names = list(dict.fromkeys(name.strip("/") for name in names if name.strip("/")))
    assert all(place in (MISSING, AMBIGUOUS) or 0 <= place < len(names) for place in FileNames(names).find(written))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "", "NA", "-3e4"], "number"), (["1,5", "2,5"], "number"), (["007", "012"], "category"),
        (["2020-01-31", "2020-02-01", ""], "date"), (["31.01.2020", "01.02.2020"], "date"),
        (["31/01/2020", "01/02/2020"], "date"), (["01/02/2020", "03/04/2020"], "category"),
        (["2020-01-31", "31.01.2020", "Jan 31, 2020"], "category"), (["2020-01-31T10:00:00"] * 2, "date"),
        (["m", "f", "m"], "category"), ([f"text {n}" for n in range(50)], "text"), (["x" * 500] * 9, "text"),
        (["", "nan"], "text"),
    ],
)  # fmt: skip
def test_what_a_column_holds(values, kind):
    assert kind_of(values).name == kind


def test_a_date_in_several_formats_is_said_to_be():
    assert "several formats" in kind_of(["2020-01-31", "31.01.2020", "Jan 31, 2020"]).note
    assert "day and month" in kind_of(["01/02/2020", "03/04/2020"]).note


def test_columns_are_typed():
    assert typed(["1,5", "", "x"[:0]], kind_of(["1,5"])).isna().tolist() == [False, True, True]
    dates = typed(["31.12.2020", "NA"], kind_of(["31.12.2020"]))
    assert dates[0].isoformat() == "2020-12-31T00:00:00"
    assert dates.isna().tolist() == [False, True]
    assert typed(["a", "", "nan"], kind_of(["a"])).isna().tolist() == [False, True, True]


@given(st.lists(st.text(max_size=30), max_size=30))
def test_any_column_is_something(values):
    kind = kind_of(values)
    assert len(typed(values, kind)) == len(values)


@pytest.mark.parametrize(
    ("name", "values", "looks"),
    [
        ("patient_id", [f"p{n // 3}" for n in range(30)], True), ("lesion_id", [f"l{n // 2}" for n in range(30)], True),
        ("Speaker", ["ada", "bob"] * 15, True), ("code", [f"x{n // 2}y" for n in range(30)], True),
        ("age", [str(20 + n // 3) for n in range(30)], False), ("sex", ["m", "f"] * 15, False),
        ("patient_id", [f"p{n}" for n in range(30)], False), ("patient_id", ["p"] * 30, False),
        ("localization", ["back", "arm", "leg"] * 10, False), ("stamp", [f"x{n % 15}" for n in range(30)], False),
    ],
)  # fmt: skip
def test_what_looks_like_a_group(name, values, looks):
    labels = ["a"] * 12 + ["b"] * 18
    assert looks_like_group(name, values, labels) == looks


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("_([a-z]+)_", "jackson"), ("(?:^|/)([0-9])", "3"), ("(?P<who>jack)(son)", "jack"), ("[(](x)", ""),
        ("([]_]jack)", "_jack"), ("([^]_/]+)_12", "jackson"), ("\\((x)", ""), ("(?i)(JACK)", "jack"),
    ],
)  # fmt: skip
def test_the_first_group_of_a_pattern_is_the_value(pattern, found):
    assert search(pattern, ["a/3_jackson_12.wav"]) == [found]


@given(st.text("()[]^\\?P<>:=!a*+{}1,|$", max_size=12))
def test_any_pattern_is_searched_or_refused(pattern):
    try:
        found = search(pattern, ["a/b.jpg", ""])
    except UserError:
        return
    assert len(found) == 2
