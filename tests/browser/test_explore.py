"""One selection drives all views and is undone by the browser's Back: matrices, maps and tables need a real browser."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.serving import App, settle
from tests.browser.journey import click_matrix_cell, tick
from tests.pages.finished_run import run_on
from tlcore.datasets import import_dataset
from tlcore.evaluation.maps.embedding_maps import read_map
from tlcore.evaluation.run_results import run_predictions


def where(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("where", [])


def selected(page: Page, number: int, of: int) -> None:
    """Waits until so many are selected, in the count and in the pictures."""
    expect(page.get_by_text(f"{number:,} of {of:,} selected", exact=True)).to_be_visible()
    words = "1 picture" if number == 1 else f"{number:,} pictures"
    expect(page.get_by_text(words, exact=True)).to_be_visible()
    settle(page)


def standing_out(page: Page) -> int:
    """How many points of the map stand out, all if none fades."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.js-plotly-plot')][1]._fullData"
        ".reduce((sum, trace) => sum + (trace.selectedpoints ? trace.selectedpoints.length : trace.x.length), 0)"
    )


def loops(plot: Locator) -> int:
    """How many outlines of what was drawn are on the map; none of them Plotly's own, which would select anew."""
    assert not plot.locator(".selectionlayer path").count()
    return plot.locator(".shapelayer path").count()


@pytest.fixture
def explored(app: App, make_images, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    pictures = make_images(tmp_path / "zoo", {"ants": 30, "bees": 30, "cats": 30})
    return run_on(import_dataset(pictures, name="explored"), confused=0.4)


def test_a_cell_a_loop_ticks_and_likeness_drive_all_views_and_back_undoes(app: App, page: Page, shoot, explored):
    predictions = run_predictions(explored).answers
    predictions = predictions.take(predictions.splits != "test")
    page.goto(f"{app.url}/explore?run={explored.id}")
    selected(page, len(predictions), len(predictions))

    click_matrix_cell(page, 1)
    in_cell = int(((predictions.labels == 0) & (predictions.predicted == 1)).sum())
    assert in_cell
    selected(page, in_cell, len(predictions))
    assert where(page) == ["label:0", "predicted:1"] and standing_out(page) == in_cell
    shoot(page, "explore-cell", full=True)

    tick(page, 1)
    selected(page, 1, len(predictions))
    assert standing_out(page) == 1
    page.get_by_role("button", name="Find similar").click()
    selected(page, 25, len(predictions))
    assert standing_out(page) == 25 and where(page)[0].startswith("like:")

    for number in (1, in_cell, len(predictions)):
        page.go_back()
        selected(page, number, len(predictions))
        assert standing_out(page) == number
    assert where(page) == []

    places = read_map(explored, "trained", "pca").set_index("id").loc[predictions.ids]
    plot = page.locator(".js-plotly-plot").nth(1)
    plot.scroll_into_view_if_needed()
    edge, (low, high) = plot.evaluate("(plot) => [plot._fullLayout.xaxis.l2p(0), plot._fullLayout.xaxis.range]")
    area = plot.locator(".nsewdrag").first.bounding_box()
    assert low < 0 < high
    plot.evaluate("(plot) => { plot.isTheSame = true; }")
    corners = ((2, 2), (edge, 2), (edge, area["height"] - 2), (2, area["height"] - 2), (2, 3))
    page.mouse.move(area["x"] + 2, area["y"] + 2)
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(area["x"] + x, area["y"] + y, steps=6)
    page.mouse.up()
    left = int((places["x"] < 0).sum())
    selected(page, left, len(predictions))
    assert standing_out(page) == left and where(page)[0].startswith("drawn:")
    assert plot.evaluate("(plot) => plot.isTheSame") and loops(plot) == 1
    shoot(page, "explore-loop", full=True)
    page.get_by_text("Wrong", exact=True).first.click()
    wrong = int(((places["x"].to_numpy() < 0) & (predictions.labels != predictions.predicted)).sum())
    selected(page, wrong, len(predictions))
    assert standing_out(page) == wrong and loops(plot) == 1
    for number in (left, len(predictions)):
        page.go_back()
        selected(page, number, len(predictions))
        assert standing_out(page) == number and loops(plot) == (number == left)
    page.go_forward()
    selected(page, left, len(predictions))
    page.reload()
    selected(page, left, len(predictions))
    assert standing_out(page) == left
    page.get_by_role("button", name=re.compile("Drawn on the map")).click()
    selected(page, len(predictions), len(predictions))
    assert standing_out(page) == len(predictions)
