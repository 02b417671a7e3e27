"""Runs are ticked and compared, in a real browser: tables and charts can be clicked in no other."""

import re

from playwright.sync_api import Page, expect

from benchmarks.serving import App, click_cell, settle
from tests.browser.journey import choose, open_view, tick
from tests.pages.finished_run import run_on
from tlcore.datasets import import_dataset
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.evaluation.run_results import run_predictions
from tlcore.runs import Run, rename_run


def expect_compared(page: Page, *runs: Run) -> None:
    """Waits until the URL names these runs, the baseline first."""
    ids = "(,|%2C)".join(run.id for run in runs)
    expect(page).to_have_url(re.compile(rf"[?&]runs={ids}(&|$)"))
    settle(page)


def test_runs_are_ticked_compared_and_opened_to_their_pictures(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_dataset(make_images(tmp_path / "zoo", {"ants": 30, "bees": 30, "cats": 30}), name="zoo")
    runs = {}
    for name, confused in (("poor", 0.6), ("fair", 0.3), ("good", 0.1)):
        runs[name] = run_on(dataset, confused=confused)
        rename_run(runs[name].id, name)
    page.goto(f"{app.url}/runs")
    settle(page)
    tick(page, 2)  # the newest is first
    expect(page).to_have_url(re.compile(f"run={runs['poor'].id}"))
    tick(page, 0)
    page.get_by_role("button", name="Compare 2 runs").click()
    expect_compared(page, runs["poor"], runs["good"])
    tick(page, 1)  # the best is first
    expect_compared(page, runs["poor"], runs["good"], runs["fair"])
    tick(page, 1)
    expect_compared(page, runs["poor"], runs["good"])
    choose(page, "Baseline", "B · good")
    expect_compared(page, runs["good"], runs["poor"])
    tick(page, 0)
    expect_compared(page, runs["poor"])  # the tick of another baseline is still the run's
    page.goto(f"{app.url}/runs?tab=compare&runs={runs['poor'].id},{runs['good'].id}")
    settle(page)
    shoot(page, "compare-gained", full=True)
    open_view(page, "Matrix")
    before, after = (confusion_matrix(run_predictions(runs[name]).only("val")) for name in ("poor", "good"))
    moved = before[0, 1] - after[0, 1]
    assert moved > 0
    click_cell(page, 1, page.locator(".js-plotly-plot").last)
    page.wait_for_url(re.compile("where=label%3A0&where=predicted%3A1"))
    settle(page)
    expect(page.get_by_text("Only A predicts this: ")).to_be_visible()
    shoot(page, "compare-matrix", full=True)
