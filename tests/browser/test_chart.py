"""Charts are drawn once: mended when they change, put back when a page comes back, wherever the app is served."""

import pytest
from playwright.sync_api import Page, expect

from benchmarks.serving import App, click_cell, running_app, settle
from tests.browser.journey import open_page
from tests.pages.finished_run import finished_run


@pytest.fixture
def app_below_a_path(tmp_path):
    with running_app(tmp_path / "home", STREAMLIT_SERVER_BASE_URL_PATH="team/tool") as app:
        yield app


def test_a_chart_is_mended_in_place_and_is_the_same_when_its_page_comes_back(
    app_below_a_path: App, page: Page, make_images, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app_below_a_path.home))
    run = finished_run(make_images, tmp_path / "zoo")
    page.goto(f"{app_below_a_path.url}/results?run={run.id}")
    settle(page)
    matrix = page.locator(".js-plotly-plot").first
    matrix.evaluate("(chart) => { chart.isTheSame = true; }")
    click_cell(page, 1)
    expect(matrix.locator(".shapelayer path")).to_be_attached()
    settle(page)
    assert matrix.evaluate("(chart) => chart.isTheSame")
    click_cell(page, 1)
    expect(matrix.locator(".shapelayer path")).to_have_count(0)
    assert "cell" not in page.url
    open_page(page, "Predict")
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    open_page(page, "Results")
    assert matrix.evaluate("(chart) => chart.isTheSame")


def test_a_map_fills_the_screen_and_comes_back(app: App, page: Page, shoot, make_images, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    run = finished_run(make_images, tmp_path / "zoo")
    page.goto(f"{app.url}/explore?run={run.id}")
    settle(page)
    map = page.locator(".js-plotly-plot").nth(1)
    width = map.evaluate("(chart) => chart._fullLayout.width")
    map.hover()
    map.locator('[data-title="Full screen"]').click()
    expect(map).to_have_js_property("clientWidth", page.viewport_size["width"])
    page.wait_for_function("(width) => document.fullscreenElement._fullLayout.width > width", arg=width)
    shoot(page, "map-full-screen")
    map.locator('[data-title="Full screen"]').click()
    page.wait_for_function("!document.fullscreenElement")
    settle(page)
    assert map.evaluate("(chart) => chart._fullLayout.width") == width


def test_a_large_matrix_stays_zoomed_when_a_cell_is_chosen(app: App, page: Page, make_images, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    run = finished_run(make_images, tmp_path / "zoo", {f"class {number:02}": 12 for number in range(24)})
    page.goto(f"{app.url}/results?run={run.id}")
    settle(page)
    matrix = page.locator(".js-plotly-plot").first
    matrix.evaluate("(chart) => chart.scrollIntoView({block: 'start'})")
    area = matrix.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + 5, area["y"] + 5)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2, steps=6)
    page.mouse.up()
    zoomed = matrix.evaluate("(chart) => chart._fullLayout.xaxis.range")
    settle(page)
    assert zoomed[1] < 20
    click_cell(page, 25)
    expect(matrix.locator(".shapelayer path")).to_be_attached()
    assert matrix.evaluate("(chart) => chart._fullLayout.xaxis.range") == zoomed
