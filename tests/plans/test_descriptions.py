"""A plan in words says all that is done, and nothing that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.plans import Plan
from tlcore.plans.descriptions import chosen_settings, in_words, value_in_words
from tlcore.plans.effective import unused_settings

PLANS = st.builds(
    Plan,
    seed=st.integers(0, 9),
    class_weights=st.sampled_from(["none", "balanced"]),
    hidden_units=st.sampled_from([(), (8,), (32, 16)]),
    train_groups=st.sampled_from([(), ("top",), ("block 1", "top")]),
    epochs=st.integers(1, 9),
    optimizer=st.sampled_from(["sgd", "adam", "adamw", "rmsprop"]),
    warmup=st.sampled_from([0.0, 0.1]),
    dropout=st.sampled_from([0.0, 0.25]),
    augment_flip=st.sampled_from(["none", "both"]),
    augment_rotation=st.sampled_from([0.0, 15.0]),
    early_stopping=st.integers(0, 2),
)


@given(PLANS)
def test_the_settings_shown_are_those_that_differ_and_are_used(plan):
    differs = {name for name, field in Plan.model_fields.items() if getattr(plan, name) != field.default}
    assert {setting.name for setting in chosen_settings(plan)} == differs - unused_settings(plan)


@given(PLANS)
def test_each_stage_has_its_paragraph_with_the_settings_that_count(plan):
    words = in_words(plan)
    assert len(words) == len(plan.stages) + 1
    text = " ".join(words)
    assert f"seed {plan.seed}" in text and ("rare classes weigh more" in text) == (plan.class_weights == "balanced")
    assert ("Fine-tuning" in text) == bool(plan.train_groups)
    assert all(group in text for group in plan.train_groups)
    assert ("dropout 0.25" in text) == (plan.dropout > 0 and len(plan.stages) > 1)
    assert ("rotated by up to 15°" in text) == (plan.augment_rotation > 0 and bool(plan.train_groups))
    assert ("Training stops after" in text) == (plan.early_stopping > 0 and bool(plan.train_groups))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ((), "none"),
        ((0.1, 1.0), "0.1, 1"),
        (1e-5, "1e-05"),
        (("a", "b"), "a, b"),
        ("fast", "fast"),
        (3, "3"),
    ],
)
def test_values_read_well(value, words):
    assert value_in_words(value) == words
