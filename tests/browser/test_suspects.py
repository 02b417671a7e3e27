"""Suspects are looked at and mended in a real browser."""

import re

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.pages.finished_run import run_on
from tlcore.datasets import import_dataset, open_dataset
from tlcore.evaluation.data_issues.find import find_suspects


def test_suspects_are_corrected_one_by_one_and_together(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_dataset(make_images(tmp_path / "suspected", {"owls": 30, "larks": 30}), name="suspected")
    run = run_on(dataset)
    find_suspects(run)
    page.goto(f"{app.url}/?dataset={dataset.id}&run={run.id}&tab=issues")
    settle(page)
    left = int(page.get_by_text("to look at").inner_text().split()[0])
    page.get_by_role("button", name=re.compile("^Change to")).first.click()
    expect(page.get_by_text(f"{left - 1} of {left} issues to look at")).to_be_visible()
    assert open_dataset(dataset.id).version == 1
    settle(page)
    page.get_by_role("button", name="Looks right").first.click()
    expect(page.get_by_text(f"{left - 2} of {left} issues to look at")).to_be_visible()
    settle(page)
    page.get_by_text("Tick", exact=True).nth(2).click()
    expect(page.get_by_text("1 selected example.")).to_be_visible()
    settle(page)
    page.get_by_text("Tick", exact=True).nth(3).click()
    expect(page.get_by_text("2 selected examples.")).to_be_visible()
    shoot(page, "suspects", full=True)
