"""What commands print without `--json`: whatever a document holds, it is said in words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.progress_bar import printable
from tlcore.cli import render
from tlcore.datasets.problems import KINDS
from tlcore.plans import Plan

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
    text = render.imported(imported({"kind": kind, "files": files, "action": "Left out: a reason"}))
    assert kind.capitalize() in text
    assert "Left out: a reason." in text
    assert all((file in text) == (number < 3) for number, file in enumerate(files))
    assert ("and 2 more" in text) == (count == 5)
    assert ("file" in text) == (count > 0)


def test_an_import_without_problems_says_what_it_holds_and_no_more():
    assert render.imported(imported()).splitlines() == [
        "colours (colours-1a2b3c)", "2 classes: blue, red", "1,400 train, 3 val, 0 test",
    ]  # fmt: skip


@given(IMPORTED)
def test_any_import_can_be_printed(document):
    text = render.imported(document)
    assert document["name"] in text
    assert all(problem["action"].rstrip(".") in text for problem in document["problems"])


ENTRY = {
    "accuracy": 0.75, "accuracy_interval": [0.5, 0.9], "macro_precision": 0.7, "macro_recall": 0.6, "macro_f1": 0.65,
    "loss": 0.4321, "n": 1234,
}  # fmt: skip
NOTHING = dict.fromkeys(("train", "val", "test"))


def run(state: str, **more) -> dict:
    """What a run says before it has any result, and `more`."""
    return {
        "run": "colours-1a2b3c",
        "state": state,
        "dataset": "colours-4d5e6f",
        "module": "efficientnet-lite0",
        "plan": Plan().model_dump(mode="json"),
        "seed": 7,
        "seconds": dict.fromkeys(("features", "training", "evaluation")),
        "trainable_parameters": None,
        "kept_epoch": None,
        "kept": None,
        "out_of_fold": [],
        "metrics": NOTHING,
        "baselines": {"majority": NOTHING, "linear_probe": NOTHING},
    } | more


FINISHED = {
    "seconds": {"features": 1.25, "training": 3.0, "evaluation": None},
    "trainable_parameters": 2562,
    "metrics": {"train": ENTRY, "val": ENTRY, "test": ENTRY},
    "baselines": {"majority": {"train": ENTRY, "val": ENTRY, "test": None}, "linear_probe": NOTHING},
}


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled", "interrupted", "damaged"])
def test_a_run_without_a_result_is_printed_with_its_state(state):
    text = render.run(run(state))
    assert f"colours-1a2b3c: {state}" in text
    assert "linear probe" in text
    assert "accuracy" not in text
    assert state in render.runs([run(state)])


def test_a_run_with_a_result_is_printed_with_its_numbers_and_without_those_it_lacks():
    text = render.run(run("done", **FINISHED), test=True)
    assert "2,562 trained parameters; features 1.2 s, training 3.0 s\n" in text
    assert text.count("0.5000 – 0.9000") == 5
    assert [line.split()[0] for line in text.splitlines() if "0.4321" in line][:2] == ["train", "val"]


def test_the_numbers_on_test_are_not_shown_unless_they_are_asked_for():
    text = render.run(run("done", **FINISHED))
    assert "--test" in text
    assert not [line for line in text.splitlines() if line.startswith("test")]


def test_what_is_damaged_is_printed_as_such():
    nothing = {"dataset": None, "module": None, "plan": None, "seed": None}
    assert "colours-1a2b3c  damaged" in render.runs([run("damaged", **nothing)])
    splits = dict.fromkeys(("train", "val", "test"))
    damaged = {"dataset": "x-1", "name": "x-1", "modality": None, "class_names": [], "splits": splits}
    assert "x-1      (damaged)" in render.datasets([damaged | {"state": "damaged"}])


def test_it_says_that_the_probe_was_kept_and_that_numbers_on_val_are_out_of_fold():
    kept = {"stage": "fine-tune", "epoch": 0, "epochs": 5, "scaled_loss": 0.4, "start_scaled_loss": 0.4}
    text = render.run(run("done", **FINISHED, kept_epoch=0, kept=kept, out_of_fold=["val"]))
    assert "Fine-tuning did not help: in 5 epochs" in text and "out of fold" in text
    text = render.run(run("done", **FINISHED, kept_epoch=3, kept=kept | {"epoch": 3}))
    assert "Epoch 3 of 5 is kept" in text and "out of fold" not in text


def test_the_groups_that_were_fine_tuned_are_named():
    plan = {**Plan().model_dump(mode="json"), "train_groups": ["block 15", "top"]}
    assert "fine-tuned: block 15, top" in render.run(run("done", plan=plan))


@pytest.mark.parametrize("words", [render.runs, render.datasets])
def test_where_there_is_nothing_it_says_how_to_begin(words):
    assert "python -m tlcore" in words([])


def test_datasets_are_a_row_each():
    rows = render.datasets([imported(), imported() | {"name": "other"}]).splitlines()
    assert rows[0].split() == ["dataset", "name", "modality", "classes", "train", "val", "test"]
    assert [row.split()[1:] for row in rows[1:]] == [
        ["colours", "image", "2", "1,400", "3", "0"], ["other", "image", "2", "1,400", "3", "0"],
    ]  # fmt: skip


def test_a_module_of_which_little_is_known_is_printed():
    module = {"name": "m", "handle": "https://host/m/1", "modality": "", "local": False, "parameters": None}
    row = render.modules([module | {"feature_dim": None, "licence": ""}]).splitlines()[1]
    assert row.split() == ["m", "no", "https://host/m/1"]


@pytest.mark.parametrize(("trainable", "word"), [(True, "can be fine-tuned"), (False, "can't be fine-tuned")])
def test_a_module_is_printed_from_input_to_output(trainable, word):
    tensor = {"name": "images", "shape": [None, 24, 3], "dtype": "float32"}
    groups = [{"name": "stem", "parameters": 1234, "variables": [{"name": "k", "shape": [3]}]}] if trainable else []
    module = {"module": "m-1", "handle": "/folder/m", "modality": "image", "trainable": trainable, "input": tensor}
    text = render.inspected(module | {"outputs": [tensor, tensor], "groups": groups})
    assert "m-1 (/folder/m)" in text
    assert text.count("images [any, 24, 3] float32") == 3
    assert word in text
    assert ("1,234" in text) == trainable


def test_what_a_module_expects_and_its_inner_outputs_are_printed():
    tensor = {"name": "pooled", "shape": [4], "dtype": "float32"}
    module = {"module": "m", "handle": "m", "trainable": True, "input": tensor, "outputs": [], "groups": []}
    expects = {"in_words": "0 … 255 (from its first operations)"}
    text = render.inspected(
        module | {"expects": expects, "inner_outputs": [tensor], "output": ["pooled"], "notes": ["An answer."]}
    )
    for line in (
        "inner output pooled [4] float32",
        "feature vector: pooled",
        "expected pixel range: 0 … 255 (from its first operations)",
        "note: An answer.",
    ):
        assert line in text.splitlines()


def test_examples_that_a_run_left_out_are_printed():
    problem = {"kind": "not finite", "files": ["a.png", "b.png"], "action": "Left out"}
    text = render.run(run("done", problems=[problem]))
    assert "Not finite (2 files): a.png, b.png\n  Left out." in text


def test_each_setting_of_a_plan_is_printed_with_its_reason_where_it_has_one():
    plan = Plan().model_dump(mode="json")
    lines = render.suggested({"plan": plan, "reasons": {"seed": "Any number will do."}}).splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(plan)
    assert sum(line.endswith("Any number will do.") for line in lines) == 1


def test_a_file_that_could_not_be_read_is_printed_too():
    read = {"path": "a.png", "label": "red", "probabilities": {"red": 0.75, "blue": 0.25}}
    unread = {"path": "b.png", "label": None, "probabilities": {}}
    lines = render.predicted({"run": "r", "predictions": [read, unread]}).splitlines()
    assert lines[1].split() == ["a.png", "red", "0.7500"]
    assert lines[2].split(maxsplit=1) == ["b.png", "(no prediction)"]


def test_an_export_is_printed_as_its_folder_and_files():
    assert render.exported({"path": "/out", "files": ["a", "b/c"]}).splitlines() == ["/out", "  a", "  b/c"]


@given(TEXT)
def test_nothing_from_outside_steers_the_terminal(name):
    shown = printable(render.imported(imported() | {"name": f"\x1b[2J{name}"}))
    assert not [letter for letter in shown if unicodedata.category(letter) == "Cc" and letter not in "\n\t"]
