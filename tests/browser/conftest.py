"""A running app, a real Chromium, and a folder for what it shows."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
README_PICTURES = Path(__file__).parent / "readme"
_README_HEIGHT = 1180
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class App(NamedTuple):
    url: str
    home: Path
    process: subprocess.Popen


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@contextlib.contextmanager
def running_app(home: Path, *, ends_workers: bool = True, **settings: str):
    """The app as README's command starts it, on a port of its own.

    Afterwards it is gone, and with `ends_workers` its supervisor and workers too.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    environment = {**os.environ, "TLCORE_HOME": str(home), **settings}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://localhost:{port}"
    try:
        _wait_until_healthy(url, process)
        yield App(url, home, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if ends_workers:
            end_processes_of(home)


def end_processes_of(home: Path) -> None:
    """Ends the supervisor and workers that serve a workspace."""
    mine = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TLCORE_HOME") == str(home) and process.pid != os.getpid():
                mine.append(process)
    for process in mine:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(mine, timeout=20)


def _wait_until_healthy(url: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "the app ended by itself"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health") as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the app did not answer within 30 s")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture(scope="session")
def chromium():
    """A missing browser fails the test: README's test command installs one."""
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


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


def settle(page: Page) -> None:
    """Waits until the page's script has run and what it drew has arrived."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_function('!document.querySelector(\'[data-stale="true"], [data-testid="stSkeleton"]\')')
    page.wait_for_timeout(400)
