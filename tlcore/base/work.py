"""How far a piece of work is, by its folder: waiting, under way in a living process, or over, and how it ended.

A run and any other job are such a folder alike. What work says is in its events, what holds it is its lease.
"""

from pathlib import Path

from tlcore.base import leases
from tlcore.base.events import has_events, last_event, read_events

ENDINGS = ("done", "stopped", "cancelled", "failed")  # the events that end work
_WRITTEN_LAST = ("result.json", "result/metrics.json")  # by work that is done, of a job and of a run


def lease_of(folder: Path) -> Path:
    """The lease that whoever does the work holds; only its holder writes how it ended."""
    return folder / "lock"


def is_worked_on(folder: Path) -> bool:
    """Whether a living process does the work."""
    return leases.is_held(lease_of(folder))


def state_of(folder: Path) -> str:
    """Queued (no events yet), running, or how it ended: as the last event says, or failed, as `died` says."""
    last = last_event(folder)
    if last and last["event"] in ENDINGS:
        return last["event"]
    if is_worked_on(folder):
        return "running"
    if any((folder / file).exists() for file in _WRITTEN_LAST) and not starts(folder):
        return "done"  # its log alone is damaged
    if not has_events(folder):
        return "queued"
    return "failed" if died(folder) else "running"


def died(folder: Path) -> dict[str, str] | None:
    """title, detail and hint where nobody works on it any more, and nobody will, though no event says that it ended.

    That is work of a command line or a notebook that was killed, or work whose log is damaged. What a worker died of
    is started again.
    """
    if is_worked_on(folder):  # asked first: who lets go of it has said how it ended
        return None
    last = last_event(folder)
    if last and last["event"] in ENDINGS:
        return None
    begun = starts(folder)
    if not begun:
        if last is not None or not has_events(folder):
            return None
        return {
            "title": "The log of this run or job is damaged",
            "detail": str(folder / "events.jsonl"),
            "hint": "Delete the run or job, and start it again",
        }
    if begun[-1].get("worker"):
        return None
    return {
        "title": "The process ended before the run was finished",
        "detail": f"It was process {begun[-1].get('pid')}, started from the command line or a notebook",
        "hint": "Start a new run with the same plan",
    }


def starts(folder: Path) -> list[dict]:
    """The `start` events, oldest first: pid of the process, and whether it is a worker from the queue."""
    return [event for event in read_events(folder) if event["event"] == "start"]
