"""The history of a dataset on the Data page, and its classes renamed and merged there."""

import pytest

from pages.data.history_tab import history_table
from tests.pages.finished_run import run_on
from tests.pages.opened import open_page, press, texts
from tlcore.datasets import import_dataset, open_dataset
from tlcore.datasets.editing import edits


@pytest.fixture
def dataset(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "zoo", {"ants": 12, "bees": 12, "cats": 12}), name="zoo")


def open_tab(dataset, tab: str):
    return open_page("data", dataset=dataset.id, tab=tab)


def test_a_dataset_without_edits_says_how_to_edit(dataset):
    assert "There are no edits since the import" in texts(open_tab(dataset, "history"))


def test_each_edit_is_listed_with_who_and_its_runs_and_is_undone_by_a_click(dataset):
    ids = dataset.examples["id"].tolist()
    edits.leave_out(dataset, ids[:2], by="anna")
    run_on(edits.tag(dataset, ids[5:8], "**odd**", by="otto"))
    page = open_tab(dataset, "history")
    shown = texts(page)
    assert "Version 2: 2 edits since the import" in shown
    assert "Left out 2 examples" in shown and "anna" in shown and "otto" in shown
    assert "1 run used this version" in shown and "**odd**" not in shown.replace("\\*", "")
    page.button(key="undo-1").click().run()
    assert not page.exception and open_dataset(dataset.id).version == 3
    assert open_dataset(dataset.id).fingerprint == dataset.fingerprint
    assert "~~Left out 2 examples~~ undone" in texts(page) and "Edit 1 undone" in texts(page)
    page.button(key="undo-3").click().run()
    assert not {*ids[:2]} & {*open_dataset(dataset.id).examples["id"]}


def test_an_edit_that_a_later_one_needs_is_not_undone_and_the_later_one_named(dataset):
    edits.rename_class(dataset, "ants", "termites")
    edits.correct_label(dataset, dataset.examples["id"].tolist()[-1:], "termites")
    page = open_tab(dataset, "history")
    page.button(key="undo-1").click().run()
    assert "Undo edit 2 first" in texts(page) and open_dataset(dataset.id).version == 2


def test_the_examples_of_an_edit_are_shown_although_they_are_left_out(dataset):
    ids = dataset.examples["id"].tolist()
    edits.leave_out(dataset, ids[:2])
    page = open_tab(dataset, "history")
    page.button(key="show-1").click().run()
    assert not page.exception and "2 pictures" in texts(page)


def test_the_history_is_a_table_to_take_away(dataset):
    ids = dataset.examples["id"].tolist()
    edits.leave_out(dataset, ids[:2], by="anna")
    edits.undo(dataset, 1)
    table = history_table(edits.history(dataset))
    assert table["version"].tolist() == [1, 2] and table["undone"].tolist() == ["yes", ""]
    assert table["examples"][0] == f"{ids[0]} {ids[1]}" and table["fingerprint"][1] == dataset.fingerprint


def answer(page, asking: str, yes: str) -> None:
    """Presses a dialog's button, and what opened it, which keeps it open: AppTest has no fragments."""
    next(button for button in page.button if button.label == asking).click()
    press(page, yes)


def test_a_class_is_renamed_after_a_question(dataset):
    page = open_tab(dataset, "examples")
    page.selectbox(key="rename-old-0").set_value("cats")
    page.text_input(key="rename-new-0").set_value("lions")
    press(page, "Rename")
    assert open_dataset(dataset.id).class_names == ("ants", "bees", "cats")
    answer(page, "Rename", "Rename it")
    assert open_dataset(dataset.id).class_names == ("ants", "bees", "lions") and not page.exception


def test_classes_are_merged_after_a_question(dataset):
    page = open_tab(dataset, "examples")
    page.multiselect(key="merge-names-0").set_value(["ants", "bees"])
    page.selectbox(key="merge-into-0").set_value("ants")
    press(page, "Merge")
    assert open_dataset(dataset.id).version == 0
    answer(page, "Merge", "Merge them")
    assert open_dataset(dataset.id).class_names == ("ants", "cats") and not page.exception


def test_a_class_that_nothing_can_be_learnt_of_is_named(dataset):
    test = dataset.examples["id"][dataset.examples["split"] == "test"].tolist()
    edits.correct_label(dataset, test[:1], "dogs")
    page = open_page("data", dataset=dataset.id)
    assert "The train split has no examples of dogs" in texts(page)
