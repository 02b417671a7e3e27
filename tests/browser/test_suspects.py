"""Suspects are looked at and mended in a real browser."""

import re

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.pages.finished_run import run_on
from tlcore.datasets import import_dataset, open_dataset
from tlcore.evaluation.suspects import find_suspects


def test_suspects_are_corrected_one_by_one_and_together(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_dataset(make_images(tmp_path / "suspected", {"owls": 30, "larks": 30}), name="suspected")
    run = run_on(dataset)
    find_suspects(run)
    page.goto(f"{app.url}/suspects?run={run.id}")
    settle(page)
    page.get_by_role("button", name=re.compile("^It is")).first.click()
    expect(page.get_by_text(re.compile("^is now"))).to_be_visible()
    assert open_dataset(dataset.id).version == 1
    page.get_by_role("button", name="Looks right").first.click()
    expect(page.get_by_text(re.compile("^looks right"))).to_be_visible()
    page.get_by_text("Tick", exact=True).nth(2).click()
    page.get_by_text("Tick", exact=True).nth(3).click()
    expect(page.get_by_text("2 selected examples")).to_be_visible()
    settle(page)
    shoot(page, "suspects", full=True)
    page.reload()
    settle(page)
    expect(page.get_by_text(re.compile("to look at"))).to_be_visible()
    expect(page.get_by_text(re.compile("^looks right"))).to_have_count(0)
