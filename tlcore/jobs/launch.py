"""A supervisor started when none lives, and again when it dies or freezes."""

import contextlib
import math
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

import tlcore.base.workspace as workspace
from tlcore.base import leases
from tlcore.base.errors import UserError
from tlcore.jobs.submit import queue

ROOT = Path(__file__).parents[2]  # from where `-m tlcore…` finds the package without being installed
SECONDS_IDLE = 15 * 60  # without work and without a page drawn, after which a supervisor ends with its workers
_MODULE = "tlcore.pipeline.supervisor"  # which tells the supervisor what work there is
_SECONDS_BETWEEN_LOOKS = 0.5  # with the two or three that a start takes, one that died is back within five
_SECONDS_OF_SILENCE = 30  # after which a supervisor is taken for frozen
_SECONDS_TO_DIE = 2
# A supervisor that dies is replaced at once. Only where so many in a row died young, it is no accident (a full disk, a
# broken installation), and the app would spend its processor on starts: then there is one a minute, until one lives.
_STARTS_AT_ONCE = 3
_SHORT_LIFE = 10  # seconds
_PAUSE = 60  # seconds
_LARGEST_LOG = 1_000_000
_started: dict[Path, subprocess.Popen] = {}


def ensure_supervisor() -> None:
    """Starts this workspace's supervisor when none runs, as a process that outlives this one.

    Cheap: call it as often as you like. It also tells the supervisor that somebody uses the app.
    """
    _heartbeat().touch()
    _start_where_none_lives()


@contextlib.contextmanager
def supervision() -> Iterator[None]:
    """Sees to it for the time of a `with` block that a supervisor that dies or freezes is replaced within seconds.

    One that ended because nobody uses the app and there is no work stays away until `ensure_supervisor` is called or
    work is put in the queue.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_keep_one, args=(ended,), name="supervision", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def is_supervised() -> bool:
    """Whether a supervisor of this workspace lives."""
    return leases.is_held(supervisors_lease())


def supervisors_lease() -> Path:
    """The lease that the one supervisor of a workspace holds."""
    return workspace.supervisor("lock")


def last_sign_of_the_app() -> float:
    """When `ensure_supervisor` was called last, in seconds since the epoch; 0 for never."""
    return _heartbeat().stat().st_mtime if _heartbeat().exists() else 0.0


def _heartbeat() -> Path:
    return workspace.supervisor("heartbeat")


def _keep_one(ended: threading.Event) -> None:
    keeper = Keeper()
    while not ended.wait(_SECONDS_BETWEEN_LOOKS):
        with contextlib.suppress(OSError, sqlite3.Error, UserError):  # a disk that is full or gone: it may come back
            keeper.look()


class Keeper:
    """Replaces a supervisor that died or froze, as long as somebody uses the app or there is work.

    Args:
        clock: seconds that pass while this machine is awake.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._watch = leases.Watch(clock)
        self._starts = 0  # since a supervisor was last seen to live on
        self._started = -math.inf

    def look(self) -> None:
        """Looks once, and starts or ends a supervisor where that is due."""
        if is_supervised():
            silent = self._watch.look(supervisors_lease())
            if self._watch.seconds > _SHORT_LIFE:
                self._starts = 0
            if silent > _SECONDS_OF_SILENCE:
                _kill_frozen()
            return
        self._watch = leases.Watch(self._clock)
        pause = 0 if self._starts < _STARTS_AT_ONCE else _PAUSE
        if self._clock() - self._started >= pause and _is_needed() and _start_where_none_lives():
            self._starts += 1
            self._started = self._clock()


def _is_needed() -> bool:
    return time.time() - last_sign_of_the_app() < SECONDS_IDLE or bool(queue())


def _start_where_none_lives() -> bool:
    home = workspace.home()
    started = _started.get(home)
    if (started and started.poll() is None) or is_supervised():
        return False
    log = workspace.supervisor("log")
    too_long = log.exists() and log.stat().st_size > _LARGEST_LOG
    with open(log, "wb" if too_long else "ab") as file:
        _started[home] = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "TLCORE_HOME": str(home)},
        )
    return True


def _kill_frozen() -> None:
    with contextlib.suppress(psutil.Error):
        if supervisor := leases.owner(supervisors_lease()):
            supervisor.kill()
            supervisor.wait(_SECONDS_TO_DIE)
