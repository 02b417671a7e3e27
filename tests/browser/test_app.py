"""What holds of every page: it stays on this machine, fits its window, and a run outlives tab and app."""

import re
import zipfile
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest
from playwright.sync_api import Page, expect

from benchmarks.serving import App, running_app, settle
from tests.browser.journey import last_groups_slider, open_view, press, switch_on_last_groups, upload, wait_for_result
from tests.jobs.conftest import until
from tests.pages.finished_run import finished_run
from tlcore import pipeline, runs
from tlcore.base import workspace
from tlcore.datasets import import_sample, list_datasets, samples
from tlcore.modules import find_module
from tlcore.plans import suggest_plan

PAGES = ("", "module", "train", "results", "explore", "predict", "runs")
PARTS = (
    ("", "examples", "classes"),
    ("", "examples", "gallery"),
    ("", "examples", "facts"),
    ("", "examples", "metadata"),
    ("", "issues", ""),
    ("", "import", ""),
    ("", "history", ""),
    ("", "settings", ""),
    ("module", "", ""),
    ("train", "", ""),
    ("results", "overview", "classes"),
    ("results", "overview", "highest-loss"),
    ("results", "overview", "curves"),
    ("results", "slices", ""),
    ("results", "calibration", "calibration"),
    ("results", "calibration", "threshold"),
    ("results", "calibration", "prediction-sets"),
    ("results", "calibration", "curves"),
    ("results", "fine-tuning", "map"),
    ("results", "fine-tuning", "separation"),
    ("results", "fine-tuning", "matrix-by-epoch"),
    ("explore", "", ""),
    ("predict", "", ""),
    ("runs", "all", ""),
    ("runs", "compare", ""),
    ("runs", "export", ""),
)  # fmt: skip; page, tab and view
LOOKS = {
    "wide": {},
    "narrow": {"viewport": {"width": 375, "height": 800}},
    "dark": {"color_scheme": "dark"},
}


@pytest.fixture
def in_app(app: App, monkeypatch) -> App:
    """The app, its workspace open to this process too."""
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    return app


@pytest.fixture
def a_run(in_app: App, make_images, tmp_path) -> runs.Run:
    """A finished run that fine-tuned, made by hand where there is none."""
    tuned = (run for run in runs.list_runs() if run.has_result and run.plan.train_groups)
    return next(tuned, None) or finished_run(make_images, tmp_path / "zoo")


def outside(page: Page) -> list[str]:
    """Where the page asks for something that is not on this machine, from now on."""
    asked = []
    page.on(
        "request",
        lambda request: (
            asked.append(request.url) if urlsplit(request.url).hostname not in ("localhost", None) else None
        ),
    )
    return asked


@pytest.mark.parametrize("page", LOOKS.values(), ids=LOOKS, indirect=True)
def test_every_page_fits_its_window_and_stays_on_this_machine(in_app: App, page: Page, shoot, a_run, request):
    look = request.node.callspec.id
    run = a_run
    asked = outside(page)
    record = run.record
    chosen = f"dataset={record['dataset']['id']}&module={record['module']['id']}&run={run.id}"
    for name, tab, view in PARTS:
        query = chosen if name != "train" else chosen.split("&run=")[0] + f"&groups={','.join(run.plan.train_groups)}"
        page.goto(f"{in_app.url}/{name}?{query}&tab={tab}&view={view}")
        settle(page)
        assert page.locator('[data-testid="stException"]').count() == 0, (name, tab, view)
        overflow = page.evaluate(
            "() => { const main = document.querySelector('[data-testid=\"stMain\"]');"
            " return main.scrollWidth - main.clientWidth }"
        )
        assert overflow <= 0, (name, tab, view)
        shoot(page, "-".join(["look", look, name or "data", *filter(None, (tab, view))]), full=True)
    assert asked == []


@pytest.mark.parametrize(
    ("old", "page_name", "tab"),
    [
        ("suspects?run=", "Data", "Data issues"),
        ("confidence?run=", "Results", "Calibration"),
        ("before_after?run=", "Results", "Fine-tuning"),
        ("compare?runs=", "Runs", "Compare"),
    ],
)
def test_an_old_address_opens_the_tab_that_its_page_has_become(in_app: App, page: Page, a_run, old, page_name, tab):
    page.goto(f"{in_app.url}/{old}{a_run.id}")
    expect(page.get_by_role("heading", name=page_name, exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    settle(page)
    assert page.get_by_test_id("stException").count() == 0 and a_run.id in page.url


def test_tabs_and_views_stand_in_the_address_and_back_undoes_them(in_app: App, page: Page, a_run):
    page.goto(f"{in_app.url}/results?run={a_run.id}")
    settle(page)
    page.get_by_role("tab", name="Overview").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        settle(page)
    expect(page).to_have_url(re.compile("tab=calibration"))
    open_view(page, "Threshold")
    expect(page).to_have_url(re.compile("tab=calibration.*view=threshold"))
    page.go_back()
    expect(page.get_by_role("radio", name="Calibration", exact=True)).to_be_checked()
    page.go_back()
    expect(page.get_by_role("tab", name="By slice")).to_have_attribute("aria-selected", "true")
    settle(page)
    page.goto(f"{in_app.url}/results?run={a_run.id}&tab=calibration&view=threshold")
    expect(page.get_by_role("radio", name="Threshold", exact=True)).to_be_checked()
    page.reload()
    expect(page.get_by_role("radio", name="Threshold", exact=True)).to_be_checked()


@pytest.mark.parametrize("name", PAGES[2:])
def test_a_page_without_what_it_needs_says_where_to_get_it(in_app: App, page: Page, name: str):
    page.goto(f"{in_app.url}/{name}")
    settle(page)
    assert page.locator('[data-testid="stException"]').count() == 0
    if name != "runs":
        expect(page.get_by_text(re.compile("Choose a (dataset|module|run) first"))).to_be_visible()


def test_a_run_goes_on_while_the_app_is_gone(chromium, page: Page, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(tmp_path))
    with running_app(tmp_path, ends_workers=False) as app:
        dataset, module = import_sample("emoji-google"), find_module("efficientnet-lite0")
        plan = suggest_plan(dataset, module, module.last_groups(1)).replace(epochs=2)
        first = pipeline.submit_run(dataset, module, plan, name="first")
        second = pipeline.submit_run(dataset, module, suggest_plan(dataset, module), name="second")
        page.goto(f"{app.url}/train?run={second.id}")
        expect(page.get_by_text("1 run ahead of it")).to_be_visible()
        page.goto(f"{app.url}/train?run={first.id}")
        expect(page.get_by_text(re.compile("Feature vectors|Computing"))).not_to_have_count(0)
    with running_app(tmp_path) as app:
        page.goto(f"{app.url}/train?run={first.id}")
        wait_for_result(page)
        page.goto(f"{app.url}/train?run={second.id}")
        wait_for_result(page)
    assert [run.state for run in runs.list_runs()] == ["done", "done"]


def test_a_run_can_be_stopped_and_keeps_the_best(in_app: App, page: Page, shoot):
    dataset, module = import_sample("emoji-google"), find_module("efficientnet-lite0")
    plan = suggest_plan(dataset, module, module.last_groups(1)).replace(epochs=50)
    run = pipeline.submit_run(dataset, module, plan)
    page.goto(f"{in_app.url}/train?run={run.id}")
    expect(page.get_by_text("Examples per second")).to_be_visible(timeout=120_000)
    shoot(page, "running")
    press(page, "Stop and keep the best")
    wait_for_result(page)
    expect(page.get_by_text("the best epoch so far was kept")).to_be_visible()
    assert run.state == "stopped" and run.metrics["val"]["n"] == dataset.splits["val"]


def test_a_run_can_be_cancelled_which_is_asked_first(in_app: App, page: Page):
    dataset, module = import_sample("emoji-google"), find_module("efficientnet-lite0")
    run = pipeline.submit_run(dataset, module, suggest_plan(dataset, module, module.last_groups(1)).replace(epochs=50))
    page.goto(f"{in_app.url}/train?run={run.id}")
    expect(page.get_by_role("button", name="Stop and keep the best")).to_be_visible(timeout=120_000)
    settle(page)
    press(page, "Cancel", exact=True)
    assert run.state != "cancelled"
    press(page, "Cancel the run")
    expect(page.get_by_text("was cancelled")).to_be_visible(timeout=60_000)
    assert run.state == "cancelled" and not run.has_result


with zipfile.ZipFile(samples()[0].path) as archive:
    PNG = archive.read(next(name for name in archive.namelist() if name.endswith(".png")))
BROKEN = {
    "an empty archive": ({"empty.zip": b"PK\x05\x06" + bytes(18)}, "empty"),
    "no archive": ({"no-archive.zip": b"this is no archive"}, "archive"),
    "text as a picture": ({"text.png": b"this is no picture"}, "picture"),
    "one picture": ({"labels.csv": b"name,class\na.png,x\n", "a.png": PNG}, "two classes"),
}


@pytest.mark.parametrize(("files", "word"), BROKEN.values(), ids=BROKEN)
def test_a_broken_upload_is_a_clear_word_and_nothing_is_left(in_app: App, page: Page, tmp_path: Path, files, word):
    paths = [tmp_path / name for name in files]
    for path in paths:
        path.write_bytes(files[path.name])
    page.goto(in_app.url)
    settle(page)
    before = list_datasets()
    upload(page, paths)
    expect(page.locator('[data-testid="stAlert"]').filter(has_text=re.compile(word, re.I)).first).to_be_visible()
    assert page.locator('[data-testid="stException"]').count() == 0
    assert list_datasets() == before
    assert list(workspace.place("tmp").iterdir()) == []


def test_quick_moves_of_the_slider_and_the_switches_agree(in_app: App, page: Page):
    page.goto(f"{in_app.url}/module?module=efficientnet-lite0")
    settle(page)
    switch_on_last_groups(page, 1)
    expect(page).to_have_url(re.compile("groups="))  # from here on the page listens
    settle(page)
    thumb = last_groups_slider(page)

    def move() -> bool:  # a press that comes while the page is drawn may be lost
        for _ in range(4):
            thumb.press("ArrowRight")
        settle(page)
        return thumb.input_value() != "1"

    until(move)

    def agree() -> bool:
        moved = int(thumb.input_value())
        groups = quote_plus(",".join(find_module("efficientnet-lite0").last_groups(moved)))
        checked = page.locator('[data-testid="stCheckbox"] input:checked').count()
        return checked == moved > 1 and re.search(rf"groups={re.escape(groups)}(&|$)", page.url) is not None

    until(agree)
    settle(page)
    assert agree()
