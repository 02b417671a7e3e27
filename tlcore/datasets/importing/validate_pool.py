"""Processes that check files: what is Python in a check, only one thread of a process does at a time.

They are started as programs of their own, never forked from this process nor made to import its script, so that it
may be a notebook, a script without a guard, or a worker. Each reads, hashes, decodes and writes its share of the files.
"""

import contextlib
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tlcore.base.errors import UserError
from tlcore.datasets.importing.validate import ValidFile
from tlcore.datasets.sources.archives import SourceFile
from tlcore.modalities import Modality

_WORKER = "tlcore.datasets.importing.validate_worker"
_TRIES = 2  # processes that may end before they begin with a batch: the first may have ended while it was idle
_MOST_KILLED = 200  # processes; to start another one takes a second
_ROOT = Path(__file__).parents[3]  # from where `-m tlcore…` finds the package without being installed


class Checkers:
    """Some processes, each of which checks a batch of files at a time.

    A file at which a process ends, killed by a native decoder or for its memory, can't be read; another process goes on
    with the rest.
    """

    def __init__(self, count: int, modality: Modality, folder: Path):
        """Starts `count` of them, which keep files of a modality in `folder`."""
        self._command = [sys.executable, "-m", _WORKER, str(folder), modality.name]
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen] = []
        self._killed = 0
        self._ended = False
        self._idle: queue.SimpleQueue[subprocess.Popen] = queue.SimpleQueue()
        for _ in range(count):
            self._idle.put(self._start())

    def check(self, batch: Sequence[SourceFile]) -> list[ValidFile | str | None]:
        """What `validate.check` says of each file; waits for a process that has nothing to do.

        Raises:
            RuntimeError: processes can't be started, or `end` was called.
            UserError: too many files end a process.
        """
        process = self._idle.get()
        answers: list[ValidFile | str | None] = []
        tries = 0
        try:
            while left := batch[len(answers) :]:
                taken, new = _ask(process, left)
                answers += new
                if new and isinstance(new[-1], Exception):
                    raise new[-1]
                if len(new) < len(left):
                    tries = 0 if taken else tries + 1
                    if taken:
                        answers.append(self._killed_by(left[len(new)].name))
                    elif tries == _TRIES:
                        raise RuntimeError(f"A process that checks files ended at once, with status {process.wait()}")
                    process = self._start(process)
        finally:
            self._idle.put(process)
        return answers

    def end(self) -> None:
        """Ends them at once, whatever they are at; a `check` under way raises."""
        with self._lock:
            self._ended = True
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def close(self) -> None:
        """To be called when no `check` is under way any more."""
        for process in self._processes:
            _close(process)

    def _start(self, ended: subprocess.Popen | None = None) -> subprocess.Popen:
        """A new process, in the place of one that has ended."""
        with self._lock:
            if self._ended:
                raise RuntimeError("The processes that check files were ended")
            if ended:
                ended.kill()
                ended.wait()
                _close(ended)
                self._processes.remove(ended)
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT)
            self._processes.append(process)
        return process

    def _killed_by(self, name: str) -> str:
        """Why a file can't be read at which a process ended; raises a `UserError` where there are too many such."""
        with self._lock:
            self._killed += not self._ended
            if self._killed > _MOST_KILLED:
                raise UserError(
                    "Too many files can't be checked",
                    f"The process that checks files was killed {self._killed:,} times, the last time by “{name[:200]}”",
                    "Check that enough memory is free, or leave out the files that can't be opened",
                )
        return "it can't be read: the process that checked it was killed"


def _ask(process: subprocess.Popen, files: Sequence[SourceFile]) -> tuple[bool, list[ValidFile | str | None]]:
    """Whether a process took files on, and what it said of each until it ended; last may be an error in itself."""
    taken, answers = False, []
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        pickle.dump(files, process.stdin)
        process.stdin.flush()
        taken = pickle.load(process.stdout)
        while len(answers) < len(files) and not (answers and isinstance(answers[-1], Exception)):
            answers.append(pickle.load(process.stdout))
    return taken, answers


def _close(process: subprocess.Popen) -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what was still to be written to it
            pipe.close()
