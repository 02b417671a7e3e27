"""A report opens in a browser with no network, wide and narrow, light and dark, and prints."""

import pytest

from tests.browser.conftest import SCREENSHOTS
from tests.pages.finished_run import finished_run, run_on
from tlcore.datasets import open_dataset
from tlcore.datasets.editing.edits import correct_label
from tlcore.exports import export_run

_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def report(make_images, tmp_path):
    """The address of one that says what changed, of names that are long or look like code."""
    classes = {"ants": 12, "<b>bees</b> & " + "very " * 20: 12, "cats": 12}
    run = finished_run(make_images, tmp_path / "zoo", {name.replace("/", "∕"): n for name, n in classes.items()})
    dataset = open_dataset(run.record["dataset"]["id"])
    again = run_on(correct_label(dataset, dataset.examples["id"].tolist()[:2], "cats"), confused=0.1)
    made = export_run(again, "report", tmp_path / "out", baseline=run)
    return (tmp_path / "out" / made["files"][0]).as_uri()


def test_it_stands_alone(chromium, report):
    context = chromium.new_context(offline=True)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    SCREENSHOTS.mkdir(exist_ok=True)
    for width, scheme in ((1400, "light"), (900, "dark"), (400, "light")):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=scheme)
        page.goto(report)
        page.screenshot(path=SCREENSHOTS / f"report-{width}-{scheme}.png", full_page=True)
        assert not page.evaluate(_TOO_WIDE)
    assert {url for url in asked if not url.startswith("data:")} == {report}
    assert not complaints, "nothing is refused by the page's own policy"
    assert page.evaluate("document.images.length > 0 && [...document.images].every(each => each.naturalWidth > 0)")
    assert page.pdf(path=SCREENSHOTS / "report.pdf", format="A4").startswith(b"%PDF")
    context.close()
