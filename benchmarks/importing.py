"""Pictures imported, against reading, hashing and verifying them with Pillow."""

import hashlib
import multiprocessing
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from benchmarks.measuring import NotMeasured, Row, benchmark, say, take_turns
from benchmarks.photographs import photographs
from benchmarks.running import in_own_process, put_aside

_COUNT = 50_000
_LONGER_SIDE = 256
_FEW = 5_000  # that the peer's chunk size is chosen with
_CHUNKS = (1, 16, 64, 256)
_STATUS = Path("/proc/self/status")


@benchmark("importing", minutes=5)
def importing() -> Iterator[Row]:
    """50,000 pictures imported, against reading, hashing and verifying them with Pillow on all cores; memory."""
    import tlcore.base.workspace as workspace

    with workspace.scratch() as folder:
        data = _small_photographs(folder)
        yield from _rows(folder / "pictures", data)


def _rows(folder: Path, data: str) -> Iterator[Row]:
    from tlcore.datasets import import_dataset

    files = [str(path) for path in sorted(folder.rglob("*.jpg"))]

    def forget(side: str) -> None:
        put_aside("datasets")

    with multiprocessing.get_context("spawn").Pool() as pool:
        pool.map(_verify, files[:_FEW])
        chunk = min(_CHUNKS, key=lambda chunk: _seconds(lambda: pool.map(_verify, files[:_FEW], chunk)))
        turns = take_turns(
            {
                "ours": lambda turn: len(import_dataset(folder).examples),
                "peer": lambda turn: len({digest for digest, _, _ in pool.map(_verify, files, chunk)}),
            },
            warm=False,
            before=forget,
        )
    assert {*turns.results["ours"], *turns.results["peer"]} == {_COUNT}
    yield turns.row(
        "import",
        data,
        against=f"read, sha256, Image.open and load in a multiprocessing.Pool of {os.cpu_count()} processes that is "
        f"there already, chunks of {chunk} (the best of {', '.join(map(str, _CHUNKS))}). Nothing is stored or split",
        target=0.8,
        note="ours also tells duplicates, splits, and writes every file and the table to the disk",
    )
    forget("")
    largest, together = in_own_process(_highest_memory, folder)
    yield Row(
        "import, highest memory of a process",
        data,
        largest,
        "MB",
        target=1000,
        at_most=True,
        note="of a fresh process and those that it starts, the interpreter and its libraries included",
    )
    yield Row(
        "import, highest memory of all its processes",
        data,
        together,
        "MB",
        note="what they hold together, looked at 20 times a second; what they share counts for each",
    )


def _small_photographs(folder: Path) -> str:
    """Writes the pictures to a folder `pictures`, and says what they are."""
    from PIL import Image

    originals = photographs(folder / "originals")
    contents = {}
    for path in sorted((folder / "originals").rglob("*.jpg")):
        with Image.open(path) as image:
            image = image.convert("RGB")
            image.thumbnail((_LONGER_SIDE, _LONGER_SIDE))
            written = BytesIO()
            image.save(written, "JPEG", quality=90)
        contents[path] = written.getvalue()
        (folder / "pictures" / path.parent.name).mkdir(parents=True, exist_ok=True)
    paths = list(contents)
    for number in range(_COUNT):
        path = paths[number % originals]
        content = _with_comment(contents[path], f"{number:06d}")
        (folder / "pictures" / path.parent.name / f"{path.stem}-{number:06d}.jpg").write_bytes(content)
    size = sum(map(len, contents.values())) / originals
    return (
        f"{_COUNT:,} JPEG files of {_LONGER_SIDE} pixels, {size / 1000:.0f} kB: {originals} photographs, "
        "each file with another comment, so that no two are alike"
    )


def _with_comment(jpeg: bytes, text: str) -> bytes:
    """The same picture in other bytes: its first marker, then a comment, then the rest."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text.encode() + jpeg[2:]


def _verify(path: str) -> tuple[str, int, int]:
    from PIL import Image

    with open(path, "rb") as file:
        content = file.read()
    with Image.open(BytesIO(content)) as image:
        image.load()
        return hashlib.sha256(content).hexdigest(), *image.size


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _highest_memory(folder: Path) -> tuple[float, float]:
    """The highest resident memory, in MB, of a process that imports the folder or of one that it starts; of all."""
    import psutil

    from tlcore.datasets import import_dataset

    if not _STATUS.exists():
        raise NotMeasured("the highest memory of a process is read from Linux's /proc")
    import resource

    together, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal together
        me = psutil.Process()
        while not ended.wait(0.05):
            held = 0
            for process in (me, *me.children(recursive=True)):
                with suppress(psutil.Error):  # it has just ended
                    held += process.memory_info().rss
            together = max(together, held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        import_dataset(folder)
    finally:
        ended.set()
        watcher.join()
    say(f"once more in a fresh process: {time.perf_counter() - started:.3g} s")
    mine = int(re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())[1])
    largest = max(mine, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return largest * 1024 / 1e6, together / 1e6
