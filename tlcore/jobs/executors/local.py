"""Jobs carried out in processes of this machine."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from tlcore.base import leases
from tlcore.base.work import lease_of
from tlcore.jobs.launch import ROOT

_LARGEST_SHARE = 0.25  # of the machine's memory, for what a worker keeps and what TensorFlow does not give back
_SECONDS_ALONE = 20  # that work has the processor for itself before another worker is loaded
_SECONDS_TO_DIE = 5  # after SIGKILL: a process in a call to a slow disk ends when that returns
_BEHIND = 5  # steps of niceness more than this process has, for work that lets the app and quick work go first


@dataclass
class Process:
    """A worker's process, which leads its group, and what it has said so far."""

    lane: str
    popen: subprocess.Popen
    folder: Path | None = None  # of the job that it was given; None while it waits
    since: float = 0.0  # when it was given the job, in seconds of `time.monotonic`
    loading: bool = True

    def hear(self) -> None:
        """Takes in what it has said: that it is loaded, that it is done with its job."""
        for word in (self.popen.stdout.read() or b"").split():
            if word == b"ready":
                self.loading = False
            elif word == b"free":
                self.folder = None

    @property
    def spent(self) -> bool:
        """Whether an idle one can't be given another job: it is dead, or holds more memory than it may between two."""
        try:
            held = psutil.Process(self.popen.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return True
        return self.popen.poll() is not None or held > _LARGEST_SHARE * psutil.virtual_memory().total

    def kill(self) -> None:
        """Ends the group, in case the process died and left others behind, too."""
        kill_group(self.popen.pid)
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


class LocalExecutor:
    """Processes of this machine; for each lane one stays warm and takes job after job.

    Args:
        worker: the Python module that a worker runs, with `-` and its lane as arguments. It says `ready` when it is
            loaded, reads folders of jobs from its input, a line each, says `free` after each, and ends with its input.
        behind: the lanes whose workers let others have the processor first.
        log: where workers' own output goes.
    """

    def __init__(self, worker: str, behind: Collection[str] = (), log: IO[bytes] | int = subprocess.DEVNULL):
        self._worker = worker
        self._behind = frozenset(behind)
        self._log = log
        self._processes: dict[str, Process] = {}  # one a lane

    def submit(self, folder: Path, lane: str) -> None:
        process = self._processes.get(lane)
        if process is None or process.popen.poll() is not None:
            if process:
                process.kill()
            process = self._warm(lane)
        process.folder, process.since = folder, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it just died: `poll` will say so
            process.popen.stdin.write(f"{folder}\n".encode())

    def poll(self, folder: Path) -> int | None:
        process = self._given(folder)
        if process is None:
            return 0
        died = process.popen.poll()
        if died is not None:
            self._end(process)
        return died

    def cancel(self, folder: Path) -> None:
        if process := self._given(folder):
            self._end(process)
        with contextlib.suppress(psutil.Error):
            owner = leases.owner(lease_of(folder))
            if owner and self._worker in owner.cmdline():  # not an app that holds it for a moment, to cancel the job
                kill_group(owner.pid)
                owner.wait(_SECONDS_TO_DIE)

    def is_free(self, lane: str) -> bool:
        process = self._processes.get(lane)
        if process:
            process.hear()
        return process is None or process.folder is None or process.popen.poll() is not None

    def _warm(self, lane: str) -> Process:
        """Starts the process of a lane, in place of a dead one."""
        popen = subprocess.Popen(
            [sys.executable, "-m", self._worker, "-", lane],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"},
        )
        os.set_blocking(popen.stdout.fileno(), False)
        if lane in self._behind:
            _put_behind(popen.pid)
        self._processes[lane] = Process(lane, popen)
        return self._processes[lane]

    def keep_warm(self, lanes: tuple[str, ...]) -> None:
        """Has a process waiting in each lane, started one after the other so that they do not slow each other."""
        for lane in lanes:
            process = self._processes.get(lane)
            if process:
                process.hear()
            # One that died while it loaded would die again: it is left until a job wants it.
            if process and process.folder is None and not process.loading and process.spent:
                self._end(process)
                process = None
            if process is None:
                if not self._began_lately():
                    self._warm(lane)
                return
            if process.loading and process.popen.poll() is None:
                return

    def _began_lately(self) -> bool:
        """Whether some work has just begun, whose first number someone waits for."""
        now = time.monotonic()
        return any(each.folder and now - each.since < _SECONDS_ALONE for each in self._processes.values())

    def release(self) -> None:
        for process in self._processes.values():
            process.hear()
            if process.folder is None:
                process.kill()
            else:
                process.popen.stdin.close()
        self._processes.clear()

    def kill_all(self) -> None:
        for process in self._processes.values():
            process.kill()

    def _given(self, folder: Path) -> Process | None:
        """The process that has a job."""
        for process in self._processes.values():
            process.hear()
        return next((each for each in self._processes.values() if each.folder == folder), None)

    def _end(self, process: Process) -> None:
        process.kill()
        del self._processes[process.lane]


def _put_behind(pid: int) -> None:
    os.setpriority(os.PRIO_PROCESS, pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + _BEHIND))
    # where Linux shares the processor out by session first, a process's niceness counts within its own session only
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_BEHIND))


def kill_group(pid: int) -> None:
    """Kills a process that leads its group, and the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
