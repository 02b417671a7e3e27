"""The supervisor woken at once by whoever has news for it, through a named pipe in the workspace.

Where a file system has no pipes, or the news comes from another machine, the supervisor's next look finds it.
"""

import contextlib
import os
import select
import stat
from pathlib import Path

import tlcore.base.workspace as workspace

_MOST_AT_ONCE = 65536  # a pipe holds no more


def wake_supervisor() -> bool:
    """Has the workspace's supervisor look at the queue now; says whether one heard it. Never waits for it."""
    try:
        pipe = os.open(_path(), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # there is none, or nobody listens
        return False
    try:
        with contextlib.suppress(BlockingIOError):  # it is full: there is plenty to wake up to
            os.write(pipe, b"!")
    except BrokenPipeError:
        return False
    finally:
        os.close(pipe)
    return True


class Listener:
    """The supervisor's end of the pipe.

    Attributes:
        hears_others: False where the file system has no pipes, so that only this process's own signals come through.
    """

    def __init__(self):
        self.hears_others = _make_pipe(_path())
        if self.hears_others:
            # Open for writing too: else it would be at its end, and so ready, whenever nobody writes.
            self._reading = self.writing = os.open(_path(), os.O_RDWR | os.O_NONBLOCK)
        else:
            self._reading, self.writing = os.pipe()
            for end in (self._reading, self.writing):
                os.set_blocking(end, False)

    def wait(self, seconds: float) -> None:
        """Returns at the next news, or after so many seconds; news that came before counts."""
        if select.select([self._reading], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._reading, _MOST_AT_ONCE)


def _make_pipe(path: Path) -> bool:
    try:
        if path.exists() and not stat.S_ISFIFO(path.stat().st_mode):
            path.unlink()
        if not path.exists():
            os.mkfifo(path, 0o600)
    except OSError:
        return False
    return True


def _path() -> Path:
    return workspace.supervisor("wake")
