"""One job as data: what was asked, how far it is, what came out. Read from its folder, which is the truth about it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore.base import work
from tlcore.base.errors import UserError
from tlcore.base.events import last_event, last_events, latest_events, read_events

RECORD = "job.json"
LANE, LIMIT = "quick", 3600.0  # of work that says nothing else
_DEFAULTS = {"lane": LANE, "limit": LIMIT}
_ERROR = ("title", "detail", "hint", "traceback")


@dataclass(frozen=True)
class Job:
    """Work for a worker: waiting, under way or over.

    Attributes:
        folder: `jobs/<id>`, or that of what the work makes, as a run's.
    """

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @cached_property
    def record(self) -> dict:
        """`job.json`: kind, args, created, settings, lane, limit.

        Raises:
            Damaged: it can't be read.
        """
        return _DEFAULTS | workspace.read_json(self.folder / RECORD, "kind", "args", "created", "settings")

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
    def lane(self) -> str:
        """Jobs of one lane are carried out one after the other, and go past those of others."""
        return self.record["lane"]

    @property
    def limit(self) -> float:
        """The seconds after which it is ended, by the clock of a supervisor that is awake."""
        return float("inf") if self.record["limit"] is None else self.record["limit"]

    @property
    def state(self) -> str:
        """queued, running, or one of `work.ENDINGS`."""
        return work.state_of(self.folder)

    @property
    def over(self) -> bool:
        return self.state in work.ENDINGS

    @property
    def error(self) -> dict | None:
        """title, detail, hint of a failed job, and `traceback` when it failed through a defect; else None."""
        last = last_event(self.folder)
        if last and last["event"] == "failed":
            return {key: last[key] for key in _ERROR if key in last}
        return work.died(self.folder)

    @property
    def result(self) -> dict | None:
        """What a job that is done gave, as JSON; files it names lie beside, in its folder. None before."""
        path = self.folder / "result.json"
        return workspace.read_json(path) if path.exists() else None

    @property
    def events(self) -> list[dict]:
        """What it has noted so far, oldest first (`base.events.latest_events`)."""
        return latest_events(self.folder)

    @property
    def progress(self) -> dict:
        """The latest of it: `stage` ("" before the first), and that stage's `done`, `total`, `unit`, `name`."""
        return _progress(last_events(self.folder)) or _progress(read_events(self.folder)) or {"stage": ""}


def open_job(id: str) -> Job:
    """A job by its id; that of a run gives the job that carries it out.

    Raises:
        UserError: there is none.
    """
    for kind in workspace.PLACES_OF_WORK:
        try:
            return Job(workspace.folder(kind, id))
        except UserError:
            continue
    raise UserError("There is no such job", f"No job has the id “{id[:80]}”", "Start the work again")


def was_interrupted(folder: Path) -> bool:
    """Whether a worker began with the job and, where none works on it now, died before it was over."""
    steps = [event["event"] for event in read_events(folder) if event["event"] in ("start", "restart")]
    return steps[-1:] == ["start"]


def deaths(folder: Path) -> int:
    """How many workers died of the job."""
    return sum(event["event"] == "restart" and event["counts"] for event in read_events(folder))


def _progress(events: list[dict]) -> dict | None:
    step: dict = {}
    for event in reversed(events):
        if event["event"] == "stage":
            return {"stage": event["name"], **step}
        if event["event"] == "step" and not step:
            step = {key: event[key] for key in ("done", "total", "unit", "name")}
    return None
