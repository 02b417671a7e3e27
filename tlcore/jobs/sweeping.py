"""What is left lying about: cleared away after a day."""

import shutil
import sqlite3
import time
from pathlib import Path

import tlcore.workspace as workspace
from tlcore.datasets import list_datasets
from tlcore.features import limit
from tlcore.jobs import database
from tlcore.jobs.ending import end
from tlcore.jobs.job import Job, is_worked_on, starts
from tlcore.runs import state_of

_DAY = 24 * 3600
_MINUTE = 60


def sweep(connection: sqlite3.Connection) -> None:
    """Makes table and folders agree, and deletes what is older than a day and of no more use.

    That is finished jobs, unfinished folders, and kept pixels and feature vectors of pictures that no dataset has.
    What is kept beyond its size limit goes too.
    """
    database.take_in_folders(connection)
    for folder in workspace.place("jobs").iterdir():
        if (folder / "events.jsonl").exists() and _age(folder / "events.jsonl") > _DAY and Job(folder).over:
            workspace.delete_folder("jobs", folder.name)
    for row in connection.execute("select * from jobs").fetchall():
        if not database.job_of(row).folder.is_dir():
            database.forget(connection, row["id"])
    for leftover in workspace.place("tmp").iterdir():
        if _age(leftover) > _DAY:
            shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    hashes = (dataset.columns("sha256", left_out=True)["sha256"] for dataset in list_datasets())
    limit.delete_unused_rows({key for column in hashes for key in column}, _DAY)
    limit.trim()
    for folder in workspace.place("runs").iterdir():
        if state_of(folder) == "running":
            _end_if_abandoned(folder)


def _end_if_abandoned(folder: Path) -> None:
    """A command line or notebook that was killed could not say that its run is over."""
    begun = starts(folder)
    if begun and not begun[-1]["worker"] and time.time() - begun[-1]["time"] > _MINUTE and not is_worked_on(folder):
        end(
            folder,
            "failed",
            title="The process that carried out this run ended before it was done",
            detail=f"It was process {begun[-1]['pid']}, a command line or a notebook",
            hint="Start a new run with the same plan",
        )


def _age(path: Path) -> float:
    """Seconds since it was changed last."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
