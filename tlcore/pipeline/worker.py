"""The process that does the work: one job, or one after another. `python -m tlcore.pipeline.worker FOLDER | - LANE`.

With a folder it does that job and ends. With `-` it loads TensorFlow (in the lane of imports it does without) unless a
job waits, says `ready`, and does the jobs whose folders it reads from its input, a line each, until its input ends: so
it outlives whoever gave it the job, and ends with it once it is idle. After each job, done or given up, it says `free`.
It writes files only.
"""

import contextlib
import gc
import os
import select
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

from tlcore.base import leases
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog, cut_half_line
from tlcore.base.progress import Cancelled
from tlcore.base.work import ENDINGS, lease_of
from tlcore.jobs.job import Job
from tlcore.jobs.outcome import ending
from tlcore.jobs.wakeup import wake_supervisor
from tlcore.pipeline import tasks


def work(folder: Path) -> str:
    """Does one job, unless another process is at it or it is over; says how it ended."""
    job = Job(folder)
    with leases.hold(lease_of(folder)) as held:
        if held and not job.over:
            log = EventLog(folder)
            cut_half_line(folder)
            log.event("start", pid=os.getpid(), worker=True)
            with _output_to(folder / "log.txt"), _settings_of(job):
                _do(job, log)
    return job.state


def _do(job: Job, log: EventLog) -> None:
    try:
        with ending(job.folder, log):
            log.check()
            tasks.carry_out(job.folder, job.kind, job.args, log)
    except (Cancelled, UserError):
        pass  # the last event says it
    except Exception:
        traceback.print_exc()


def main() -> int:
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else the first worker takes all of a GPU's memory
    folder = sys.argv[1]
    if folder != "-":
        return 0 if work(Path(folder).absolute()) in ENDINGS[:3] else 1
    _serve(iter(()) if sys.argv[2] == "import" else tasks.warm_up())
    return 0


def _serve(loading: Iterator[None]) -> None:
    """Does job after job; loads between them, as long as none waits: that one loads what it needs, and no more."""
    is_loaded = has_said = False
    while True:
        while not (is_loaded or _has_input()):
            is_loaded = next(loading, True) is True
            if is_loaded:
                gc.freeze()  # it stays, and need not be looked through after each job
        if not has_said:
            has_said = True
            _say("ready")
        line = sys.stdin.readline()
        if not line:
            return
        if Path(line.rstrip("\n")).is_dir():
            before = set(threading.enumerate())
            if work(Path(line.rstrip("\n"))) == "cancelled" and set(threading.enumerate()) - before:
                wake_supervisor()
                os._exit(0)  # what it began and can't stop, as a download by Kaggle's client, ends with the process
            gc.collect()  # a trained model lies in cycles, and the next one needs its memory
        _say("free")


def _say(word: str) -> None:
    """Tells the supervisor, where it still lives."""
    with contextlib.suppress(BrokenPipeError):
        print(f"\n{word}", flush=True)  # on its own line, whatever else was printed
    wake_supervisor()


def _has_input() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


@contextlib.contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Everything printed meanwhile, by Python or by native code, goes to the end of a file."""
    kept = [(stream, os.dup(stream.fileno())) for stream in (sys.stdout, sys.stderr)]
    with open(path, "ab") as file:
        for stream, _ in kept:
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
    try:
        yield
    finally:
        for stream, copy in kept:
            stream.flush()
            os.dup2(copy, stream.fileno())
            os.close(copy)


@contextlib.contextmanager
def _settings_of(job: Job) -> Iterator[None]:
    """The settings of whoever asked for the job bind it, not those that this process was started with."""
    before = {name: os.environ.get(name, "") for name in job.record["settings"]}
    os.environ.update(job.record["settings"])
    try:
        yield
    finally:
        os.environ.update(before)


if __name__ == "__main__":
    sys.exit(main())
