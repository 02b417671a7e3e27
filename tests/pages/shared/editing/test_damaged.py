"""Pages list what is damaged, offer to delete it, and go on with all else."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

import tlcore.base.workspace as workspace
from tests.pages.opened import open_app, open_page, texts
from tlcore import runs
from tlcore.datasets import damaged_datasets
from tlcore.modules import damaged_modules


@pytest.fixture
def others(run):
    """Runs and datasets beside a whole one, each with another document damaged."""
    for number, name in enumerate(("run.json", "result/metrics.json", "notes.json", "events.jsonl")):
        folder = shutil.copytree(run.folder, workspace.place("runs") / f"other-{number}")
        (folder / name).write_bytes(b"[]")
    for number, name in enumerate(("dataset.json", "examples.parquet")):
        whole = workspace.place("datasets") / run.record["dataset"]["id"]
        folder = shutil.copytree(whole, workspace.place("datasets") / f"other-{number}")
        (folder / name).write_bytes(b"[]")


def delete(page: AppTest, id: str) -> None:
    page.button(key=f"delete-damaged-{id}").click().run()
    assert not page.exception
    page.button(key=f"delete-damaged-{id}").click()  # as in a browser, where the dialog stays open
    page.button(key=f"confirm-damaged-{id}").click().run()


def test_damaged_runs_are_named_and_deleted_on_the_runs_page(run, others):
    page = open_page("runs")
    assert "2 runs are damaged" in texts(page)
    for id in ("other-0", "other-1"):
        delete(page, id)
    assert not runs.damaged_runs()
    assert "damaged" not in texts(open_page("runs"))


def test_damaged_datasets_are_named_and_deleted_on_the_data_page(run, others):
    page = open_app()
    assert "2 datasets are damaged" in texts(page)
    delete(page, "other-0")
    assert list(damaged_datasets()) == ["other-1"]


def test_damaged_modules_are_named_and_deleted_on_the_module_page():
    folder = workspace.place("modules") / "other"
    folder.mkdir()
    (folder / "module.json").write_bytes(b"[]")
    page = open_page("module")
    assert "1 module is damaged" in texts(page)
    delete(page, "other")
    assert not damaged_modules()


@pytest.mark.parametrize("name", ["runs", "results", "train", "module", "predict"])
def test_other_pages_go_on(run, others, name):
    page = open_page(name, run=run.id, dataset=run.record["dataset"]["id"])
    assert not page.error


@pytest.mark.parametrize("name", ["results", "explore", "train"])
def test_a_page_about_a_damaged_run_says_so(run, others, name):
    assert "is damaged" in texts(open_page(name, run="other-0"))
