"""A picture is asked why in a real browser: a dialog stays open while a worker looks, and closes by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

import tlcore
from benchmarks.serving import App, settle
from tests.browser.journey import MINUTES, choose, open_view
from tlcore.datasets import import_dataset


@pytest.mark.parametrize("page", [{"viewport": {"width": 900, "height": 1000}}], indirect=True)
def test_a_picture_is_asked_why(app: App, page: Page, shoot, make_images, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_dataset(make_images(tmp_path / "zoo", {"ants": 12, "bees": 12}, size=64), name="zoo")
    run = tlcore.train(dataset, "efficientnet-lite0")
    page.goto(f"{app.url}/results?run={run.id}&where=label:0&where=predicted:0")
    settle(page)
    page.get_by_role("button", name="Why?").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(r"in [0-9]+ of 30 cases"))).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    shoot(page, "why")
    assert dialog.locator("img").count() >= 5
    choose(page, re.compile("Class to explain"), re.compile("bees"))
    expect(dialog.get_by_text(re.compile(r"of 30 cases|can't lower it")).first).to_be_visible(timeout=2 * MINUTES)
    settle(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settle(page)
    open_view(page, "Highest loss")
    settle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
