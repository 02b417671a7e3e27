"""What work says as it goes: `events.jsonl` in its folder, the only place where that file is written and read."""

import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.progress import Progress

_FILE = "events.jsonl"
_REQUEST = "request"
_SECONDS_BETWEEN_STEPS = 0.2
_TAIL = 65536  # bytes of a log's end in which its last event lies
_LONGEST_LINE = 1024 * 1024
_LOGS = 64  # that are remembered at once


class EventLog(Progress):
    """Appends what work says to the log in its folder, and reads what was asked of the work."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._last_step = 0.0

    def event(self, kind: str, **fields) -> None:
        if kind == "step":
            if time.monotonic() - self._last_step < _SECONDS_BETWEEN_STEPS and fields["done"] != fields["total"]:
                return
            self._last_step = time.monotonic()
        line = json.dumps({"time": time.time(), "event": kind, **fields}, ensure_ascii=False) + "\n"
        with open(self.folder / _FILE, "a", encoding="utf-8") as file:
            file.write(line)

    def request(self) -> str:
        try:
            return (self.folder / _REQUEST).read_text()
        except FileNotFoundError:
            return ""


def make_request(folder: Path, request: str) -> None:
    """Asks work under way to `"stop"` (keep the best) or `"cancel"` (throw it away)."""
    workspace.replace_file(folder / _REQUEST, request.encode())


def requested_at(folder: Path) -> float | None:
    """When something was asked of work, in seconds since the epoch; None where nothing was."""
    return _changed_at(folder / _REQUEST)


def has_events(folder: Path) -> bool:
    """Whether work has a log, be it empty or damaged."""
    return (folder / _FILE).exists()


def last_event_at(folder: Path) -> float | None:
    """When work said something last, in seconds since the epoch; None where it never did."""
    return _changed_at(folder / _FILE)


def _changed_at(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def read_events(folder: Path) -> list[dict]:
    """All whole lines of the log, oldest first; each has `time` and `event`."""
    return list(_events(folder))


def _events(folder: Path) -> Iterator[dict]:
    try:
        with open(folder / _FILE, "rb") as file:
            for line in file:
                if line.endswith(b"\n") and (event := _parse(line)):
                    yield event
    except FileNotFoundError:
        return


def last_events(folder: Path) -> list[dict]:
    """The last events, oldest first: as many as fit in some kilobytes."""
    return [event for line in _last_lines(folder) if (event := _parse(line))]


def last_event(folder: Path) -> dict | None:
    """What was said last; None where nothing was, or all that was is damaged."""
    return next((event for line in reversed(_last_lines(folder)) if (event := _parse(line))), None)


def _last_lines(folder: Path) -> list[bytes]:
    try:
        with open(folder / _FILE, "rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL)
            file.seek(start)
            return file.read().split(b"\n")[1 if start else 0 : -1]
    except FileNotFoundError:
        return []


def cut_half_line(folder: Path) -> None:
    """Takes away a last line that a killed process did not finish, so that the next event is not glued to it."""
    path = folder / _FILE
    if not path.exists():
        return
    with open(path, "rb+") as file:
        end = file.seek(0, os.SEEK_END)
        start = max(0, end - _LONGEST_LINE)
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)


class _Log:
    """What was read so far of one file."""

    def __init__(self, device: int, inode: int):
        self.file = (device, inode)
        self.offset = 0
        self.events: list[dict] = []

    def read_on(self, file) -> None:
        file.seek(self.offset)
        for line in file:
            if not line.endswith(b"\n"):
                break
            if event := _parse(line):
                self._add(event)
            self.offset += len(line)

    def _add(self, event: dict) -> None:
        if _are_steps_of_one_work([*self.events[-3:], event]):
            self.events[-1] = event
        else:
            self.events.append(event)


_logs: OrderedDict[Path, _Log] = OrderedDict()
_lock = threading.Lock()


def latest_events(folder: Path) -> list[dict]:
    """What `read_events` gives, of the steps of each work the first two and the last.

    Only what was written since the last call is read: for pages that look again and again.
    """
    try:
        file = open(folder / _FILE, "rb")  # noqa: SIM115
    except FileNotFoundError:
        return []
    with file, _lock:
        status = os.fstat(file.fileno())
        log = _logs.pop(folder, None)
        if log is None or log.file != (status.st_dev, status.st_ino) or log.offset > status.st_size:
            log = _Log(status.st_dev, status.st_ino)
        log.read_on(file)
        _logs[folder] = log
        while len(_logs) > _LOGS:
            _logs.popitem(last=False)
        return list(log.events)


def _parse(line: bytes) -> dict | None:
    """A line of a log; None for one that a crash or another program left in it."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _are_steps_of_one_work(events: list[dict]) -> bool:
    return len(events) == 4 and all(
        event["event"] == "step" and (event["name"], event["total"]) == (events[0]["name"], events[0]["total"])
        for event in events
    )
