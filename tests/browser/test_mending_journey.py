"""From wrong labels to a better run in a real browser: suspects, corrections, training again, comparing, the report."""

import random
import re
import zipfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path, PurePosixPath

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.serving import App, settle
from tests.browser.conftest import SCREENSHOTS
from tests.browser.journey import MINUTES, choose, open_page, open_tab, press, upload, wait_for_result
from tlcore.datasets import open_dataset, samples
from tlcore.datasets.editing.edits import history
from tlcore.runs import Run, list_runs

_FLIPPED, _CORRECTED = 12, 9


def test_wrong_labels_in_the_sample_are_found_and_corrected(app: App, page: Page, chromium, shoot, tmp_path, at_home):
    mend(app, page, chromium, shoot, samples()[0].path, tmp_path, name="sample")


@pytest.mark.real_data
def test_wrong_labels_of_photographs_are_found_and_corrected(
    app: App, page: Page, chromium, shoot, tmp_path, at_home, real_data: Path
):
    mend(app, page, chromium, shoot, real_data / "data" / "ants-bees.zip", tmp_path, name="ants-bees")


@pytest.fixture
def at_home(app: App, monkeypatch):
    """This process looks into the app's workspace."""
    monkeypatch.setenv("TLCORE_HOME", str(app.home))


def mend(app: App, page: Page, chromium: Browser, shoot, archive: Path, folder: Path, *, name: str) -> None:
    """The whole way, from an archive twelve of whose pictures get another's label beforehand."""
    flipped = flip_labels(archive, folder / f"{name}-flipped.zip")
    page.goto(app.url)
    settle(page)
    upload(page, [folder / f"{name}-flipped.zip"])
    expect(page.get_by_role("button", name="Choose a module")).to_be_visible(timeout=MINUTES)
    press(page, "Choose a module")
    press(page, "Next: train")
    expect(page.get_by_text("linear probe").first).to_be_visible()
    press(page, "Train", exact=True)
    wait_for_result(page)

    open_page(page, "Data")
    open_tab(page, "Data issues")
    expect(page.get_by_text(re.compile("to look at"))).to_be_visible(timeout=2 * MINUTES)
    shoot(page, f"mended-{name}-suspects", full=True)
    correct(page, flipped)
    shoot(page, f"mended-{name}-corrected", full=True)

    press(page, "Train again on the current dataset")
    page.wait_for_url(re.compile("compare"))
    expect(page.get_by_text(re.compile(r"gained, [\d,]+ lost")).first).to_be_visible(timeout=5 * MINUTES)
    shoot(page, f"mended-{name}-compared", full=True)

    old, new = sorted(list_runs(), key=lambda run: run.record["created"])[-2:]
    assert (old.dataset_version, new.dataset_version) == (0, _CORRECTED)
    edits = history(open_dataset(new.record["dataset"]["id"]))
    assert [edit.kind for edit in edits] == ["label"] * _CORRECTED
    report = take_report(page, app, new, folder)
    with closing(chromium.new_context(offline=True)) as context:
        reading = context.new_page()
        reading.goto(report.as_uri())
        for edit in edits:
            expect(reading.get_by_text(edit.words).first).to_be_visible()
        reading.screenshot(path=SCREENSHOTS / f"mended-{name}-report.png", full_page=True)


def flip_labels(archive: Path, target: Path) -> dict[str, str]:
    """Copies an archive of a folder a class, in which pictures of train, by chance, lie in another class's folder.

    Returns:
        The folder that each belongs to by its file's name.
    """
    rng = random.Random(0)
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        paths = [PurePosixPath(each) for each in old.namelist() if each.endswith((".jpg", ".png"))]
        folders = defaultdict(set)
        for path in paths:
            folders[path.parent.parent].add(path.parent.name)
        free = [path for path in paths if path.parent.parent.name not in ("val", "test")]
        chosen = set(rng.sample(sorted(free), _FLIPPED))
        flipped = {}
        for path in paths:
            place = path
            if path in chosen:
                others = sorted(folders[path.parent.parent] - {path.parent.name})
                place = path.parent.parent / rng.choice(others) / path.name
                flipped[path.name] = path.parent.name
            new.writestr(str(place), old.read(str(path)))
    return flipped


def correct(page: Page, flipped: dict[str, str]) -> None:
    """Accepts what is suggested for nine of the flipped pictures, from the top of the list, page by page."""
    done = 0
    while done < _CORRECTED:
        button = button_of_flipped(page, flipped)
        if button is None:
            press(page, "Next page")
        else:
            offered = page.get_by_role("button", name=re.compile("^Change to"))
            before = offered.count()
            button.click()
            expect(offered).to_have_count(before - 1)
            done += 1
        settle(page)


def button_of_flipped(page: Page, flipped: dict[str, str]) -> Locator | None:
    """What corrects the first flipped picture on the page that is not corrected yet, where the suggestion is right."""
    for button in page.get_by_role("button", name=re.compile("^Change to")).all():
        card = button.locator('xpath=ancestor::*[.//*[@data-testid="stImage"]][1]')
        name = PurePosixPath(card.locator('[data-testid="stImage"] img').first.get_attribute("alt")).name
        if button.inner_text().endswith(f"Change to {flipped.get(name)}"):
            return button
    return None


def take_report(page: Page, app: App, run: Run, folder: Path) -> Path:
    """Makes the report of a run on the Runs page, since the only other run of its dataset, and downloads it."""
    page.goto(f"{app.url}/runs?tab=export&run={run.id}")
    settle(page)
    choose(page, re.compile("What changed since"), re.compile("."))
    page.locator(f".st-key-export-{run.id}-report button").click()
    download = page.locator(f".st-key-download-{run.id}-report button")
    expect(download).to_be_visible(timeout=2 * MINUTES)
    with page.expect_download() as waiting:
        download.click()
    waiting.value.save_as(folder / "report.html")
    return folder / "report.html"
