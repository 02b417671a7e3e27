"""A supervisor started when none lives, and again when it dies or freezes."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

import tlcore.base.workspace as workspace
from tlcore.base import leases

ROOT = Path(__file__).parents[2]  # from where `-m tlcore…` finds the package without being installed
SECONDS_IDLE = 15 * 60  # without work and without a page drawn, after which a supervisor ends with its workers
_MODULE = "tlcore.pipeline.supervisor"  # which tells the supervisor what work there is
_SECONDS_BETWEEN_LOOKS = 2.0
_SECONDS_OF_SILENCE = 30  # after which a supervisor is taken for frozen
_SHORT_LIFE = 10  # seconds
_LONGEST_PAUSE = 60  # seconds between two starts of supervisors that die at once
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

    One that ended because nobody uses the app stays away until `ensure_supervisor` is called.
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
    watch = leases.Watch()
    pause, started = _SECONDS_BETWEEN_LOOKS, time.monotonic()
    while not ended.wait(pause):
        pause = _SECONDS_BETWEEN_LOOKS
        with contextlib.suppress(OSError):  # a disk that is full or gone: it may come back
            if not is_supervised():
                watch = leases.Watch()
                if time.time() - last_sign_of_the_app() < SECONDS_IDLE:
                    lived, started = time.monotonic() - started, time.monotonic()
                    if _start_where_none_lives() and lived < _SHORT_LIFE:
                        pause = _LONGEST_PAUSE
            elif watch.look(supervisors_lease()) > _SECONDS_OF_SILENCE:
                _kill_frozen()


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
            supervisor.wait(_SECONDS_BETWEEN_LOOKS)
