"""The whole way in a real browser: upload, choose, toggle, train, look, predict, take away."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.browser.journey import (
    click_matrix_cell,
    lasso,
    open_page,
    predict,
    press,
    said_by_plain_tensorflow,
    set_number,
    switch_on_last_groups,
    take_away,
    upload,
    visible_pictures,
    wait_for_result,
)
from tlcore.datasets import samples


def test_from_the_sample_to_its_matrix_in_three_clicks(app: App, page: Page, shoot):
    page.goto(app.url)
    press(page, "Use this sample")
    press(page, "Train a linear probe")
    wait_for_result(page)
    press(page, "Results", exact=True)
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    matrix = page.locator(".js-plotly-plot").first
    expect(matrix.locator(".heatmaplayer image")).to_be_attached()
    assert matrix.evaluate("(chart) => chart._fullData[0].z.length") == 6
    assert matrix.locator(".heatmap-label text").first.bounding_box()["height"] > 10
    shoot(page, "three-clicks")


def test_the_whole_way_on_the_sample(app: App, page: Page, shoot, tmp_path):
    archive = samples()[1].path
    picture = _one_picture(archive, tmp_path)
    go_the_whole_way(app, page, shoot, archive, picture, tmp_path, name="sample", readme=True)


@pytest.mark.real_data
def test_the_whole_way_on_photographs(app: App, page: Page, shoot, tmp_path, real_data: Path):
    archive = real_data / "data" / "ants-bees.zip"
    picture = _one_picture(archive, tmp_path)
    go_the_whole_way(app, page, shoot, archive, picture, tmp_path, name="ants-bees")


def go_the_whole_way(
    app: App, page: Page, shoot, archive: Path, picture: Path, folder: Path, *, name: str, readme: bool = False
) -> None:
    page.goto(app.url)
    settle(page)
    upload(page, [archive])
    expect(page.get_by_role("button", name="Choose a module")).to_be_visible(timeout=60_000)
    shoot(page, f"{name}-data")

    press(page, "Choose a module")
    expect(page.get_by_role("heading", name="Layer groups")).to_be_visible()
    switch_on_last_groups(page, 2)
    expect(page.get_by_text("parameters will be trained").first).to_contain_text("of")
    expect(page).to_have_url(re.compile("groups="))
    page.locator('[data-testid="stCheckbox"]').last.scroll_into_view_if_needed()
    shoot(page, f"{name}-module", readme="module" if readme else "")

    press(page, "Next: train")
    expect(page.get_by_text("2 layer groups trained")).to_be_visible()
    set_number(page, "Epochs", 3)
    shoot(page, f"{name}-train", full=True)
    press(page, "Train", exact=True)
    expect(page.get_by_text("Examples per second")).to_be_visible(timeout=120_000)
    shoot(page, f"{name}-curves")
    page.reload()
    expect(page.get_by_text("Fine-tuning").first).to_be_visible(timeout=60_000)
    wait_for_result(page)
    shoot(page, f"{name}-done")

    press(page, "Results", exact=True)
    click_matrix_cell(page, 0)
    expect(visible_pictures(page).first).to_be_visible()
    shoot(page, f"{name}-results", readme="results" if readme else "")
    shoot(page, f"{name}-results-whole", full=True)

    press(page, "Explore", exact=True)
    lasso(page)
    expect(visible_pictures(page).first).to_be_visible()
    shoot(page, f"{name}-explore", readme="explore" if readme else "")

    press(page, "Predict", exact=True)
    predict(page, picture)
    shoot(page, f"{name}-predict")
    shown = page.locator('[data-testid="stMarkdown"]').filter(has_text=re.compile(r"^\S+ \d+\.\d%$")).first.inner_text()

    open_page(page, "Runs")
    shoot(page, f"{name}-runs")
    model = take_away(page, folder)
    probabilities = said_by_plain_tensorflow(model, picture)
    label, confidence = max(probabilities.items(), key=lambda item: item[1])
    assert shown.startswith(label)
    assert abs(float(shown.split()[-1].rstrip("%")) / 100 - confidence) < 1.5e-3


def _one_picture(archive: Path, folder: Path) -> Path:
    """A picture out of an archive, under a name of its own."""
    with zipfile.ZipFile(archive) as file:
        names = sorted(name for name in file.namelist() if name.endswith((".png", ".jpg")))
        path = folder / f"new{Path(names[0]).suffix}"
        path.write_bytes(file.read(names[0]))
    return path
