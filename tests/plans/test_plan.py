"""A plan is plain, typed and flat; what is suggested is a function of the data, and says why."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact
from tlcore.plans import NO_AUGMENTATION, Plan, make_plan, read_plan, suggest_plan
from tlcore.plans.descriptions import chosen_settings


@pytest.fixture
def module():
    groups = tuple(
        LayerGroup(name=name, variables=(VariableFact(name=f"{name}/kernel", shape=(30, 50)),))
        for name in ("stem", "block 1", "top")
    )
    return Module(
        id="m", name="m", handle="m", source="built-in", input=TensorFact(shape=(8, 8, 3)), feature_dim=4, groups=groups
    )


@pytest.fixture
def dataset(tmp_path):
    """A dataset's table alone: so many examples in train of each class, a fifth as many in val."""

    def make(*counts, many_sizes=True, val=True):
        rows = [("train", label) for label, count in enumerate(counts) for _ in range(count)]
        rows += [("val", label) for label, count in enumerate(counts) for _ in range(count // 5 if val else 0)]
        table = pd.DataFrame(rows, columns=["split", "label"])
        table["id"] = [f"e{number}" for number in range(len(table))]
        table["width"] = np.arange(len(table)) + 100 if many_sizes else 64
        table["height"] = 64
        folder = tmp_path / f"d{'-'.join(map(str, counts))}{many_sizes}{val}"
        folder.mkdir()
        table.to_parquet(folder / "examples.parquet")
        names = tuple("abcdefgh"[: len(counts)])
        return Dataset(folder.name, "d", "image", names, "f", "", folder)

    return make


def test_a_plan_written_out_and_read_back_is_the_same(tmp_path):
    plan = Plan(train_groups=("top",), hidden_units=(8, 4), probe_c=(0.1,), augment_flip="both", learning_rate=3e-4)
    (tmp_path / "plan.json").write_text(plan.to_json())
    assert read_plan(tmp_path / "plan.json") == plan


def test_stages_follow_from_the_settings():
    assert Plan().stages == ("probe",)
    assert Plan(hidden_units=(4,)).stages == ("probe", "head")
    assert Plan(train_groups=("top",)).stages == ("probe", "fine-tune")
    assert Plan(hidden_units=(4,), train_groups=("top",)).stages == ("probe", "head", "fine-tune")


def test_unknown_keys_are_refused_by_name():
    with pytest.raises(UserError, match="learning_rte"):
        make_plan({"learning_rte": 0.1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("optimizer", "lion"),
        ("dropout", 1.0),
        ("probe_c", []),
        ("probe_c", [float("inf")]),
        ("seed", -1),
        ("augment_shear", 80),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(name, value):
    with pytest.raises(UserError, match=name):
        make_plan({name: value})


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*Plan.model_fields, "else"]), inner, max_size=4)
        ),
    )
)
def test_anything_else_is_a_user_error(thing):
    try:
        plan = make_plan(thing)
    except UserError as error:
        assert error.title and error.hint
    else:
        assert make_plan(json.loads(plan.to_json())) == plan


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"3"])
def test_a_file_that_holds_no_plan_is_a_user_error(tmp_path, content):
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(UserError):
        read_plan(tmp_path / "plan.json")
    with pytest.raises(UserError, match="nowhere"):
        read_plan(tmp_path / "nowhere.json")


@pytest.mark.parametrize("groups", [(), ("block 1", "top")])
@pytest.mark.parametrize("counts", [(1, 1), (3, 60), (700, 900), (4000, 4000, 4000)])
@pytest.mark.parametrize("many_sizes", [True, False])
@pytest.mark.parametrize("val", [True, False])
def test_every_setting_is_suggested_with_one_sentence_of_reason(dataset, module, groups, counts, many_sizes, val):
    plan = suggest_plan(dataset(*counts, many_sizes=many_sizes, val=val), module, groups)
    assert list(plan.reasons) == list(Plan.model_fields)
    assert plan.train_groups == groups
    for name, reason in plan.reasons.items():
        assert re.fullmatch(r"[A-Z]([^.]|\.\d)+\.", reason), (name, reason)
    assert plan == suggest_plan(dataset(*counts, 0, many_sizes=many_sizes, val=val), module, groups)


def test_the_suggestion_follows_the_data(dataset, module):
    groups = ("top",)
    assert suggest_plan(dataset(90, 30), module).class_weights == "balanced"
    assert suggest_plan(dataset(80, 30), module).class_weights == "none"
    assert suggest_plan(dataset(10, 10), module).batch_size < suggest_plan(dataset(500, 500), module).batch_size
    assert "1,500" in suggest_plan(dataset(52, 52), module, groups).reasons["train_groups"]


@pytest.mark.parametrize("groups", [(), ("top",)])
@pytest.mark.parametrize("many_sizes", [True, False])
def test_the_defaults_are_what_is_suggested_where_the_data_ask_for_nothing_else(dataset, module, groups, many_sizes):
    suggested = suggest_plan(dataset(200, 200, many_sizes=many_sizes), module, groups)
    assert suggested.model_dump() == Plan(train_groups=groups).model_dump()
    assert {setting.name for setting in chosen_settings(suggested)} == ({"train_groups"} if groups else set())


def test_strengths_are_tried_in_quarter_decades():
    steps = np.diff(np.log10(Plan().probe_c))
    np.testing.assert_allclose(steps, 0.25, atol=2e-3)
    assert (Plan().probe_c[0], Plan().probe_c[-1]) == (1e-4, 1.0)


def test_augmentation_can_be_switched_off():
    assert Plan().augments and not Plan(**NO_AUGMENTATION).augments
    assert set(NO_AUGMENTATION) == {name for name in Plan.model_fields if name.startswith("augment_")} - {
        "augment_copies"
    }


def test_a_class_without_train_examples_does_not_upset_it(dataset, module):
    assert suggest_plan(dataset(40, 0, 40), module).class_weights == "none"
    assert suggest_plan(dataset(0, 0), module).stages == ("probe",)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"epochs": ' + "9" * 5000 + "}", "\x00", "{nope"])
def test_a_file_that_json_cannot_read_is_refused_by_name(tmp_path, text):
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(UserError, match=r"not valid JSON.*odd\.json"):
        read_plan(tmp_path / "odd.json")
