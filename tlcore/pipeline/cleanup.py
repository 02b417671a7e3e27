"""What is left lying about: cleared away after a day."""

import shutil
import sqlite3
import time
from pathlib import Path

import tlcore.base.workspace as workspace
from tlcore.base.events import last_event_at
from tlcore.base.work import died
from tlcore.datasets import list_datasets
from tlcore.features.store import eviction
from tlcore.jobs import database
from tlcore.jobs.job import Job
from tlcore.jobs.outcome import end

_DAY = 24 * 3600


def sweep(connection: sqlite3.Connection) -> None:
    """Makes table and folders agree, and deletes what is older than a day and of no more use.

    That is finished jobs, unfinished folders, and kept pixels and feature vectors of pictures that no dataset has.
    What is kept beyond its size limit goes too.
    """
    database.reindex(connection)
    for folder in workspace.place("jobs").iterdir():
        said = last_event_at(folder)
        if said is not None and time.time() - said > _DAY and Job(folder).over:
            workspace.delete_folder("jobs", folder.name)
    for row in connection.execute("select * from jobs").fetchall():
        if not database.job_of(row).folder.is_dir():
            database.forget(connection, row["id"])
    for leftover in workspace.place("tmp").iterdir():
        if _age(leftover) > _DAY:
            shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    hashes = (dataset.columns("sha256", left_out=True)["sha256"] for dataset in list_datasets())
    eviction.delete_unused_rows({key for column in hashes for key in column}, _DAY)
    eviction.trim()
    for folder in workspace.place("runs").iterdir():
        if words := died(folder):
            end(folder, "failed", **words)


def _age(path: Path) -> float:
    """Seconds since it was changed last."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
