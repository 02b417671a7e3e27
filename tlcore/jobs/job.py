"""One job as data: what was asked, how far it is, what came out. Read from its folder, which is the truth about it."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore import runs
from tlcore.base import leases
from tlcore.base.errors import UserError
from tlcore.base.events import parse_event
from tlcore.runs import lease_of as lease_of

_TAIL = 65536


@dataclass(frozen=True)
class Job:
    """A run, or other work for a worker: waiting, under way or over.

    Attributes:
        folder: `runs/<id>` for a run (kind "train"), else `jobs/<id>`.
    """

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @cached_property
    def record(self) -> dict:
        """`job.json` (kind, args, created, settings); a run's is made of its `run.json`."""
        if (self.folder / "run.json").exists():
            record = runs.Run(self.folder).record
            return {
                "kind": "train", "args": {}, "created": record["created"], "settings": record.get("settings", {}),
            }  # fmt: skip
        return workspace.read_json(self.folder / "job.json", "kind", "args", "created", "settings")

    @property
    def kind(self) -> str:
        return self.record["kind"]

    @property
    def args(self) -> dict:
        return self.record["args"]

    @property
    def created(self) -> str:
        """When it was asked for: UTC, ISO 8601."""
        return self.record["created"]

    @property
    def state(self) -> str:
        """queued, running, or one of `runs.ENDINGS`."""
        return runs.state_of(self.folder)

    @property
    def over(self) -> bool:
        return self.state in runs.ENDINGS

    @property
    def error(self) -> dict | None:
        """title, detail, hint of a failed job, and `traceback` when it failed through a defect; else None."""
        last = next(reversed(_tail(self.folder)), {})
        if last.get("event") == "failed":
            return {key: last[key] for key in _ERROR if key in last}
        return runs.died(self.folder)

    @property
    def result(self) -> dict | None:
        """What a job that is done gave, as JSON; files it names lie beside, in its folder. None before."""
        path = self.folder / "result.json"
        return workspace.read_json(path) if path.exists() else None

    @property
    def progress(self) -> dict:
        """The latest of it: `stage` ("" before the first), and that stage's `done`, `total`, `unit`, `name`."""
        return _progress(_tail(self.folder)) or _progress(runs.read_events(self.folder)) or {"stage": ""}


_ERROR = ("title", "detail", "hint", "traceback")


def open_job(id: str) -> Job:
    """A job by its id; a run's id gives the job that carries it out.

    Raises:
        UserError: there is none.
    """
    for kind in ("jobs", "runs"):
        try:
            return Job(workspace.folder(kind, id))
        except UserError:
            continue
    raise UserError("There is no such job", f"Nothing waits, works or ended as “{id[:80]}”", "Ask for the work again")


def is_worked_on(folder: Path) -> bool:
    """Whether a living process works on the job."""
    return leases.is_held(lease_of(folder))


def starts(folder: Path) -> list[dict]:
    """The job's `start` events, oldest first: pid of the process, and whether it is a worker from the queue."""
    return [event for event in runs.read_events(folder) if event["event"] == "start"]


def was_interrupted(folder: Path) -> bool:
    """Whether a worker began with the job and, where none works on it now, died before it was over."""
    steps = [event["event"] for event in runs.read_events(folder) if event["event"] in ("start", "restart")]
    return steps[-1:] == ["start"]


def deaths(folder: Path) -> int:
    """How many workers died of the job."""
    return sum(event["event"] == "restart" and event["counts"] for event in runs.read_events(folder))


def cut_half_line(folder: Path) -> None:
    """Takes away a last line that a killed process did not finish, so that the next event is not glued to it."""
    path = folder / "events.jsonl"
    if not path.exists():
        return
    with open(path, "rb+") as file:
        end = file.seek(0, os.SEEK_END)
        start = max(0, end - 1024 * 1024)
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)


def _tail(folder: Path) -> list[dict]:
    """The last events, oldest first: as many as fit in some kilobytes."""
    try:
        with open(folder / "events.jsonl", "rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL)
            file.seek(start)
            lines = file.read().split(b"\n")[1 if start else 0 : -1]
    except FileNotFoundError:
        return []
    return [event for line in lines if (event := parse_event(line))]


def _progress(events: list[dict]) -> dict | None:
    step: dict = {}
    for event in reversed(events):
        if event["event"] == "stage":
            return {"stage": event["name"], **step}
        if event["event"] == "step" and not step:
            step = {key: event[key] for key in ("done", "total", "unit", "name")}
    return None
