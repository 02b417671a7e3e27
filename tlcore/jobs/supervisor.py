"""The process that hands jobs to workers and watches them: `python -m tlcore.jobs.supervisor`, one a workspace.

It keeps nothing of its own: the queue's table and the jobs' folders say everything, so it can be killed at any time.
Workers then finish what they are at, and the next supervisor takes them on.
"""

import contextlib
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

import tlcore.workspace as workspace
from tlcore.jobs import database
from tlcore.jobs.ending import OUT_OF_MEMORY, end
from tlcore.jobs.executors import WORKER, LocalExecutor
from tlcore.jobs.job import cut_half_line
from tlcore.jobs.starting import last_sign_of_the_app, lock_path
from tlcore.jobs.sweeping import sweep
from tlcore.jobs.waking import Listener
from tlcore.runs import EventLog

ATTEMPTS = 3
_TICK = 0.2  # between two looks where no news comes by itself
_TICK_AT_WORK = 1.0  # else: a cancel that is not heard, and a worker of an earlier supervisor that dies, give no news
_TICK_IDLE = 5.0
_SECONDS_TO_CANCEL = 10
_SECONDS_BETWEEN_SWEEPS = 600
_SECONDS_IDLE = 15 * 60


class Supervisor:
    """Hands over what waits, in order, one job a lane, and sees each to its end."""

    def __init__(self, executor: LocalExecutor):
        self._executor = executor
        self._known: set[str] = set()  # jobs handed over or taken on by this supervisor

    def step(self) -> bool:
        """Looks once at everything; says whether there is any work."""
        with database.connect() as connection:
            for row in connection.execute("select * from jobs where state = 'running' order by number").fetchall():
                self._watch(connection, row)
            for lane in database.LANES:
                self._hand_over(connection, lane)
            busy = connection.execute("select 1 from jobs where state in ('queued', 'running')").fetchone()
        self._executor.keep_warm(database.LANES)
        return busy is not None

    def _watch(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        job = database.job_of(row)
        if job.id not in self._known:
            self._known.add(job.id)
            self._executor.adopt(job.folder)
        status = self._executor.poll(job.folder)
        if status is None:
            if not _cancel_is_overdue(job.folder):
                return
            self._executor.cancel(job.folder)
            status = -signal.SIGKILL
        if not job.folder.is_dir():
            database.forget(connection, job.id)
            return
        if job.over:
            pass
        elif EventLog(job.folder).request() == "cancel":
            end(job.folder, "cancelled")
        elif row["attempts"] >= ATTEMPTS:
            end(job.folder, "failed", **_describe_death(status))
        else:
            cut_half_line(job.folder)
            EventLog(job.folder).log(f"The worker ended ({_cause(status)}); the job is started again.")
            database.set_state(connection, job.id, "queued")
            return
        database.set_state(connection, job.id, job.state)

    def _hand_over(self, connection: sqlite3.Connection, lane: str) -> None:
        """Starts the lane's next job, unless one is under way."""
        row = connection.execute(
            "select * from jobs where state in ('running', 'queued') and lane = ? order by state desc, number limit 1",
            (lane,),
        ).fetchone()
        if row is None or row["state"] == "running":
            return
        job = database.job_of(row)
        if not job.folder.is_dir():
            database.forget(connection, job.id)
        elif job.over:
            database.set_state(connection, job.id, job.state)
        elif database.claim(connection, job.id):
            self._known.add(job.id)
            self._executor.submit([*WORKER, str(job.folder)], job.folder, {"lane": lane})


def _cancel_is_overdue(folder: Path) -> bool:
    try:
        asked = (folder / "request").stat().st_mtime
    except FileNotFoundError:
        return False
    return EventLog(folder).request() == "cancel" and time.time() - asked > _SECONDS_TO_CANCEL


def _cause(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def _describe_death(status: int) -> dict[str, str]:
    detail = f"It was started {ATTEMPTS} times, and its process ended each time, at last {_cause(status)}"
    if status == -signal.SIGKILL:
        return {"title": "The worker was killed, probably as memory ran out", "detail": detail, "hint": OUT_OF_MEMORY}
    return {
        "title": "The worker ended in the middle of its work",
        "detail": detail,
        "hint": f"Its log, log.txt beside the events, and {workspace.home() / 'supervisor.log'} may say why",
    }


@contextlib.contextmanager
def only_one() -> Iterator[FileLock | None]:
    """The right to supervise this workspace; None when another process has it."""
    lock = FileLock(lock_path())
    try:
        lock.acquire(timeout=2)  # whoever only looks whether there is a supervisor holds it for a moment
    except Timeout:
        yield None
        return
    try:
        yield lock
    finally:
        lock.release()


def supervise() -> None:
    """Goes on until it is told to end, the workspace vanishes, or there is neither work nor an app for a while."""
    told_to_end = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.append(True))
    signal.signal(signal.SIGCHLD, lambda *_: None)  # with a handler, a worker's end is news
    listener = Listener()
    signal.set_wakeup_fd(listener.writing, warn_on_full_buffer=False)
    executor = LocalExecutor(log=sys.stderr.fileno())
    supervisor = Supervisor(executor)
    lock = lock_path()
    inode = lock.stat().st_ino
    next_sweep = 0.0
    worked = time.time()
    busy = True
    while not told_to_end and _same(lock, inode):
        try:
            if busy := supervisor.step():
                worked = time.time()
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + _SECONDS_BETWEEN_SWEEPS
                threading.Thread(target=_sweep, daemon=True).start()  # among much data it takes its time
            if time.time() - max(worked, last_sign_of_the_app()) > _SECONDS_IDLE:
                break
        except Exception:  # a folder deleted meanwhile, a full disk: the other jobs must go on
            traceback.print_exc()
            time.sleep(1)
        listener.wait((_TICK_AT_WORK if busy else _TICK_IDLE) if listener.hears_others else _TICK)
    if _same(lock, inode):
        executor.release()
    else:
        executor.kill_all()


def _sweep() -> None:
    with database.connect() as connection:
        sweep(connection)


def _same(path: Path, inode: int) -> bool:
    try:
        return path.stat().st_ino == inode
    except FileNotFoundError:
        return False


def main() -> None:
    with only_one() as lock:
        if lock:
            supervise()


if __name__ == "__main__":
    main()
