"""What a person waits for in the app: from "Train" to the first number, and from a new picture to its label."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from benchmarks.measuring import TURNS, Row, benchmark, say
from benchmarks.photographs import photographs
from benchmarks.serving import App, chromium, require_browser, running_app, settle, wait_until_idle

_MODULE = "efficientnet-lite0"
_COLD_TURNS = 3
_NUMBER = ('[data-testid="stMetricValue"]', r"\d %|\d%")
_LABEL = ('[data-testid="stMarkdownContainer"] p', r"^(ants|bees) [\d.]+%$")
_WATCH = """
([event, selector, pattern]) => {
  const wanted = new RegExp(pattern);
  const isThere = () => [...document.querySelectorAll(selector)].some((each) => wanted.test(each.textContent));
  window.waited = new Promise((resolve) => {
    document.addEventListener(event, () => {
      const began = performance.now();
      const observer = new MutationObserver(() => {
        if (!isThere()) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve((performance.now() - began) / 1000));
      });
      observer.observe(document.body, {subtree: true, childList: true, characterData: true});
    }, {capture: true, once: true});
  });
}
"""


@benchmark("waiting", minutes=6)
def waiting() -> Iterator[Row]:
    """From "Train" to the first number on the page, warm and cold, and from a new picture to its label, in Chromium."""
    import tlcore.base.workspace as workspace
    from tlcore.datasets import import_dataset, import_sample

    require_browser()
    home = workspace.home()
    with workspace.scratch() as folder:
        photographs(folder / "photographs", 2)
        originals = folder / "originals"
        originals.mkdir()
        new = []
        for path in sorted((folder / "photographs").glob("*/*.jpg")):
            if path.stem.endswith("-0"):
                target = originals / path.parent.name / path.name
                target.parent.mkdir(exist_ok=True)
                path.rename(target)
            else:
                new.append(path)
        photos = import_dataset(originals, name="ants and bees")
        sample = import_sample("emoji-google")
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(120_000)
            yield from _cold(page, home, photos)
            with running_app(home) as app:
                yield from _warm(page, app, photos, sample)
                yield from _predict(page, app, photos, new)


def _data(dataset) -> str:
    return f"{len(dataset.examples):,} pictures ({dataset.name}), {_MODULE}"


def _row(what: str, data: str, seconds: list[float], **more) -> Row:
    return Row(
        what, data, median(seconds), spread=(min(seconds), max(seconds)), turns=len(seconds), at_most=True, **more
    )


def _cold(page, home: Path, dataset) -> Iterator[Row]:
    """The app just started, no supervisor, no worker; first with nothing kept, then with the converted model kept."""
    nothing, converted = [], []
    for turn in range(_COLD_TURNS):
        for seconds, places in ((nothing, ("features", "compiled")), (converted, ("features",))):
            _forget(home, *places)
            with running_app(home) as app:
                seconds.append(_train(page, app, dataset))
                say(f"cold, turn {turn + 1} of {_COLD_TURNS}, without {' and '.join(places)}: {seconds[-1]:.3g} s")
                _until_done(page, home)
    yield _row(
        "Train to the first number, cold",
        _data(dataset),
        nothing,
        target=12,
        note="the app has just been started: its Train page is the first that it draws, and Train is clicked as soon "
        "as it is there. No supervisor, no worker, no converted model, no pixels and no feature vectors are there; the "
        "dataset is",
    )
    yield _row(
        "Train to the first number, the app started anew",
        _data(dataset),
        converted,
        note="the same, with the converted model kept from an earlier day",
    )


def _warm(page, app: App, photos, sample) -> Iterator[Row]:
    _train(page, app, photos)
    _until_done(page, app.home)
    for dataset in (photos, sample):
        anew, kept = [], []
        for turn in range(TURNS):
            _forget(app.home, "features")
            for seconds, how in ((anew, "features computed"), (kept, "features kept")):
                seconds.append(_train(page, app, dataset))
                say(f"warm, {dataset.name}, {how}, turn {turn + 1} of {TURNS}: {seconds[-1]:.3g} s")
                _until_done(page, app.home)
        yield _row(
            "Train to the first number, warm",
            _data(dataset),
            anew,
            target=2,
            note="a worker waits, the module has been used before; no pixels and no feature vectors are kept",
        )
        yield _row("Train to the first number, on kept features", _data(dataset), kept, target=2, note="the second run")


def _predict(page, app: App, dataset, pictures: list[Path]) -> Iterator[Row]:
    from tlcore.runs import list_runs

    run = next(run for run in list_runs() if run.record["dataset"]["id"] == dataset.id)
    seconds = []
    for turn in range(-1, 2 * TURNS):
        picture = pictures[(turn + 1) * len(pictures) // (2 * TURNS + 1)]
        page.goto(f"{app.url}/predict?{urlencode({'run': run.id})}")
        settle(page)
        wait_until_idle(app.home, 1.0)
        drop = page.locator('[data-testid="stFileUploaderDropzoneInput"]').first
        taken = _watched(page, "change", _LABEL, lambda drop=drop, picture=picture: drop.set_input_files([picture]))
        say(f"predict, {'warming up' if turn < 0 else f'turn {turn + 1} of {2 * TURNS}'}: {taken * 1000:.0f} ms")
        if turn >= 0:
            seconds.append(taken * 1000)
    yield _row(
        "one new picture to its label",
        f"another photograph each time, run on {_data(dataset)}",
        seconds,
        unit="ms",
        target=150,
        note="from the file's arrival in the page's uploader to its label painted; each on a page drawn anew, whose "
        "worker has predicted before",
    )


def _train(page, app: App, dataset) -> float:
    """Seconds from the click on "Train" to the first number of the run on the page."""
    page.goto(f"{app.url}/train?{urlencode({'dataset': dataset.id, 'module': _MODULE})}")
    button = page.get_by_role("button", name=re.compile("Train$"))
    button.wait_for()
    return _watched(page, "click", _NUMBER, button.click)


def _watched(page, event: str, wanted: tuple[str, str], act: Callable[[], object]) -> float:
    """Seconds, by the browser's clock, from an event on the page to the first painting of what is wanted."""
    page.evaluate(_WATCH, [event, *wanted])
    act()
    return page.evaluate("window.waited")


def _until_done(page, home: Path) -> None:
    page.get_by_text(re.compile(r"^Done in")).first.wait_for()
    settle(page)
    wait_until_idle(home)


def _forget(home: Path, *places: str) -> None:
    for place in places:
        shutil.rmtree(home / place, ignore_errors=True)
