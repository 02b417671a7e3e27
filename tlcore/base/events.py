"""A log of events read as it grows: each line once, however long the log and however often somebody looks."""

import json
import os
import threading
from collections import OrderedDict
from pathlib import Path

_LOGS = 64  # that are remembered at once


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
            if event := parse_event(line):
                self._add(event)
            self.offset += len(line)

    def _add(self, event: dict) -> None:
        if _are_steps_of_one_work([*self.events[-3:], event]):
            self.events[-1] = event
        else:
            self.events.append(event)


def parse_event(line: bytes) -> dict | None:
    """A line of `events.jsonl`; None for one that a crash or another program left in it."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and "event" in event else None


_logs: OrderedDict[Path, _Log] = OrderedDict()
_lock = threading.Lock()


def latest_events(folder: Path) -> list[dict]:
    """What `runs.read_events` gives, of the steps of each work the first two and the last.

    Only what was written since the last call is read: for pages that look again and again.
    """
    try:
        file = open(folder / "events.jsonl", "rb")  # noqa: SIM115
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


def _are_steps_of_one_work(events: list[dict]) -> bool:
    return len(events) == 4 and all(
        event["event"] == "step" and (event["name"], event["total"]) == (events[0]["name"], events[0]["total"])
        for event in events
    )
