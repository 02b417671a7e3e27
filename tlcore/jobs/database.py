"""The queue's table: an index of the folders, which can be rebuilt from them whenever it is lost."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

import tlcore.base.workspace as workspace
from tlcore.base.errors import Damaged
from tlcore.jobs.job import RECORD, Job

_SCHEMA = """
create table jobs (
    number integer primary key,
    id text not null unique,
    work text not null,
    folder text not null,
    lane text not null,
    state text not null
);
create index jobs_by_work on jobs (work);
create index jobs_by_state on jobs (state, lane);
pragma user_version = 2;
"""
_SECONDS_TO_WAIT = 30


@contextlib.contextmanager
def connect() -> Iterator[sqlite3.Connection]:
    """The queue, ready to use; statements outside `with connection` stand by themselves.

    Where there is no table yet, or what is there is no database, it is made anew from the folders.
    """
    path = workspace.database()
    connection = _open_made(path)
    if connection is None:
        with FileLock(path.with_name("tlcore.db.lock")):
            connection = _open_made(path)
            if connection is None:
                _make(path)
                connection = _open(path)
    with contextlib.closing(connection):
        connection.execute("pragma synchronous = normal")  # a row lost with the power is found again in its folder
        yield connection


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _open_made(path: Path) -> sqlite3.Connection | None:
    """The table, where there is one."""
    if not path.exists():
        return None
    connection = _open(path)
    try:
        if connection.execute("pragma user_version").fetchone()[0] == 2:
            return connection
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError:  # it is something else than a database
        pass
    connection.close()
    return None


def _make(path: Path) -> None:
    """Makes the table beside its place, fills it and renames it, so that nobody meets half of it."""
    staging = path.with_name("tlcore.db.new")
    for leftover in (staging.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(leftover).unlink(missing_ok=True)
    with contextlib.closing(_open(staging)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.executescript(_SCHEMA)
        reindex(connection)
    staging.replace(path)


def reindex(connection: sqlite3.Connection) -> None:
    """Adds the jobs that have no row, oldest first.

    A folder without a job's record, as that of a run that a command line carries out itself, is none of the queue's.
    """
    known = {row["id"] for row in connection.execute("select id from jobs")}
    found = [
        Job(folder)
        for place in workspace.PLACES_OF_WORK
        for folder in workspace.place(place).iterdir()
        if folder.name not in known and (folder / RECORD).exists()
    ]
    for job in sorted(filter(_is_whole, found), key=lambda each: (each.created, each.id)):
        insert(connection, job, job.state)


def _is_whole(job: Job) -> bool:
    """Whether a job's record can be read; one that a full disk or a crash damaged must not hold up the others."""
    try:
        return isinstance(job.args, dict)
    except (Damaged, OSError):
        return False


def insert(connection: sqlite3.Connection, job: Job, state: str) -> None:
    """Adds a row for a job; nothing happens when there is one."""
    connection.execute(
        "insert or ignore into jobs (id, work, folder, lane, state) values (?, ?, ?, ?, ?)",
        (
            job.id,
            work_key(job.kind, job.args),
            str(job.folder.relative_to(workspace.home())),
            job.lane,
            state,
        ),
    )


def work_key(kind: str, args: dict) -> str:
    """Equal for equal work."""
    return hashlib.sha256(json.dumps([kind, args], sort_keys=True).encode()).hexdigest()


def job_of(row: sqlite3.Row) -> Job:
    return Job(workspace.home() / row["folder"])


def set_state(connection: sqlite3.Connection, id: str, state: str) -> None:
    connection.execute("update jobs set state = ? where id = ?", (state, id))


def forget(connection: sqlite3.Connection, id: str) -> None:
    connection.execute("delete from jobs where id = ?", (id,))
