"""Going from page to page in a workspace of 50,000 pictures while a run is under way: time, and the app's memory."""

import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
import psutil

from benchmarks.measuring import Row, benchmark, say
from benchmarks.serving import App, chromium, require_browser, running_app, settle
from benchmarks.synthetic import little_pictures

if TYPE_CHECKING:
    from tlcore.runs import Run

_PICTURES = 50_000
_SIDE = 32
_LIMIT = 30_000  # ms that a page may take before it counts as broken
_ROUNDS = 20
_EPOCHS = 1000  # more than the measuring takes
_TABLE, _CHART = '[data-testid="stDataFrame"] canvas', ".js-plotly-plot"
_CONTENT = {  # by page: what its content is made of, and how many of each there are at least
    "Data": {f"{_CHART} .bars .point": 30, _TABLE: 1},
    "Module": {_TABLE: 1, '[data-testid="stCheckbox"]': 2},
    "Train": {'[data-testid="stNumberInput"]': 1, '[data-testid="stBaseButton-primary"]': 1},
    "Results": {f"{_CHART} .heatmaplayer image": 1, _TABLE: 1},
    "Explore": {f"{_CHART} .gl-canvas": 1, f"{_CHART} .legend .traces": 10, _TABLE: 1},
    "Predict": {'[data-testid="stFileUploaderDropzoneInput"]': 1},
    "Runs": {_TABLE: 1},
}
_WATCH = """
([title, content, limit]) => {
  const isInView = (box) => box.bottom > 0 && box.top < innerHeight && box.width > 0;
  const lacking = () => Object.entries(content)
    .filter(([each, number]) => document.querySelectorAll(each).length < number).map(([each]) => each);
  const isDrawn = () =>
    document.querySelector("h1")?.textContent.includes(title)
    && document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')
    && !lacking().length
    && [...document.images].every((each) => each.complete || !isInView(each.getBoundingClientRect()));
  window.switched = new Promise((resolve, reject) => {
    document.addEventListener("click", () => {
      const began = performance.now();
      const taken = () => performance.now() - began;
      const look = () => {
        if (isDrawn()) requestAnimationFrame(() => resolve(taken()));
        else if (taken() > limit) reject(new Error(`${title} was not drawn; it lacks: ${lacking()}`));
        else requestAnimationFrame(look);
      };
      look();
    }, {capture: true, once: true});
  });
}
"""


@benchmark("pages", minutes=5)
def pages() -> Iterator[Row]:
    """Page switch in Chromium with 50,000 pictures and a run under way, and the app's memory."""
    import tlcore.base.workspace as workspace

    require_browser()
    with workspace.scratch() as folder:
        finished = finished_run(folder, _PICTURES)
    with running_app(workspace.home()) as app, chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(60_000)
        _open(page, app, finished)
        underway = _start_run(finished)
        first, taken = _walk(page)
        if underway.state != "running":
            raise RuntimeError(f"the run that was to be under way is {underway.state}")
        yield from _rows(first, taken, psutil.Process(app.process.pid).memory_info().rss / 1e6)


def finished_run(folder: Path, count: int) -> "Run":
    """A run with its result on so many little pictures in ten classes, by a little module; all in this workspace."""
    from benchmarks.models import write_little_module
    from tlcore import api
    from tlcore.datasets import import_dataset
    from tlcore.modules import open_module

    little_pictures({count: folder / "pictures"}, _SIDE)
    dataset = import_dataset(folder / "pictures", name=f"{count:,} pictures")
    say(f"{count:,} pictures are imported")
    module = open_module(str(write_little_module(folder / "module", _SIDE)), name="two convolutions")
    return api.train(dataset, module, api.suggest_plan(dataset, module))


def _open(page, app: App, run: "Run") -> None:
    """The app's first page with the run chosen, which also starts supervisor and worker."""
    record = run.record
    chosen = {"dataset": record["dataset"]["id"], "module": record["module"]["id"], "run": run.id}
    page.goto(f"{app.url}/runs?{urlencode(chosen)}")
    settle(page)


def _start_run(finished: "Run") -> "Run":
    """A run of the same dataset and module that fine-tunes both of its layers, in the worker; past its first epoch."""
    from tlcore import pipeline
    from tlcore.base.events import latest_events
    from tlcore.datasets import open_dataset
    from tlcore.modules import find_module
    from tlcore.plans import suggest_plan

    dataset, module = open_dataset(finished.record["dataset"]["id"]), find_module(finished.record["module"]["id"])
    plan = suggest_plan(dataset, module, module.group_names).replace(epochs=_EPOCHS, early_stopping=0)
    run = pipeline.submit_run(dataset, module, plan, name="under way")
    while not any(event["event"] == "epoch" for event in latest_events(run.folder)):
        if run.state not in ("queued", "running"):
            raise RuntimeError(f"the run that was to be under way is {run.state}")
        time.sleep(0.5)
    say("a run is under way")
    return run


def _walk(page) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Goes from page to page by the navigation, in orders by chance; milliseconds by page, the first visit's apart."""
    first = {name: _switch(page, name) for name in _CONTENT}
    rng = np.random.default_rng(0)
    names = list(_CONTENT)
    way = [name for _ in range(_ROUNDS) for name in rng.permutation(names)]
    taken = defaultdict(list)
    for before, name in pairwise([names[-1], *way]):
        if name != before:
            taken[name].append(_switch(page, name))
    return first, taken


def _switch(page, name: str) -> float:
    """Milliseconds, by the browser's clock, from the click to the frame after the page's content is all drawn."""
    page.evaluate(_WATCH, [name, _CONTENT[name], _LIMIT])
    page.locator('[data-testid="stSidebarNav"]').get_by_role("link", name=name).click()
    taken = page.evaluate("window.switched")
    page.wait_for_timeout(200)
    return taken


def _rows(first: dict[str, float], taken: dict[str, list[float]], megabytes: float) -> Iterator[Row]:
    every = [each for times in taken.values() for each in times]
    medians = ", ".join(f"{name} {median(times):.0f}" for name, times in taken.items())
    data = f"{_PICTURES:,} PNG of {_SIDE} × {_SIDE}, 10 classes; a finished run, another under way"
    yield Row(
        "page switch, p95",
        data,
        float(np.percentile(every, 95)),
        "ms",
        spread=(min(every), max(every)),
        turns=len(every),
        target=300,
        at_most=True,
        note="from the click on the navigation to the frame after all of the page's content, pictures in view "
        f"included; pages in orders by chance, each opened once before. Medians: {medians}; of the first visits the "
        f"longest {max(first.values()):.0f} ms ({max(first, key=first.get)})",
    )
    yield Row(
        "the app's memory",
        data,
        megabytes,
        "MB",
        target=500,
        at_most=True,
        note="resident, of the process that serves the pages, after all of them",
    )
