"""Processes that check files: what is Python in a check, only one thread of a process does at a time.

They are started as programs of their own, never forked from this process nor made to import its script, so that it
may be a notebook, a script without a guard, or a worker. Each reads, hashes, decodes and writes its share of the files.
"""

import contextlib
import pickle
import queue
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tlcore.datasets.importing.validate import ValidFile
from tlcore.datasets.sources.archives import SourceFile
from tlcore.modalities import Modality

_WORKER = "tlcore.datasets.importing.validate_worker"
_ROOT = Path(__file__).parents[3]  # from where `-m tlcore…` finds the package without being installed


class Checkers:
    """Some processes, each of which checks a batch of files at a time."""

    def __init__(self, count: int, modality: Modality, folder: Path):
        """Starts `count` of them, which keep files of a modality in `folder`."""
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", _WORKER, str(folder), modality.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
            )
            for _ in range(count)
        ]
        self._idle: queue.SimpleQueue[subprocess.Popen] = queue.SimpleQueue()
        for process in self._processes:
            self._idle.put(process)

    def check(self, batch: Sequence[SourceFile]) -> list[ValidFile | str | None]:
        """What `validate.check` says of each file; waits for a process that has nothing to do.

        Raises:
            RuntimeError: the process ended.
        """
        process = self._idle.get()
        try:
            pickle.dump(batch, process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise RuntimeError(f"A process that checks files ended with status {process.wait()}") from None
        finally:
            self._idle.put(process)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """Ends them at once, whatever they are at; a `check` under way raises."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def close(self) -> None:
        """To be called when no `check` is under way any more."""
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what was still to be written to it
                    pipe.close()
