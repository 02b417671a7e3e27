"""What pages about a run say where something that it needs is not what it was, or where nothing was chosen."""

import errno

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import tlcore.base.workspace as workspace
from tests.pages.finished_run import finished_run, run_on
from tests.pages.opened import APP, open_app, open_page, texts
from tests.pages.results.test_calibration_tab import rewrite
from tlcore import datasets, jobs
from tlcore.datasets import delete_dataset, open_dataset, resplit_dataset
from tlcore.datasets.editing.edits import leave_out
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import Run, open_run

OF_A_RUN = (("results", "overview"), ("results", "calibration"), ("explore", ""), ("predict", ""))


def with_record(run: Run, **changes) -> Run:
    """The run, its record with other values at some places: `module__fingerprint="x"`."""
    record = workspace.read_json(run.folder / "run.json")
    for place, value in changes.items():
        part, key = place.split("__")
        record[part][key] = value
    workspace.write_json(run.folder / "run.json", record)
    return open_run(run.id)


@pytest.mark.parametrize(("name", "tab"), OF_A_RUN)
def test_a_dataset_that_has_changed_gets_a_word(run, name, tab):
    assert "This run used version" not in texts(open_page(name, tab=tab, run=run.id))
    resplit_dataset(run.record["dataset"]["id"], seed=7, fractions=(0.6, 0.2, 0.2))
    assert "the current version is 1" in texts(open_page(name, tab=tab, run=run.id))


@pytest.mark.parametrize(("name", "tab"), OF_A_RUN)
def test_a_dataset_that_is_gone_leaves_the_numbers(run, name, tab):
    delete_dataset(run.record["dataset"]["id"])
    page = open_page(name, tab=tab, run=run.id)
    assert ("was deleted" in texts(page)) == ((name, tab) in (("results", "overview"), ("explore", "")))


def test_a_picture_that_was_left_out_since_is_still_shown_where_the_run_used_it(run):
    predictions = run_predictions(run).only("val")
    ids = predictions.ids[predictions.labels == 0].tolist()
    leave_out(open_dataset(run.record["dataset"]["id"]), ids[:2])
    page = open_page("results", run=run.id, cell="0,")
    assert f"{len(ids)} pictures" in texts(page) and "is gone" not in texts(page)


def test_a_class_without_test_examples_gets_a_word_on_results(run):
    predictions = run_predictions(run)
    rewrite(run, labels=np.where((predictions.splits == "test") & (predictions.labels == 2), 0, predictions.labels))
    assert "There are no test examples" not in texts(open_page("results", run=run.id))
    assert "There are no test examples of **cats**" in texts(open_page("results", run=run.id, split="test"))


def test_equal_probabilities_get_a_word_on_results(run):
    rewrite(run, probabilities=np.full((len(run_predictions(run)), 3), 1 / 3, np.float32))
    assert "All probabilities are equal" in texts(open_page("results", run=run.id))


@pytest.mark.parametrize(("change", "word"), [("fingerprint", "has changed"), ("id", "is gone")])
def test_a_module_that_is_gone_or_another_is_said_before_files_are_asked_for(run, change, word):
    run = with_record(run, **{f"module__{change}": "another"})
    page = open_page("predict", run=run.id)
    assert word in page.error[0].value and not page.file_uploader


def test_the_runs_own_dataset_is_not_offered_as_other_pictures(run):
    resplit_dataset(run.record["dataset"]["id"], seed=7, fractions=(0.6, 0.2, 0.2))
    page = open_page("predict", run=run.id)
    assert not [button for button in page.button if (button.key or "").startswith("labelled-")]


def tick(runs: list[Run]):
    page = open_page("runs")
    table: pd.DataFrame = page.dataframe[0].value
    assert len(table) == len(runs)
    page.session_state[page.dataframe[0].key] = {"selection": {"rows": [*range(len(runs))], "columns": [], "cells": []}}
    page.run()
    assert not page.exception
    return page, next(button for button in page.button if button.label.startswith("Compare"))


def test_nothing_ticked_is_nothing_to_compare(run):
    page = open_page("runs")
    button = next(button for button in page.button if button.label == "Compare")
    assert button.disabled and "Tick 2 to 6 runs" in button.help


def test_all_runs_ticked_may_be_too_many_to_compare(run):
    dataset = open_dataset(run.record["dataset"]["id"])
    page, button = tick([run, *(run_on(dataset, maps=False) for _ in range(6))])
    assert button.disabled and "too many runs" in texts(page)


def test_runs_of_different_datasets_or_classes_are_said_to_be_so(run, make_images, tmp_path):
    other = finished_run(make_images, tmp_path / "other", {"oaks": 8, "pines": 8})
    page, button = tick([run, other])
    assert button.disabled and "of different datasets" in texts(page)
    with_record(other, dataset__id=run.record["dataset"]["id"])
    page, button = tick([run, other])
    assert button.disabled and "have different classes" in texts(page)


def read_only(*args, **options):
    raise OSError(errno.EROFS, "Read-only file system", "/the/file")


def test_a_disk_that_can_only_be_read_is_said_on_the_page(monkeypatch):
    monkeypatch.setattr(datasets, "list_datasets", read_only)
    page = open_app()
    assert "The disk is read-only" in texts(page).replace("\\", "")
    assert "/the/file" in texts(page).replace("\\", "")


def test_so_it_is_where_the_supervisor_can_not_be_told_of_the_app(monkeypatch):
    monkeypatch.setattr(jobs, "ensure_supervisor", read_only)
    page = open_app()
    assert "The disk is read-only" in texts(page).replace("\\", "")
    assert "Data" in [each.value for each in page.title]


def test_a_defect_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(datasets, "list_datasets", lambda: 1 / 0)
    page = AppTest.from_file(APP, default_timeout=60).run()
    assert page.exception
    assert not page.error
