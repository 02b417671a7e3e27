"""What commands print without `--json`: whatever a document holds, it is said in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore import answers
from tlcore.datasets.problems import KINDS

TEXT = st.text(max_size=40)
IMPORTED = st.fixed_dictionaries(
    {
        "dataset": TEXT,
        "name": TEXT,
        "modality": st.just("image"),
        "class_names": st.lists(TEXT, max_size=60),
        "splits": st.fixed_dictionaries(dict.fromkeys(("train", "val", "test"), st.integers(0, 10**6))),
        "problems": st.lists(
            st.fixed_dictionaries(
                {"kind": st.one_of(st.sampled_from(KINDS), TEXT), "files": st.lists(TEXT, max_size=5), "action": TEXT}
            ),
            max_size=3,
        ),
    }
)


def imported(*problems: dict) -> dict:
    splits = {"train": 1400, "val": 3, "test": 0}
    return {
        "dataset": "colours-1a2b3c", "name": "colours", "modality": "image", "class_names": ["blue", "red"],
        "splits": splits, "problems": list(problems),
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_a_problem_of_any_kind_is_printed_with_its_action_and_its_first_files(kind, count):
    files = [f"folder/{number}.jpg" for number in range(count)]
    text = answers.imported(imported({"kind": kind, "files": files, "action": "Left out: a reason"}))
    assert kind.capitalize() in text
    assert "Left out: a reason." in text
    assert all((file in text) == (number < 3) for number, file in enumerate(files))
    assert ("and 2 more" in text) == (count == 5)
    assert ("file" in text) == (count > 0)


def test_an_import_without_problems_says_what_it_holds_and_no_more():
    assert answers.imported(imported()).splitlines() == [
        "colours (colours-1a2b3c)", "2 classes: blue, red", "1,400 train, 3 val, 0 test",
    ]  # fmt: skip


@given(IMPORTED)
def test_any_import_can_be_printed(document):
    text = answers.imported(document)
    assert document["name"] in text
    assert all(problem["action"].rstrip(".") in text for problem in document["problems"])
