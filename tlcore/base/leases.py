"""Who holds a piece of work: one living process at a time.

A lease is a lock on a file. The system frees it when its holder dies, however that comes about, so nobody has to guess
from a time whether it may be taken over. Its holder also touches the file every few seconds: one that is frozen holds
the lock but falls silent, and whoever watches it may end it, which frees the lock. So there are never two holders.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

_SECONDS_BETWEEN_BEATS = 2.0
_SECONDS_BETWEEN_LOOKS = 5.0  # that a watch counts at most: in a longer gap the watcher itself was not awake


@contextlib.contextmanager
def hold(path: Path, *, wait: float = 2.0) -> Iterator[bool]:
    """Holds a lease for the time of a `with` block, and gives a sign of life all along.

    Args:
        path: the lease's file, in a folder that exists.
        wait: seconds to wait for it; whoever only looks holds it for a moment.

    Yields:
        Whether it is held: False when another process has it.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        yield False
        return
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(path, ended), name="lease", daemon=True)
    thread.start()
    try:
        yield True
    finally:
        ended.set()
        thread.join()
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a living process, this one too, holds a lease; false where its folder is gone.

    Whoever looks shares the lock with others that look, and needs not be allowed to write.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def holders(path: Path, module: str) -> list[psutil.Process]:
    """The processes of a Python module (`-m module`) that hold a lease or wait for it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if module in (process.info["cmdline"] or []):
            with contextlib.suppress(psutil.Error):
                if any(file.path == str(path) for file in process.open_files()):
                    found.append(process)
    return found


def beat(path: Path) -> None:
    """Gives one sign of life; only a lease's holder does."""
    os.utime(path)


def _beat(path: Path, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):  # the folder was deleted
        beat(path)
        while not ended.wait(_SECONDS_BETWEEN_BEATS):
            beat(path)


class Watch:
    """How long a lease has been silent, by the watcher's own clock.

    Only time in which the watcher was awake counts: a laptop or a container that slept froze both of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._looked: float | None = None
        self._beat: int | None = None
        self._silent = 0.0
        self.seconds = 0.0  # since the first look

    def look(self, path: Path) -> float:
        """Seconds since the lease's last sign of life; 0 at the first look."""
        now = self._clock()
        awake = 0.0 if self._looked is None else min(now - self._looked, _SECONDS_BETWEEN_LOOKS)
        self._looked = now
        self.seconds += awake
        last = _last_beat(path)
        self._silent = self._silent + awake if last == self._beat else 0.0
        self._beat = last
        return self._silent


def _last_beat(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
