"""From a table of metadata to the slice that a run is weak on, and to its pictures, in a real browser."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.browser.journey import choose, open_tab
from tests.evaluation.little_run import tiny_module, trained_run
from tests.pages.skin import import_skin, write_skin
from tlcore.evaluation.run_results import run_predictions

_PLACE_OF_SLICE = """
(chart, number) => {
  const {xaxis, yaxis} = chart._fullLayout, points = chart._fullData.at(-1);
  const box = chart.querySelector(".nsewdrag").getBoundingClientRect();
  return [box.x + xaxis.l2p(points.x[number]), box.y + yaxis.l2p(points.y[number])];
}
"""


def test_the_weak_slice_is_found_clicked_and_seen_in_explore_and_back_leads_to_it_again(
    app: App, page: Page, shoot, tmp_path, monkeypatch
):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    dataset = import_skin(write_skin(tmp_path / "skin"))
    run = trained_run(dataset, tiny_module(tmp_path))
    predictions = run_predictions(run).only("val")
    women = dataset.examples.set_index("id").loc[predictions.ids, "sex"] == "female"

    page.goto(f"{app.url}/results?run={run.id}")
    settle(page)
    open_tab(page, "By slice")
    expect(page.get_by_text("sex: female").first).to_be_visible()
    choose(page, "Slice by", "sex")
    expect(page).to_have_url(re.compile("slice=sex"))
    settle(page)
    shoot(page, "by-slice", full=True)
    chart = page.locator(".js-plotly-plot").last
    chart.scroll_into_view_if_needed()
    page.mouse.click(*chart.evaluate(_PLACE_OF_SLICE, 0))
    page.wait_for_url(re.compile("explore"))
    expect(page.get_by_text(f"{women.sum()} of {len(predictions)} selected", exact=True)).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["where"] == ["split:val", "column.sex:=female"]
    settle(page)
    shoot(page, "slice-in-explore", full=True)

    page.get_by_role("button", name="Why?").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Results", exact=True)).to_be_visible()
    settle(page)
    page.go_forward()
    expect(page.get_by_text(f"{women.sum()} of {len(predictions)} selected", exact=True)).to_be_visible()
    settle(page)
    expect(page.get_by_role("dialog")).not_to_be_visible()
