"""A supervisor started when none runs."""

import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

import tlcore.workspace as workspace
from tlcore.jobs.job import is_held

ROOT = Path(__file__).parents[2]  # from where `-m tlcore…` finds the package without being installed
_LARGEST_LOG = 1_000_000
_started: dict[Path, subprocess.Popen] = {}


def ensure_supervisor() -> None:
    """Starts this workspace's supervisor when none runs, as a process that outlives this one.

    Cheap: call it as often as you like. It also tells the supervisor that there is an app.
    """
    home = workspace.home()
    _heartbeat().touch()
    started = _started.get(home)
    if (started and started.poll() is None) or is_supervised():
        return
    log = home / "supervisor.log"
    too_long = log.exists() and log.stat().st_size > _LARGEST_LOG
    with open(log, "wb" if too_long else "ab") as file:
        _started[home] = subprocess.Popen(
            [sys.executable, "-m", "tlcore.jobs.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "TLCORE_HOME": str(home)},
        )


def is_supervised() -> bool:
    """Whether a supervisor of this workspace lives."""
    return is_held(FileLock(lock_path()))


def lock_path() -> Path:
    """What the one supervisor of a workspace holds locked."""
    return workspace.home() / "supervisor.lock"


def last_sign_of_the_app() -> float:
    """When `ensure_supervisor` was called last, in seconds since the epoch; 0 for never."""
    return _heartbeat().stat().st_mtime if _heartbeat().exists() else 0.0


def _heartbeat() -> Path:
    return workspace.home() / "supervisor.heartbeat"
