"""A running app, a real Chromium, and a folder for what it shows."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.serving import chromium as running_chromium
from benchmarks.serving import running_app, settle

SCREENSHOTS = Path(__file__).parent / "screenshots"
README_PICTURES = Path(__file__).parent / "readme"
_README_HEIGHT = 1520


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture(scope="session")
def chromium():
    """A missing browser fails the test: README's test command installs one."""
    expect.set_options(timeout=30_000)
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, request) -> Page:
    """A new browser window, 1400 wide; `@pytest.mark.parametrize("page", [{…}], indirect=True)` changes it."""
    options = {"viewport": {"width": 1400, "height": 1000}, **getattr(request, "param", {})}
    context = chromium.new_context(accept_downloads=True, **options)
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def shoot():
    """Keeps a picture of a page, whole with `full`; `readme` names README's picture that it is.

    README's pictures are written anew where TLCORE_README_PICTURES is set.
    """
    SCREENSHOTS.mkdir(exist_ok=True)

    def shoot(page: Page, name: str, *, full: bool = False, readme: str = "") -> None:
        settle(page)
        path = SCREENSHOTS / f"{name}.png"
        window = page.viewport_size
        if full:  # the page scrolls inside Streamlit's main section, so the window must grow
            height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
            page.set_viewport_size({"width": window["width"], "height": max(window["height"], height)})
            settle(page)
        page.screenshot(path=path)
        if readme and os.environ.get("TLCORE_README_PICTURES"):
            README_PICTURES.mkdir(exist_ok=True)
            page.set_viewport_size({"width": window["width"], "height": _README_HEIGHT})
            settle(page)
            page.screenshot(path=README_PICTURES / f"{readme}.png")
        page.set_viewport_size(window)

    return shoot
