"""One benchmark in a process of its own, with a scratch workspace that is deleted afterwards."""

import multiprocessing
import os
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from benchmarks.measuring import Benchmark, NotMeasured, Row


@dataclass(frozen=True)
class Outcome:
    """What became of a benchmark.

    Attributes:
        benchmark: its name.
        rows: what it measured, all that it yielded before anything went wrong.
        missing: what it lacked; empty where it lacked nothing.
        failure: the traceback, where it failed.
    """

    benchmark: str
    rows: tuple[Row, ...] = ()
    missing: str = ""
    failure: str = ""


def run(benchmark: Benchmark) -> Outcome:
    """Runs a benchmark in a fresh process, so that no other one's threads and memory are in its way."""
    try:
        return in_own_process(_outcome, benchmark.name, benchmark.function)
    except BrokenProcessPool:
        return Outcome(benchmark.name, failure="its process was killed; was there enough memory?")


def in_own_process(function: Callable, *args):
    """Calls a function in a fresh process whose workspace is a scratch folder, and whose stdout is stderr."""
    with (
        tempfile.TemporaryDirectory(prefix="tlcore-benchmark-") as home,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_prepare, initargs=(home,)) as pool,
    ):
        return pool.submit(function, *args).result()


def put_aside(place: str) -> None:
    """Empties one of the workspace's places, and waits for the disk, so that the next turn does not.

    What lay there stays until the benchmark ends: for a minute or more after many files were deleted, ext4 takes
    several times as long to make new ones, since it looks for places that were not free just before.
    """
    import tlcore.base.workspace as workspace

    os.rename(workspace.place(place), tempfile.mkdtemp(prefix=f"{place}-", dir=workspace.place("tmp")))
    os.sync()


def _prepare(home: str) -> None:
    os.dup2(2, 1)  # libraries print as they like; stdout is for the table
    os.environ["TLCORE_HOME"] = home
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _outcome(name: str, function: Callable) -> Outcome:
    rows: list[Row] = []
    try:
        rows.extend(function())
    except NotMeasured as missing:
        return Outcome(name, tuple(rows), missing=str(missing))
    except Exception:
        return Outcome(name, tuple(rows), failure=traceback.format_exc())
    return Outcome(name, tuple(rows))
