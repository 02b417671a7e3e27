"""What hands jobs to workers and watches them: one process a workspace, `python -m tlcore.pipeline.supervisor`.

It keeps nothing of its own: the queue's table and the jobs' folders say everything, so it can be killed at any time.
Workers then finish what they are at, and the next supervisor takes them on.

A job is offered to a worker, which takes the job's lease (`tlcore.base.leases`) or gives the job up; in the
table both are "running". Whoever holds the lease, and nobody else, writes that the job began, goes back to the queue or
is over. So it does not matter how often a job is offered, or by whom: one worker has it at a time, and none after its
end.
"""

import contextlib
import signal
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore.base import leases
from tlcore.base.errors import OUT_OF_MEMORY
from tlcore.base.events import EventLog, cut_half_line, requested_at
from tlcore.base.work import is_worked_on, lease_of
from tlcore.jobs import database
from tlcore.jobs.executors.executor import Executor
from tlcore.jobs.job import Job, deaths, was_interrupted
from tlcore.jobs.launch import SECONDS_IDLE, last_sign_of_the_app, supervisors_lease
from tlcore.jobs.outcome import end
from tlcore.jobs.wakeup import Listener

ATTEMPTS = 3
_TICK = 0.2  # between two looks where no news comes by itself
_TICK_AT_WORK = 1.0  # else: a cancel that is not heard, and a worker of an earlier supervisor that dies, give no news
_TICK_IDLE = 5.0
_SECONDS_TO_CANCEL = 10
_SECONDS_OF_SILENCE = 120  # after which a worker is taken for frozen; it speaks every two, unless native code keeps it
_SECONDS_BETWEEN_SWEEPS = 600


class Supervisor:
    """Hands over what waits, in order, one job a lane, and sees each to its end.

    Args:
        executor: where the workers are.
        lanes: those that jobs wait in; of two that ask at once, the first comes first.
        clock: seconds that pass while this machine is awake.
    """

    def __init__(self, executor: Executor, lanes: tuple[str, ...], clock: Callable[[], float] = time.monotonic):
        self._executor = executor
        self._lanes = lanes
        self._clock = clock
        # of jobs that were handed over or found under way, until no worker has them, whatever becomes of their rows
        self._watches: dict[Path, leases.Watch] = {}
        self._seen: set[Path] = set()  # those of them that were seen at work

    def step(self) -> bool:
        """Looks once at everything; says whether there is any work."""
        with database.connect() as connection:
            rows = connection.execute("select * from jobs where state = 'running' order by number").fetchall()
            for folder in dict.fromkeys([*(database.job_of(row).folder for row in rows), *self._watches]):
                with _said_and_passed_over():
                    self._watch(connection, Job(folder))
            for lane in self._lanes:
                with _said_and_passed_over():
                    self._hand_over(connection, lane)
            busy = connection.execute("select 1 from jobs where state in ('queued', 'running')").fetchone()
        self._executor.keep_warm(self._lanes)
        return busy is not None

    def _watch(self, connection: sqlite3.Connection, job: Job) -> None:
        """Leaves a job alone while a worker is at it; else says in the table, and in its folder, what is next."""
        status = self._executor.poll(job.folder)
        took_too_long = False
        is_at_work = is_worked_on(job.folder)
        if is_at_work:
            self._seen.add(job.folder)
        if is_at_work or status is None:
            watch = self._watches.setdefault(job.folder, leases.Watch(self._clock))
            silent = watch.look(lease_of(job.folder))
            took_too_long = is_at_work and watch.seconds > job.limit
            if silent < _SECONDS_OF_SILENCE and not took_too_long and not _cancel_is_overdue(job.folder):
                return
            self._executor.cancel(job.folder)
            status = -signal.SIGKILL
        state = self._settle(job, status, took_too_long)
        if state is None:
            return
        self._watches.pop(job.folder, None)
        self._seen.discard(job.folder)
        if state == "gone":
            database.forget(connection, job.id)
        else:
            database.set_state(connection, job.id, state)

    def _settle(self, job: Job, status: int, took_too_long: bool) -> str | None:
        """What is next with a job that no worker is at any more.

        Returns:
            Its new state, or "gone"; None where a worker has just taken it.
        """
        if not job.folder.is_dir():
            return "gone"
        with leases.hold(lease_of(job.folder), wait=0) as held:
            if not held:
                return None
            if job.over:
                return job.state
            if EventLog(job.folder).request() == "cancel":
                end(job.folder, "cancelled")
                return "cancelled"
            if took_too_long:
                end(job.folder, "failed", **_describe_limit(job.limit))
                return "failed"
            # A death that this supervisor did not live to see is laid to what ended the supervisor, not to the job.
            counts = status != 0 or job.folder in self._seen
            if not (status or was_interrupted(job.folder)):
                return "queued"
            if counts and deaths(job.folder) + 1 >= ATTEMPTS:
                end(job.folder, "failed", **_describe_death(status))
                return "failed"
            cut_half_line(job.folder)
            message = f"The worker ended ({_cause(status)}); the job is started again."
            EventLog(job.folder).event("restart", counts=counts, message=message)
            return "queued"

    def _hand_over(self, connection: sqlite3.Connection, lane: str) -> None:
        """Starts the lane's next job, unless one is under way."""
        if not self._executor.is_free(lane):
            return
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
        else:
            database.set_state(connection, job.id, "running")
            self._watches[job.folder] = leases.Watch(self._clock)
            self._executor.submit(job.folder, lane)


@contextlib.contextmanager
def _said_and_passed_over() -> Iterator[None]:
    """What goes wrong with one job, as a folder deleted meanwhile or a full disk, does not hold up the others."""
    try:
        yield
    except Exception:
        traceback.print_exc()


def _cancel_is_overdue(folder: Path) -> bool:
    asked = requested_at(folder)
    return asked is not None and EventLog(folder).request() == "cancel" and time.time() - asked > _SECONDS_TO_CANCEL


def _cause(status: int) -> str:
    if not status:
        return "cause unknown"
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def _describe_limit(seconds: float) -> dict[str, str]:
    return {
        "title": "This took too long and was stopped",
        "detail": f"A job of this kind may take at most {seconds / 60:,.0f} minutes",
        "hint": "Try again with fewer or smaller files",
    }


def _describe_death(status: int) -> dict[str, str]:
    detail = f"It was started {ATTEMPTS} times, and its process ended each time (the last time: {_cause(status)})"
    if status == -signal.SIGKILL:
        return {
            "title": "The worker was killed, probably because memory ran out",
            "detail": detail,
            "hint": OUT_OF_MEMORY,
        }
    return {
        "title": "The worker ended unexpectedly",
        "detail": detail,
        "hint": f"Look for the cause in log.txt in the job's folder, and in {workspace.supervisor('log')}",
    }


def supervise(
    make_executor: Callable[[], Executor], lanes: tuple[str, ...], sweep: Callable[[sqlite3.Connection], None]
) -> None:
    """Is the workspace's supervisor, where there is no other.

    It goes on until it is told to end, the workspace vanishes, or there is neither work nor an app for a while.

    Args:
        make_executor: makes what carries out jobs.
        lanes: as `Supervisor` takes them.
        sweep: clears away what is left lying about; called every ten minutes, in a thread of its own.
    """
    with leases.hold(supervisors_lease()) as held:
        if held:
            _supervise(make_executor(), lanes, sweep)


def _supervise(executor: Executor, lanes: tuple[str, ...], sweep: Callable[[sqlite3.Connection], None]) -> None:
    told_to_end = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.append(True))
    signal.signal(signal.SIGCHLD, lambda *_: None)  # with a handler, a worker's end is news
    listener = Listener()
    signal.set_wakeup_fd(listener.writing, warn_on_full_buffer=False)
    supervisor = Supervisor(executor, lanes)
    lock = supervisors_lease()
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
                threading.Thread(target=_sweep, args=(sweep,), daemon=True).start()  # among much data it takes its time
            if time.time() - max(worked, last_sign_of_the_app()) > SECONDS_IDLE:
                break
        except Exception:  # the queue's table can't be read or written for now
            traceback.print_exc()
            time.sleep(1)
        listener.wait((_TICK_AT_WORK if busy else _TICK_IDLE) if listener.hears_others else _TICK)
    if _same(lock, inode):
        executor.release()
    else:
        executor.kill_all()


def _sweep(sweep: Callable[[sqlite3.Connection], None]) -> None:
    with database.connect() as connection:
        sweep(connection)


def _same(path: Path, inode: int) -> bool:
    try:
        return path.stat().st_ino == inode
    except FileNotFoundError:
        return False
