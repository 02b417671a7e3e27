"""The linked views in Chromium: from a click, a loop, a filter or a search to the other views redrawn."""

import re
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measuring import Row, benchmark, say
from benchmarks.pages import finished_run
from benchmarks.serving import chromium, click_cell, require_browser, running_app, settle
from benchmarks.synthetic import clusters

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SIZES = (10_000, 100_000)
_FEATURES = 1280
_ROUNDS = 7
_NOTICED = 1000  # ms: what a person's flow of thought outlasts (J. Nielsen, Usability Engineering, 1993)
_LIMIT = 60_000
_LOOP = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.31))  # of the map's width and height
_WATCH = """
([limit]) => {
  const count = () => [...document.querySelectorAll('[data-testid="stMarkdown"]')]
    .map((each) => each.textContent).find((text) => / of .* selected$/.test(text));
  const before = count();
  const waiting = new Set(document.querySelectorAll(".js-plotly-plot"));
  waiting.forEach((chart) => chart.once("plotly_afterplot", () => waiting.delete(chart)));
  const isInView = (box) => box.bottom > 0 && box.top < innerHeight && box.width > 0;
  const isDrawn = () =>
    count() !== before
    && document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
    && !waiting.size
    && [...document.images].every((each) => each.complete || !isInView(each.getBoundingClientRect()));
  window.linked = new Promise((resolve, reject) => {
    document.addEventListener("pointerup", () => {
      const began = performance.now();
      const look = () => {
        const taken = performance.now() - began;
        if (isDrawn()) requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
        else if (taken > limit) reject(new Error(`nothing was redrawn: ${count()}`));
        else setTimeout(look, 5);
      };
      look();
    }, {capture: true, once: true});
  });
}
"""


@benchmark("explore", minutes=12)
def explore() -> Iterator[Row]:
    """Linked views in Chromium: from a click, loop, filter or search to the others redrawn."""
    import tlcore.base.workspace as workspace

    require_browser()
    for size in _SIZES:
        with workspace.scratch() as folder:
            run = finished_run(folder, size)
        with running_app(workspace.home()) as app, chromium() as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 1900})
            page.set_default_timeout(_LIMIT)
            yield from _linked(page, f"{app.url}/explore?run={run.id}", size)
        yield _search(size)


def _linked(page: "Page", address: str, size: int) -> Iterator[Row]:
    """A row for each of the acts, each of which is done once before it counts and is undone after it."""
    page.goto(address)
    settle(page)
    everything = page.get_by_text(re.compile("of .* selected$")).inner_text()
    for name, act in _ACTS.items():
        taken = []
        for _ in range(_ROUNDS + 1):
            taken.append(act(page))
            settle(page)
            page.get_by_test_id("stBaseButton-tertiary").filter(has_text="Clear").click()
            page.get_by_text(everything).wait_for()
            settle(page)
        yield _row(name, size, taken[1:])


def _watched(page: "Page", gesture: Callable[[], object]) -> float:
    """Milliseconds, by the browser's clock, from the end of the gesture to the frame after all is redrawn."""
    page.evaluate(_WATCH, [_LIMIT])
    gesture()
    return page.evaluate("window.linked")


def _click_cell(page: "Page") -> float:
    return _watched(page, lambda: click_cell(page, 1))


def _draw_loop(page: "Page") -> float:
    box = page.locator(".js-plotly-plot").nth(1).locator(".nsewdrag").first.bounding_box()
    corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in _LOOP]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=6)
    return _watched(page, page.mouse.up)


def _filter(page: "Page") -> float:
    return _watched(page, page.get_by_text("Wrong", exact=True).first.click)


def _tick(page: "Page") -> float:
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    return _watched(page, lambda: page.mouse.click(box["x"] + 18, box["y"] + 36 + 35 * 2 + 17))


def _find_similar(page: "Page") -> float:
    _tick(page)
    settle(page)
    return _watched(page, page.get_by_role("button", name="Find similar").click)


_ACTS = {
    "a cell of the matrix": _click_cell,
    "a loop on the map": _draw_loop,
    "a filter": _filter,
    "a tick in the table": _tick,
    "Find similar": _find_similar,
}


def _row(name: str, size: int, taken: list[float]) -> Row:
    say(f"{name}, {size:,}: {median(taken):.0f} ms")
    return Row(
        f"linked views, {name}",
        f"{size:,} examples, 10 classes",
        median(taken),
        "ms",
        spread=(min(taken), max(taken)),
        turns=len(taken),
        target=_NOTICED if size == min(_SIZES) else None,
        at_most=True,
        note="from the end of the gesture to the frame after matrix, map, table and pictures are redrawn; the browser "
        "draws without a graphics card, on the cores that the app has too",
    )


def _search(size: int) -> Row:
    """The search alone, among vectors as long as the built-in module's."""
    from tlcore.evaluation.maps.neighbours import more_like

    vectors, _ = clusters(size, _FEATURES)
    taken = []
    for turn in range(_ROUNDS):
        began = time.perf_counter()
        more_like(vectors, np.arange(turn, turn + 10), 24)
        taken.append(1000 * (time.perf_counter() - began))
    return Row(
        "nearest to the mean of ten",
        f"{size:,} feature vectors of {_FEATURES:,}",
        median(taken),
        "ms",
        spread=(min(taken), max(taken)),
        turns=len(taken),
        note="in memory; no part of the rows above, whose module has 64 features",
    )
