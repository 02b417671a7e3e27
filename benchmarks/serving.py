"""The app as a user starts it, and a real Chromium that looks at it; for benchmarks, and for tests of pages."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.measuring import NotMeasured

_ROOT = Path(__file__).parents[1]
_FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PLACE_OF_CELL = """
(chart, number) => {
  const {xaxis, yaxis} = chart._fullLayout;
  const side = chart._fullData[0].z.length;
  const box = chart.querySelector(".nsewdrag").getBoundingClientRect();
  return [box.x + xaxis.c2p(number % side), box.y + yaxis.c2p(Math.floor(number / side))];
}
"""
_QUIET = 0.1  # of a core's time: less counts as nothing


class App(NamedTuple):
    """A running app: where it answers, its workspace, and its process."""

    url: str
    home: Path
    process: subprocess.Popen


@contextlib.contextmanager
def running_app(home: Path, *, ends_workers: bool = True, **settings: str) -> Iterator[App]:
    """The app as README's command starts it, on a port of its own.

    Afterwards it is gone, and with `ends_workers` its supervisor and workers too.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    environment = {**os.environ, "TLCORE_HOME": str(home), **settings}
    process = subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://localhost:{port}/{settings.get('STREAMLIT_SERVER_BASE_URL_PATH', '')}".rstrip("/")
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
    mine = processes_of(home)
    for process in mine:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(mine, timeout=20)


def processes_of(home: Path) -> list[psutil.Process]:
    """The app, supervisor and workers that serve a workspace; not a browser that was started beside them."""
    python = Path(sys.executable).resolve()
    mine = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_ours = process.environ().get("TLCORE_HOME") == str(home) and Path(process.exe()) == python
            if is_ours and process.pid != os.getpid():
                mine.append(process)
    return mine


def wait_until_idle(home: Path, seconds: float = 2.0, limit: float = 120.0) -> None:
    """Waits until the processes of a workspace have done nothing for so many seconds; at most until the limit."""
    end = time.monotonic() + limit
    before = _processor_time(home)
    while time.monotonic() < end:
        time.sleep(seconds)
        now = _processor_time(home)
        if now - before < _QUIET * seconds:
            return
        before = now
    raise TimeoutError(f"the app's processes were still at work after {limit:g} s")


def require_browser() -> None:
    """Raises `NotMeasured` where there is nothing to drive a browser with."""
    if importlib.util.find_spec("playwright") is None:
        raise NotMeasured(
            "needs playwright and Chromium; `pip install -r tests/requirements.txt`, `playwright install chromium`"
        )


@contextlib.contextmanager
def chromium() -> Iterator:
    """A headless browser: Debian's Chromium where it is, else Playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        yield browser
        browser.close()


def settle(page) -> None:
    """Waits until the page's script has run and what it drew has arrived, the charts too."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_function('!document.querySelector(\'[data-stale="true"], [data-testid="stSkeleton"]\')')
    page.wait_for_function("!document.querySelector('.stBidiComponent:not(:has(.js-plotly-plot))')")
    page.wait_for_timeout(400)


def click_cell(page, number: int, chart=None) -> None:
    """Clicks a cell of a confusion matrix: by its place, counted along rows; of the page's first chart or another."""
    chart = chart or page.locator(".js-plotly-plot").first
    chart.scroll_into_view_if_needed()
    page.mouse.click(*chart.evaluate(_PLACE_OF_CELL, number))


def _processor_time(home: Path) -> float:
    total = 0.0
    for process in processes_of(home):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _wait_until_healthy(url: str, process: subprocess.Popen) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the app ended by itself")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health") as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("the app did not answer within 30 s")
