"""Where a job's command line runs: here, in processes of this machine, or on a cluster that takes the same one."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import psutil

from tlcore.jobs.job import Job, is_worked_on, starts
from tlcore.jobs.starting import ROOT

WORKER = (sys.executable, "-m", "tlcore.jobs.worker")
_LARGEST_SHARE = 0.25  # of the machine's memory, for what a worker keeps and what TensorFlow does not give back
_SECONDS_ALONE = 20  # that work has the processor for itself before another worker is loaded
_BEHIND = 5  # niceness of runs and imports: quick work, and the app itself, get the processor first


class Executor(Protocol):
    """Runs command lines, one for each job's folder."""

    def submit(self, argv: list[str], run_dir: Path, resources: dict) -> int:
        """Starts a command line for a folder; gives the pid, or 0 where there is none on this machine."""

    def poll(self, run_dir: Path) -> int | None:
        """None while it works; 0 when it ended by itself; else its exit status, or minus the signal it died of."""

    def cancel(self, run_dir: Path) -> None:
        """Ends it at once, with all processes that it started."""

    def logs(self, run_dir: Path) -> str:
        """What it has printed so far."""


@dataclass
class Process:
    """A process group started here. `argv` is its command line without the folder; `run_dir` None while it is idle."""

    argv: list[str]
    lane: str
    popen: subprocess.Popen
    run_dir: Path | None = None
    since: float = 0.0  # when it was given the folder, in seconds of `time.monotonic`

    @property
    def loading(self) -> bool:
        """Whether it has not yet said that it is ready."""
        if not self.popen.stdout.closed and self.popen.stdout.read():
            self.popen.stdout.close()
        return not self.popen.stdout.closed

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

    A warm process is the same command line with `-` and the lane in the folder's place; it reads the folder from its
    input.
    """

    def __init__(self, log: IO[bytes] | int = subprocess.DEVNULL):
        self._log = log
        self._processes: dict[str, Process] = {}  # one a lane
        self._adopted: set[Path] = set()

    def submit(self, argv: list[str], run_dir: Path, resources: dict) -> int:
        """Hands the folder to the warm process of `resources["lane"]`, started now if there is none."""
        process = self._processes.get(resources["lane"])
        if process is None or process.popen.poll() is not None or process.argv != argv[:-1]:
            if process:
                process.kill()
            process = self.warm(argv[:-1], resources["lane"])
        process.run_dir, process.since = run_dir, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it just died: `poll` will say so
            process.popen.stdin.write(f"{argv[-1]}\n".encode())
        return process.popen.pid

    def poll(self, run_dir: Path) -> int | None:
        process = self._process_of(run_dir)
        if process is None:
            if is_worked_on(run_dir):
                return None
            self._adopted.discard(run_dir)
            return 0 if Job(run_dir).over or not run_dir.is_dir() else -signal.SIGKILL
        died = process.popen.poll()
        if died is None and not (Job(run_dir).over or not run_dir.is_dir()):
            return None
        process.run_dir = None
        if died is not None:
            process.kill()
            del self._processes[process.lane]
        return 0 if died is None or Job(run_dir).over else died or 1

    def cancel(self, run_dir: Path) -> None:
        process = self._process_of(run_dir)
        if process:
            process.kill()
            del self._processes[process.lane]
        elif is_worked_on(run_dir) and (begun := starts(run_dir)):
            kill_group(begun[-1]["pid"])
        self._adopted.discard(run_dir)

    def logs(self, run_dir: Path) -> str:
        path = run_dir / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def adopt(self, run_dir: Path) -> bool:
        """Takes on a job that a worker of an earlier supervisor is at; False when nobody is."""
        if is_worked_on(run_dir):
            self._adopted.add(run_dir)
        return run_dir in self._adopted

    def warm(self, argv: list[str], lane: str) -> Process:
        """Starts the process of a lane, in place of a dead one."""
        popen = subprocess.Popen(
            [*argv, "-", lane],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"},
        )
        os.set_blocking(popen.stdout.fileno(), False)
        if lane != "quick":
            _put_behind(popen.pid)
        self._processes[lane] = Process(argv, lane, popen)
        return self._processes[lane]

    def keep_warm(self, lanes: tuple[str, ...]) -> None:
        """Has a process waiting in each lane, started one after the other so that they do not slow each other."""
        for lane in lanes:
            process = self._processes.get(lane)
            # One that died while it loaded would die again: it is left until a job wants it.
            if process and process.run_dir is None and not process.loading and process.spent:
                process.kill()
                del self._processes[lane]
                process = None
            if process is None:
                if not self._began_lately():
                    self.warm(list(WORKER), lane)
                return
            if process.loading and process.popen.poll() is None:
                return

    def _began_lately(self) -> bool:
        """Whether some work has just begun, whose first number someone waits for."""
        now = time.monotonic()
        return any(each.run_dir and now - each.since < _SECONDS_ALONE for each in self._processes.values())

    def release(self) -> None:
        """Ends the processes that wait; those at work finish their job, and end as their input has ended."""
        for process in self._processes.values():
            if process.run_dir is None:
                process.kill()
            else:
                process.popen.stdin.close()
        self._processes.clear()

    def kill_all(self) -> None:
        for process in self._processes.values():
            process.kill()
        for run_dir in list(self._adopted):
            self.cancel(run_dir)

    def _process_of(self, run_dir: Path) -> Process | None:
        return next((each for each in self._processes.values() if each.run_dir == run_dir), None)


def _put_behind(pid: int) -> None:
    os.setpriority(os.PRIO_PROCESS, pid, _BEHIND)
    # where Linux shares the processor out by session first, a process's niceness counts within its own session only
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_BEHIND))


def kill_group(pid: int) -> None:
    """Kills a process that leads its group, and the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
