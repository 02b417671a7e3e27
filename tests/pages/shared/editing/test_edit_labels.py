"""Mending from a page: labels, leaving out, tags, the way back, and training again on what was mended."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.finished_run import run_on
from tests.pages.opened import open_page, press, texts
from tlcore.datasets import delete_dataset, import_dataset, open_dataset
from tlcore.datasets.editing import edits
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import list_runs


@pytest.fixture
def dataset(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "zoo", {"ants": 12, "bees": 12}), name="zoo")


def mend(dataset_id: str, ids: list[str]) -> None:
    from pages.shared.editing.edit_labels import show_mending
    from tlcore.datasets import open_dataset

    show_mending(open_dataset(dataset_id), ids, key="it")


def open_part(dataset, ids) -> AppTest:
    page = AppTest.from_function(mend, args=(dataset.id, ids)).run()
    assert not page.exception
    return page


def labels(dataset_id: str) -> dict[str, str]:
    dataset = open_dataset(dataset_id)
    table = dataset.examples
    return {id: dataset.class_names[label] for id, label in zip(table["id"], table["label"], strict=True)}


def test_without_a_selection_it_says_what_to_do(dataset):
    page = open_part(dataset, [])
    assert "Select examples to correct" in texts(page) and not page.button


def test_a_label_is_corrected_and_the_last_edit_undone(dataset):
    before = labels(dataset.id)
    wrong = [id for id, name in before.items() if name == "bees"][:2]
    page = open_part(dataset, wrong)
    assert page.button(key="it-correct").disabled
    page.selectbox(key="it-label").set_value("ants").run()
    press(page, "Correct 2")
    assert labels(dataset.id) == before | dict.fromkeys(wrong, "ants")
    assert "Label of 2 examples corrected" in texts(page)
    press(page, "Undo")
    assert labels(dataset.id) == before and "Last edit" not in texts(page)


def test_examples_are_left_out_and_then_told_apart(dataset):
    ids = dataset.examples["id"].tolist()[:3]
    page = press(open_part(dataset, ids), "Leave out 3")
    assert not {*ids} & {*labels(dataset.id)}
    assert "0 of 3 selected examples; the others have already been left out" in texts(page)
    assert page.button(key="it-leave-out").disabled


def test_examples_are_tagged_and_the_tag_is_taken_off(dataset):
    ids = dataset.examples["id"].tolist()[:3]
    edits.tag(dataset, ids[:1], "blurred")
    page = open_part(dataset, ids[:2])
    page.selectbox(key="it-tag").set_value("blurred").run()
    press(page, "Tag 2")
    assert edits.tags_of(dataset)["id"].tolist() == ids[:2]
    page.selectbox(key="it-tag").set_value("blurred").run()
    press(page, "Remove tag")
    assert edits.tags_of(dataset).empty


def test_what_makes_no_sense_gets_a_word(dataset):
    ants = [id for id, name in labels(dataset.id).items() if name == "ants"]
    page = press(open_part(dataset, ants), "Leave out 12")
    assert "Fewer than two classes would be left" in texts(page) and not edits.history(dataset)


def test_training_again_takes_the_plan_to_the_dataset_as_it_is_and_opens_beside_the_old(dataset):
    run = run_on(dataset)
    assert "Train again" not in [each.label for each in open_page("results", run=run.id).button]
    edits.leave_out(dataset, run_ids(run)[:2])
    page = open_page("results", run=run.id)
    assert "This run used version 0 of the dataset; the current version is 1" in texts(page)
    press(page, "Train again on the current dataset")
    new = next(each for each in list_runs() if each.id != run.id)
    assert not page.exception and page.session_state["tab"] == "Compare"
    assert page.query_params["runs"] == f"{run.id},{new.id}"
    assert (new.plan, new.dataset_version, new.name) == (run.plan, 1, "test run · version 1")
    assert new.record["module"] == run.record["module"] and "Training test run" in texts(page)


def run_ids(run) -> list[str]:
    return run_predictions(run).ids.tolist()


def test_a_comparison_waits_for_the_run_and_then_is_there(dataset):
    runs = [run_on(dataset), run_on(dataset, confused=0.1)]
    metrics, events = runs[1].folder / "result" / "metrics.json", runs[1].folder / "events.jsonl"
    done = metrics.rename(metrics.with_name("later")), events.rename(events.with_name("later"))
    page = open_page("runs", tab="compare", runs=",".join(run.id for run in runs))
    assert "Training" in texts(page) and "What was done differently" not in texts(page)
    for later, path in zip(done, (metrics, events), strict=True):
        later.rename(path)
    page.run()
    assert "What was done differently" in texts(page)


def test_pages_of_an_older_run_show_what_it_had(dataset):
    run = run_on(dataset)
    before = texts(open_page("results", run=run.id))
    val = dataset.examples["id"][dataset.examples["split"] == "val"].tolist()
    edits.leave_out(dataset, val[:1])
    edits.rename_class(dataset, "ants", "termites")
    for name, tab in (("results", "overview"), ("results", "calibration"), ("explore", ""), ("predict", "")):
        page = open_page(name, run=run.id, tab=tab)
        assert "examples, labels and classes shown are those of the version it used" in texts(page)
        assert not page.error and "was deleted" not in texts(page)
    after = texts(open_page("results", run=run.id))
    assert {*before.splitlines()} <= {*after.splitlines()}


def again(run_id: str) -> None:
    from pages.shared.editing.edit_labels import train_again
    from tlcore.runs import open_run

    train_again(open_run(run_id), key="it")


def test_training_again_says_why_it_can_not_be_done(dataset):
    run = run_on(dataset)
    page = AppTest.from_function(again, args=(run.id,)).run()
    assert page.button[0].disabled and "nothing new to train on" in texts(page)
    edits.tag(dataset, dataset.examples["id"][:1], "seen")
    assert page.run().button[0].disabled
    edits.correct_label(dataset, dataset.examples["id"][:1], "bees")
    assert not page.run().button[0].disabled
    delete_dataset(dataset.id)
    assert page.run().button[0].disabled and "was deleted" in texts(page)
