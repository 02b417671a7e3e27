"""Work put in the queue, found in it, and asked to end."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore.base import leases, settings
from tlcore.base.events import last_event_at, make_request
from tlcore.base.work import lease_of, starts
from tlcore.jobs import database
from tlcore.jobs.job import LANE, LIMIT, RECORD, Job
from tlcore.jobs.outcome import end
from tlcore.jobs.wakeup import wake_supervisor

_FAILURES_ARE_RECENT_FOR = timedelta(minutes=1)
_SECONDS_TO_END = 0.1  # in which whoever only looks at a job has let go of it


def submit(kind: str, args: dict, *, lane: str = LANE, limit: float | None = LIMIT) -> Job:
    """Puts work in the queue.

    Args:
        kind: of the work, as its worker knows it.
        args: plain data for JSON. Paths are absolute.
        lane: work of one lane is carried out one after the other.
        limit: seconds after which it is ended; None: it takes as long as it takes.
    """
    id = workspace.new_id(kind)
    with workspace.new_folder("jobs", id) as folder:
        workspace.write_json(folder / RECORD, new_record(kind, args, lane=lane, limit=limit))
    return enqueue(workspace.folder("jobs", id))


def new_record(kind: str, args: dict, *, lane: str = LANE, limit: float | None = LIMIT) -> dict:
    """What stands in `RECORD` of a job that is asked for now; the arguments are those of `submit`.

    The settings of whoever asks bind the work, whatever the worker's own process was started with.
    """
    return {
        "kind": kind,
        "args": args,
        "created": workspace.now(),
        "settings": {
            each.name: os.environ.get(each.name, "") for each in settings.SETTINGS if each.name != "TLCORE_HOME"
        },
        "lane": lane,
        "limit": limit,
    }


def enqueue(folder: Path) -> Job:
    """Puts a folder with a job's record in the queue."""
    job = Job(folder)
    with database.connect() as connection:
        database.insert(connection, job, "queued")
    wake_supervisor()
    return job


def find_job(kind: str, args: dict) -> Job | None:
    """The latest job for the same work: waiting, under way, or over while its folder is kept (a day).

    One that failed or was cancelled is found for a minute, so that a page shows it and then may ask anew.
    """
    with database.connect() as connection:
        row = connection.execute(
            "select * from jobs where work = ? order by number desc limit 1", (database.work_key(kind, args),)
        ).fetchone()
    if row is None or not database.job_of(row).folder.is_dir():
        return None
    job = database.job_of(row)
    return None if job.state in ("failed", "cancelled") and _ended_long_ago(job) else job


def queue() -> list[Job]:
    """Jobs waiting or under way, in the order in which they were asked for."""
    with database.connect() as connection:
        rows = connection.execute("select * from jobs where state in ('queued', 'running') order by number").fetchall()
    jobs = [database.job_of(row) for row in rows]
    return [job for job in jobs if job.folder.is_dir() and not job.over]


def position(id: str) -> int:
    """A waiting job's place in its lane, after those that wait before it and the one under way; 0: it waits not."""
    with database.connect() as connection:
        rows = connection.execute(
            "select id, state from jobs where state in ('queued', 'running')"
            " and lane = (select lane from jobs where id = ?) order by state desc, number",
            (id,),
        ).fetchall()
    places = {row["id"]: place for place, row in enumerate(rows, 1) if row["state"] == "queued"}
    return places.get(id, 0)


def stop(folder: Path) -> None:
    """Asks work to end and keep the best so far; what has not begun is cancelled at once.

    Work that has begun and that nobody is at is taken up once more, by a worker that ends it properly.
    """
    _request(folder, "stop")


def cancel(folder: Path) -> None:
    """Asks work to end and throw away what it has made; what nobody works on ends at once."""
    _request(folder, "cancel")


def _request(folder: Path, request: str) -> None:
    job = Job(folder)
    with leases.hold(lease_of(folder), wait=_SECONDS_TO_END) as held:
        if held and not job.over and (request == "cancel" or not starts(folder)):
            end(folder, "cancelled")
    if not job.over:
        make_request(folder, request)
        return
    with database.connect() as connection:  # where it was offered to a worker, the supervisor sees to it
        connection.execute("update jobs set state = ? where id = ? and state = 'queued'", (job.state, job.id))


def _ended_long_ago(job: Job) -> bool:
    ended = datetime.fromtimestamp(last_event_at(job.folder) or 0, UTC)
    return datetime.now(UTC) - ended > _FAILURES_ARE_RECENT_FOR
