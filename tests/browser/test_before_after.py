"""Two maps are looked at in every way, in a real browser: nothing else draws what is in space."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from benchmarks.serving import App, click_cell, settle
from tests.browser.journey import open_view
from tests.pages.epochs import EPOCHS, add_epochs
from tests.pages.finished_run import finished_run
from tlcore.evaluation.maps.class_separability import measure_separation
from tlcore.evaluation.maps.embedding_maps import WHICH, map_path, write_map
from tlcore.evaluation.metrics.classification import confusion_matrix
from tlcore.evaluation.run_results import run_predictions


def slide(page: Page, key: str, words: str) -> None:
    """Presses a key on the page's slider, which then says these words."""
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press(key)
    expect(slider).to_have_attribute("aria-valuetext", words)
    settle(page)


def test_maps_are_seen_side_by_side_as_lines_between_and_in_space(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    run = finished_run(make_images, tmp_path / "zoo", {"ants": 60, "bees": 60, "cats": 60})
    predictions = run_predictions(run)
    random = np.random.default_rng(0)
    for which, apart in zip(WHICH, (1, 5), strict=True):
        for dimensions in (2, 3):
            places = random.normal(size=(len(predictions), dimensions))
            places[:, 0] += apart * predictions.labels
            write_map(map_path(run, which, "umap", dimensions), predictions.ids.tolist(), places)
    page.goto(f"{app.url}/results?tab=fine-tuning&run={run.id}&method=UMAP")
    settle(page)
    expect(page.locator(".js-plotly-plot .scatterlayer")).to_have_count(2)
    shoot(page, "before-after-side-by-side", full=True)
    page.get_by_role("radio", name="Lines").click()
    settle(page)
    expect(page.locator(".js-plotly-plot .scatterlayer")).to_have_count(1)
    expect(page.locator(".scatterlayer .js-line").first).to_be_attached()
    shoot(page, "before-after-lines", full=True)
    page.get_by_role("radio", name="Slider").click()
    settle(page)
    slide(page, "ArrowRight", "5 %")
    expect(page.locator(".js-plotly-plot .scatterlayer .point")).to_have_count(
        int((predictions.splits != "test").sum())
    )
    shoot(page, "before-after-slider", full=True)
    page.get_by_role("radio", name="3").click()
    settle(page)
    expect(page.locator(".js-plotly-plot .gl-container canvas")).to_be_visible()
    shoot(page, "before-after-space", full=True)


def test_epochs_are_gone_through_and_a_cell_is_opened_to_its_pictures(
    app: App, page: Page, shoot, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    run = finished_run(make_images, tmp_path / "zoo", {"ants": 60, "bees": 60, "cats": 60})
    written = add_epochs(run)
    measure_separation(run, "val")
    page.goto(f"{app.url}/results?tab=fine-tuning&run={run.id}")
    settle(page)
    open_view(page, "Separation")
    expect(page.get_by_text("Measured on all")).to_be_visible()
    shoot(page, "before-after-separation", full=True)
    open_view(page, "Matrix by epoch")
    slide(page, "ArrowLeft", f"Epoch {EPOCHS - 1}")
    click_cell(page, 0)
    page.wait_for_url(re.compile("where=label%3A0&where=predicted%3A0"))
    settle(page)
    expect(page.get_by_text(f"{confusion_matrix(written[EPOCHS - 1])[0, 0]:,} pictures")).to_be_visible()
    shoot(page, "before-after-matrix", full=True)
