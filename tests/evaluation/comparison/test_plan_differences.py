"""Plan differences are all that differs, and nothing else."""

import pytest

from tests.evaluation.written import written_run
from tlcore.evaluation.comparison.plan_differences import plan_differences
from tlcore.plans import NO_AUGMENTATION, Plan
from tlcore.plans.effective import unused_settings

ROWS = {"a": ("val", 0, 0), "b": ("train", 1, 1)}


def made(*plans: Plan, **settings) -> list:
    return [written_run(f"run-{number}", ROWS, plan=plan, **settings) for number, plan in enumerate(plans)]


def differing(*runs) -> dict:
    return {row.setting: row.values for row in plan_differences(runs)}


def test_equal_plans_differ_in_nothing():
    assert not differing(*made(Plan(), Plan(), Plan()))


def test_only_what_differs_is_named_with_each_runs_value():
    groups = {"train_groups": ("top",)}
    runs = made(Plan(seed=1, epochs=5, **groups), Plan(seed=2, epochs=5, **groups), Plan(seed=1, epochs=2, **groups))
    assert differing(*runs) == {"seed": (1, 2, 1), "epochs": (5, 5, 2)}


def test_a_setting_that_does_nothing_in_a_plan_has_no_value_there():
    rows = differing(*made(Plan(), Plan(train_groups=("top",), epochs=2, augment_flip="both")))
    assert rows["train_groups"] == ((), ("top",)) and rows["epochs"] == (None, 2)
    assert rows["augment_flip"] == (None, "both")
    assert "head_epochs" not in rows and "seed" not in rows


def test_a_setting_that_is_off_is_as_good_as_one_that_is_not_used():
    quiet = Plan(**NO_AUGMENTATION, train_groups=("top",), warmup=0)
    rows = differing(*made(Plan(), quiet, Plan(hidden_units=(8,), dropout=0.5)))
    assert not {"warmup", "early_stopping", "augment_flip", "augment_copies", "l1"} & set(rows)
    assert rows["dropout"] == (None, 0.0, 0.5)


@pytest.mark.parametrize(
    ("plan", "used", "unused"),
    [
        (Plan(), "probe_c seed precision", "epochs head_epochs dropout batch_size augment_flip"),
        (Plan(hidden_units=(8,)), "head_epochs dropout batch_size", "epochs augment_flip optimizer"),
        (
            Plan(**NO_AUGMENTATION, train_groups=("a",)),
            "epochs weight_decay augment_flip l2",
            "head_epochs augment_copies",
        ),
        (Plan(train_groups=("a",), optimizer="sgd"), "optimizer", "weight_decay"),
        (Plan(train_groups=("a",), augment_zoom=0.1), "augment_copies", "head_learning_rate"),
    ],
)
def test_settings_are_used_as_the_stages_of_the_plan_use_them(plan, used, unused):
    idle = unused_settings(plan)
    assert not idle & set(used.split()) and set(unused.split()) <= idle
    assert idle <= set(Plan.model_fields)


def test_module_dataset_and_packages_are_compared_too():
    runs = [written_run("one", ROWS), written_run("other", ROWS, module="another", fingerprint="e" * 16)]
    assert differing(*runs) == {"module": ("a module", "another"), "dataset": ("ffffffff", "eeeeeeee")}
    assert all(row.meaning for row in plan_differences(runs))


def test_versions_of_a_dataset_are_told_by_their_numbers_where_these_tell_them_apart():
    runs = [written_run("one", ROWS), written_run("other", ROWS, fingerprint="e" * 16)]
    runs[1].record["dataset"]["version"] = 3
    assert differing(*runs) == {"dataset": ("version 0", "version 3")}
    runs[0].record["dataset"]["fingerprint"] = "e" * 16
    assert differing(*runs) == {}


def test_different_modules_of_one_name_are_told_apart():
    runs = made(Plan(), Plan())
    runs[1].record["module"]["fingerprint"] = "0123456789"
    assert differing(*runs) == {"module": ("a module (a module)", "a module (01234567)")}
