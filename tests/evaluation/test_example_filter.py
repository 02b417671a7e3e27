"""A selection picks what a plain reading of its conditions picks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.evaluation.example_filter import SETS, Selection, is_among, selected_rows

_CLASSES = 3
_SPLITS = ("train", "val", "test")
_TAGS = ("odd", "dark")
_IDS = [f"e{number}" for number in range(12)]
SETS_BY_VALUE = {"none": (), "few": _IDS[2:5], "even": _IDS[::2], "gone": ("elsewhere", _IDS[0]), "all": _IDS}

examples = st.lists(
    st.tuples(
        st.sampled_from(_SPLITS), st.integers(0, _CLASSES - 1), st.integers(0, _CLASSES - 1),
        st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]), st.sampled_from(["a/Dog.png", "b/dog (1).png", "Cat.*", "ÉTÉ"]),
    ),
    max_size=len(_IDS),
)  # fmt: skip
tags = st.lists(st.tuples(st.sampled_from([*_IDS, "elsewhere"]), st.sampled_from(_TAGS)), max_size=8, unique=True)
conditions = st.lists(
    st.one_of(
        st.tuples(st.just("split"), st.sampled_from(_SPLITS)),
        st.tuples(st.sampled_from(["label", "predicted"]), st.sampled_from(["0", "1", "2"])),
        st.tuples(st.just("right"), st.sampled_from(["yes", "no"])),
        st.tuples(st.just("confidence"), st.sampled_from(["0-0.5", "0.25-0.9", "1-1"])),
        st.tuples(st.just("tag"), st.sampled_from(_TAGS)),
        st.tuples(st.just("name"), st.sampled_from(["dog", ".*", "(", "été", "zebra"])),
        st.tuples(st.sampled_from(SETS), st.sampled_from(list(SETS_BY_VALUE))),
    ),
    max_size=6,
    unique=True,
)


def fits(example: pd.Series, field: str, value: str, tagged: set) -> bool:
    if field == "right":
        return (example["label"] == example["predicted"]) == (value == "yes")
    if field == "confidence":
        low, high = value.split("-")
        return float(low) <= example["confidence"] <= float(high)
    if field == "tag":
        return (example["id"], value) in tagged
    if field == "name":
        return value.lower() in example["name"].lower()
    if field in SETS:
        return (example["id"] in SETS_BY_VALUE[value]) != (field == "without")
    return str(example[field]) == value


@given(examples, tags, conditions)
def test_examples_are_selected_as_one_would_read_the_conditions(rows, tagged, asked):
    table = pd.DataFrame(rows, columns=["split", "label", "predicted", "confidence", "name"])
    table = table.astype({"label": int, "predicted": int, "confidence": float, "split": str, "name": str})
    table.insert(0, "id", _IDS[: len(rows)])
    sets = {(field, value): SETS_BY_VALUE[value] for field in SETS for value in SETS_BY_VALUE}
    selection = Selection.parse(Selection(tuple(asked)).texts, _CLASSES)
    found = selected_rows(table, selection, sets, pd.DataFrame(tagged, columns=["id", "tag"]))
    expected = []
    for _, example in table.iterrows():
        alone = [(field, fits(example, field, value, set(tagged))) for field, value in asked]
        fields = {field for field, _ in asked}
        expected.append(
            all(
                (all if field in ("only", "without") else any)(fit for name, fit in alone if name == field)
                for field in fields
            )
        )
    assert found.tolist() == expected


@given(conditions)
def test_what_is_written_is_read_back(asked):
    selection = Selection(tuple(asked))
    assert Selection.parse(selection.texts, _CLASSES) == selection


@pytest.mark.parametrize(
    "text",
    ["", "label", "label:", "label:3", "label:-1", "label:²", "label:9" + "9" * 5000, "split:all", "right:maybe",
     "confidence:0.5", "confidence:2-3", "confidence:0-nan", "confidence:0.9-0.2", "label:00", "tag:", "mood:good",
     "only:"],
)  # fmt: skip
def test_a_text_that_is_no_condition_is_a_clear_word(text):
    with pytest.raises(UserError, match="can't be read"):
        Selection.parse(["split:val", text], _CLASSES)


def test_a_field_is_put_in_place_of_what_it_was_and_taken_out():
    selection = Selection.parse(["label:0", "label:1", "split:val"], _CLASSES)
    assert selection.having("label", 2).texts == ("split:val", "label:2")
    assert selection.having("label") == selection.lacking("label") == selection.about("split")
    assert selection.values("label") == ("0", "1") and selection.fields == ("label", "split")


@pytest.mark.parametrize("kind", [list, tuple, set, np.array, pd.Series, lambda ids: pd.Series(ids).array])
def test_ids_are_found_among_others_whatever_holds_them(kind):
    ids = ["a", "b", "", "b", "ä"]
    for holder in (list, np.array, pd.Series):
        assert is_among(holder(ids), kind(["b", "ä", "z"])).tolist() == [False, True, False, True, True]
        assert not is_among(holder(ids), kind([])).any()
