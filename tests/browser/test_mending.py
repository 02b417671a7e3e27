"""From an edited dataset to a new run beside the old, and back by its history, in a real browser."""

import re

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.browser.journey import open_tab, press
from tests.pages.finished_run import run_on
from tlcore.datasets import import_dataset, open_dataset
from tlcore.datasets.editing import edits


def test_a_mended_dataset_is_trained_on_again_and_its_edits_are_undone(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_dataset(make_images(tmp_path / "zoo", {"ants": 20, "bees": 20, "cats": 20}), name="zoo")
    run = run_on(dataset, fine_tuned=False, confused=0.6)
    ids = dataset.examples["id"].tolist()
    edits.leave_out(dataset, ids[:2], by="anna")
    edits.tag(dataset, ids[5:8], "blurred", by="otto")
    page.goto(f"{app.url}/results?run={run.id}")
    settle(page)
    shoot(page, "results-of-an-older-version")
    page.get_by_role("button", name="Train again on the current dataset").click()
    page.wait_for_url(re.compile(f"compare.*{run.id}"))
    expect(page.get_by_text("Training test run · version 2")).to_be_visible()
    shoot(page, "train-again")
    press(page, "Cancel")
    expect(page.get_by_text("is cancelled").first).to_be_visible()
    page.goto(f"{app.url}/?dataset={dataset.id}")
    settle(page)
    open_tab(page, "History")
    expect(page.get_by_text("1 run used this version").first).to_be_visible()
    shoot(page, "history", full=True)
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Edit 1 undone")).to_be_visible()
    settle(page)
    assert open_dataset(dataset.id).fingerprint == dataset.fingerprint
