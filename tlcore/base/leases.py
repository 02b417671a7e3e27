"""Who holds a piece of work: one living process at a time.

A lease is a lock on a file. The system frees it when its holder dies, however that comes about, so nobody has to guess
from a time or a process number whether it may be taken over. Its holder writes its process number into the file, and
touches it every few seconds: one that is frozen holds the lock but falls silent, and whoever watches it finds it by its
number and may end it, which frees the lock. So there are never two holders.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil

_SECONDS_BETWEEN_BEATS = 2.0
_SECONDS_BETWEEN_LOOKS = 5.0  # that a watch counts at most: in a longer gap the watcher itself was not awake
_SECONDS_BETWEEN_TRIES = 0.05


@contextlib.contextmanager
def hold(path: Path, *, wait: float = 2.0) -> Iterator[bool]:
    """Holds a lease for the time of a `with` block, and gives a sign of life all along.

    It is held on when the file's folder is renamed meanwhile.

    Args:
        path: the lease's file, in a folder that exists.
        wait: seconds to wait for it; whoever only looks holds it for a moment.

    Yields:
        Whether it is held: False when another process has it.
    """
    with open(path, "ab", buffering=0) as file:
        if not _lock(file, wait):
            yield False
            return
        ended = threading.Event()
        thread = threading.Thread(target=_beat, args=(file, ended), name="lease", daemon=True)
        _name(file, str(os.getpid()))
        thread.start()
        try:
            yield True
        finally:
            _name(file, "")
            ended.set()
            thread.join()
            fcntl.flock(file, fcntl.LOCK_UN)  # closed, it would stay locked by a process forked meanwhile


def _lock(file: IO[bytes], wait: float) -> bool:
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _name(file: IO[bytes], owner: str) -> None:
    with contextlib.suppress(OSError):  # the disk is full: whoever looks for the owner does not find it
        file.truncate(0)
        file.write(owner.encode())


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


def owner(path: Path) -> psutil.Process | None:
    """The process of this machine that holds a lease; None where there is none, or it can't be told.

    The file names it. That it has the file open is what proves it: a number is given again once its process is dead,
    and on another machine it is another process's.
    """
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(path.read_bytes()))
        if any(os.path.samefile(file.path, path) for file in process.open_files()):
            return process
    return None


def _beat(file: IO[bytes], ended: threading.Event) -> None:
    with contextlib.suppress(OSError):  # the disk has become read-only
        os.utime(file.fileno())
        while not ended.wait(_SECONDS_BETWEEN_BEATS):
            os.utime(file.fileno())


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
