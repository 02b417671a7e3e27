"""Work put in the queue, found in it, and asked to end."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore import runs
from tlcore.base import leases, settings
from tlcore.datasets.dataset import Dataset
from tlcore.jobs import database
from tlcore.jobs.job import Job, lease_of, starts
from tlcore.jobs.outcome import end
from tlcore.jobs.wakeup import wake_supervisor
from tlcore.modules.module import Module
from tlcore.plans import Plan
from tlcore.runs import Run

_FAILURES_ARE_RECENT_FOR = timedelta(minutes=1)
_SECONDS_TO_END = 0.1  # in which whoever only looks at a job has let go of it


def submit_run(dataset: Dataset, module: Module, plan: Plan, *, name: str = "", owner: str = "") -> Run:
    """Puts a run in the queue.

    Raises:
        UserError: the plan can't be carried out on this dataset with this module.
    """
    run = runs.create_run(dataset, module, plan, name=name, owner=owner, settings=_settings())
    with database.connect() as connection:
        database.insert(connection, Job(run.folder), "queued")
    wake_supervisor()
    return run


def submit(kind: str, args: dict) -> Job:
    """Puts other work than a run in the queue.

    Args:
        kind: `tlcore.pipeline.tasks` lists them, with what each takes and gives; not "train".
        args: plain data for JSON. Paths are absolute.
    """
    id = workspace.new_id(kind)
    document = {"kind": kind, "args": args, "created": runs.now(), "settings": _settings()}
    with workspace.new_folder("jobs", id) as folder:
        workspace.write_json(folder / "job.json", document)
    job = Job(workspace.folder("jobs", id))
    with database.connect() as connection:
        database.insert(connection, job, "queued")
    wake_supervisor()
    return job


def find_job(kind: str, args: dict) -> Job | None:
    """The latest job for the same work: waiting, under way, or over while its folder is kept (a day) and what it made.

    One that failed or was cancelled is found for a minute, so that a page shows it and then may ask anew.
    """
    with database.connect() as connection:
        row = connection.execute(
            "select * from jobs where work = ? order by number desc limit 1", (database.work_key(kind, args),)
        ).fetchone()
    if row is None or not database.job_of(row).folder.is_dir():
        return None
    job = database.job_of(row)
    if job.state in ("failed", "cancelled"):
        return None if _ended_long_ago(job) else job
    return job if _result_is_there(job) else None


def queue() -> list[Job]:
    """Jobs waiting or under way, in the order in which they were asked for."""
    with database.connect() as connection:
        rows = connection.execute("select * from jobs where state in ('queued', 'running') order by number").fetchall()
    jobs = [database.job_of(row) for row in rows]
    return [job for job in jobs if job.folder.is_dir() and not job.over]


def position(work: Run | Job) -> int:
    """A waiting job's place in its lane, after those that wait before it and the one under way; 0: it waits not."""
    with database.connect() as connection:
        rows = connection.execute(
            "select id, state from jobs where state in ('queued', 'running')"
            " and lane = (select lane from jobs where id = ?) order by state desc, number",
            (work.id,),
        ).fetchall()
    places = {row["id"]: place for place, row in enumerate(rows, 1) if row["state"] == "queued"}
    return places.get(work.id, 0)


def ask(folder: Path, request: str) -> None:
    """Asks a run or job to `"stop"` (keep the best) or `"cancel"` (throw it away).

    One that nobody works on ends at once, unless it has begun and is asked to stop: then a worker ends it properly.
    """
    job = Job(folder)
    with leases.hold(lease_of(folder), wait=_SECONDS_TO_END) as held:
        if held and not job.over and (request == "cancel" or not starts(folder)):
            end(folder, "cancelled")
    if not job.over:
        runs.ask(folder, request)
        return
    with database.connect() as connection:  # where it was offered to a worker, the supervisor sees to it
        connection.execute("update jobs set state = ? where id = ? and state = 'queued'", (job.state, job.id))


def _settings() -> dict[str, str]:
    """The settings of whoever asks: they bind the work, whatever the worker's own process was started with."""
    return {each.name: os.environ.get(each.name, "") for each in settings.SETTINGS if each.name != "TLCORE_HOME"}


def _result_is_there(job: Job) -> bool:
    """False where what a job made was deleted since, as a module that somebody opened yesterday."""
    result = job.result or {}
    places = {"dataset": "datasets", "module": "modules", "run": "runs"}
    return all((workspace.place(places[key]) / result[key]).is_dir() for key in places if result.get(key))


def _ended_long_ago(job: Job) -> bool:
    ended = datetime.fromtimestamp((job.folder / "events.jsonl").stat().st_mtime, UTC)
    return datetime.now(UTC) - ended > _FAILURES_ARE_RECENT_FOR
