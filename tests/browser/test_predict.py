"""A folder as people have it, dropped on Predict in a real browser: every file is answered for."""

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from benchmarks.serving import App, settle
from tests.browser.journey import MINUTES
from tlcore.datasets import samples
from tlcore.pipeline.example import find_example


def files_of_a_person(folder: Path) -> list[Path]:
    """Two pictures, a photograph of a phone, a broken one, and what systems leave behind."""
    with zipfile.ZipFile(samples()[1].path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        good = [archive.read(name) for name in names[:2]]
    contents = {
        "one.png": good[0],
        "two.png": good[1],
        "phone.cr2": b"II*\0" + bytes(100),
        "broken.jpg": b"\xff\xd8\xff\xe0" + bytes(60),
        ".hidden.png": good[0],
        "notes.txt": b"taken in May",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def drop(page: Page, files: list[Path]) -> None:
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').first.set_input_files(files)


def test_every_file_of_a_folder_is_answered_for(app: App, page: Page, shoot, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(app.home))
    page.goto(app.url)
    expect(page.get_by_text("A finished run to look at")).to_be_visible(timeout=4 * MINUTES)
    run = find_example()
    files = files_of_a_person(tmp_path)
    page.goto(f"{app.url}/predict?run={run.id}")
    settle(page)
    drop(page, files)
    expect(page.get_by_text("4 files left out")).to_be_visible(timeout=4 * MINUTES)
    expect(page.get_by_text("2 pictures", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\w+ [\d.]+ ?%$")).first).to_be_visible()
    settle(page)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stMain").get_by_role("img", name="one.png").count() == 1
    shoot(page, "predict-folder", full=True)
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for file in files:
            target.write(file, f"holiday/{file.name}")
    page.goto(f"{app.url}/predict?run={run.id}")
    settle(page)
    drop(page, [archive])
    expect(page.get_by_text("4 files left out")).to_be_visible(timeout=2 * MINUTES)
    expect(page.get_by_text("holiday/one.png")).to_be_visible()
    shoot(page, "predict-archive", full=True)
