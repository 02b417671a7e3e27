"""All runs, and what can be done with each."""

from tests.pages.opened import open_page, press
from tlcore import runs
from tlcore.datasets import open_dataset
from tlcore.modules import find_module
from tlcore.plans import Plan


def test_without_runs_it_says_how_to_start():
    page = open_page("runs")
    assert "No runs yet" in page.info[0].value


def test_a_run_is_a_row_with_its_numbers_on_val(run):
    page = open_page("runs")
    (row,) = page.dataframe[0].value.to_dict("records")
    assert row["Run"] == "test run"
    assert row["Groups trained"] == 2
    assert row["Accuracy, val"] == run.metrics["val"]["accuracy"]
    assert row["Linear probe, val"] == run.result["baselines"]["linear_probe"]["val"]["accuracy"]
    assert not [name for name in row if "test" in name.lower()]


def test_an_unknown_run_in_the_url_is_a_clear_word(run):
    page = open_page("runs", run="nothing-000000")
    assert "There is no such run" in page.error[0].value


def test_a_run_can_be_renamed(run):
    page = press(open_page("runs", run=run.id), "Rename")
    page.text_input[0].set_value("a better name")
    for button in page.button:  # the first keeps the dialog open: AppTest has no fragments
        if button.label == "Rename":
            button.click()
    page.run()
    assert run.name == "a better name"


def test_a_run_is_deleted_only_after_it_was_confirmed(run):
    page = press(open_page("runs", run=run.id), "Delete")
    assert run.folder.exists()
    assert "test run" in " ".join(each.value for each in page.markdown)
    next(button for button in page.button if button.label == "Delete").click()
    press(page, "Delete the run")
    assert not run.folder.exists()


def test_a_run_under_way_cannot_be_deleted(run):
    dataset = open_dataset(run.record["dataset"]["id"])
    queued = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    page = open_page("runs", run=queued.id)
    assert next(button for button in page.button if button.label == "Delete").disabled


def test_the_plan_of_a_run_is_shown_whole(run):
    page = open_page("runs", run=run.id)
    settings = next(frame.value for frame in page.dataframe if "Setting" in frame.value)
    assert list(settings["Setting"]) == list(Plan.model_fields)
