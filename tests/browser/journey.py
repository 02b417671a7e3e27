"""The whole way through the app, as one person goes it: each step a function, so that journeys share them."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from benchmarks.serving import click_cell, settle

MINUTES = 60_000
_ROW, _HEADER, _TICK = 35, 36, 18  # pixels of a table

_LOAD_WITH_PLAIN_TENSORFLOW = """
import json, sys
import tensorflow as tf
folder, picture = sys.argv[1:]
model = tf.saved_model.load(folder)
names = open(f"{folder}/assets/class_names.txt", encoding="utf-8").read().split("\\n")
result = model.signatures["serving_default"](encoded=tf.constant([open(picture, "rb").read()]))
print(json.dumps(dict(zip(names, map(float, result["probabilities"][0].numpy())))))
"""


def press(page: Page, name: str | re.Pattern, **options) -> None:
    page.get_by_role("button", name=name, **options).first.click()


def open_page(page: Page, name: str) -> None:
    """By the navigation, as a person does."""
    page.locator('[data-testid="stSidebarNav"]').get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    settle(page)


def open_tab(page: Page, name: str | re.Pattern, **options) -> None:
    page.get_by_role("tab", name=name, **options).click()
    settle(page)


def open_view(page: Page, name: str | re.Pattern) -> None:
    """One of the parts of a tab."""
    page.get_by_role("radio", name=name, exact=True).click()
    settle(page)


def upload(page: Page, files: list[Path]) -> None:
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').first.set_input_files(files)
    press(page, re.compile(r"^.*Read \d+ file"))


def last_groups_slider(page: Page) -> Locator:
    return page.get_by_role("slider", name=re.compile("Train the last groups")).first


def switch_on_last_groups(page: Page, count: int) -> None:
    """By the slider, with the keyboard; a press that comes while the page is still being drawn is made again."""
    thumb = last_groups_slider(page)
    for _ in range(3 * count):
        if int(thumb.input_value()) == count:
            break
        thumb.press("ArrowRight")
        settle(page)
    expect(thumb).to_have_value(str(count))


def set_number(page: Page, label: str, value: float) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    settle(page)


def choose(page: Page, label: str | re.Pattern, option: str | re.Pattern) -> None:
    """Picks what a list offers, by the mouse. A list closes where the page scrolls, so that is ended before."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    settle(page)
    box.click()
    page.get_by_role("option", name=option).first.click()
    settle(page)


def wait_for_result(page: Page, minutes: float = 5) -> None:
    expect(page.get_by_text(re.compile(r"^Done in")).first).to_be_visible(timeout=minutes * MINUTES)
    settle(page)


def click_matrix_cell(page: Page, number: int) -> None:
    """Clicks the cell with the given place, counted along rows, and waits for it in the address."""
    expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
    settle(page)
    click_cell(page, number)
    page.wait_for_function("new URLSearchParams(location.search).has('where')")
    settle(page)


def lasso(page: Page) -> None:
    """Draws a loop around most of the map, which is the second figure of its page."""
    plot = page.locator(".js-plotly-plot").nth(1).locator(".nsewdrag").first
    expect(plot).to_be_visible()
    settle(page)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.05, 0.05))
    page.mouse.down()
    for corner in ((0.6, 0.05), (0.95, 0.5), (0.6, 0.95), (0.05, 0.95), (0.05, 0.06)):
        page.mouse.move(*at(*corner), steps=6)
    page.mouse.up()
    page.wait_for_url(re.compile("where=drawn"))
    expect(page.get_by_text(re.compile(r"^[1-9][\d,]* of [\d,]+ selected"))).to_be_visible()
    settle(page)


def tick(page: Page, row: int) -> None:
    """Clicks the box of a row of the page's first table."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible()
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + _TICK, box["y"] + _HEADER + _ROW * row + _ROW // 2)
    settle(page)


def predict(page: Page, picture: Path) -> None:
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').first.set_input_files([picture])
    expect(page.get_by_text("Nearest train").or_(page.get_by_text("nearest train")).first).to_be_visible(
        timeout=2 * MINUTES
    )
    settle(page)


def take_away(page: Page, folder: Path) -> Path:
    """Makes the SavedModel on the Runs page, downloads it and unpacks it."""
    open_tab(page, "Export")
    card = page.get_by_role("button", name="Export", exact=True).first
    card.click()
    button = page.get_by_role("button", name=re.compile("Download .*B"))
    expect(button.first).to_be_visible(timeout=2 * MINUTES)
    with page.expect_download() as waiting:
        button.first.click()
    archive = folder / "model.zip"
    waiting.value.save_as(archive)
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder / "model")
    return folder / "model"


def said_by_plain_tensorflow(model: Path, picture: Path) -> dict[str, float]:
    """The exported model's probabilities for one picture, in a process that knows nothing of tlcore."""
    command = [sys.executable, "-c", _LOAD_WITH_PLAIN_TENSORFLOW, str(model), str(picture)]
    done = subprocess.run(command, cwd=model, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def visible_pictures(page: Page) -> Locator:
    return page.locator('[data-testid="stImage"] img:visible')
