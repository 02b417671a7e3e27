"""Where everything lives on disk: the only file that knows a place in the workspace.

What lies inside the folder of one thing a single file of its own room knows: `runs.artifacts`, `datasets.store`,
`base.events`.

::

    datasets/<id>/   dataset.json  examples.parquet  files/, and once it is edited edits.jsonl  imported.parquet;
                     selections/  sets of ids that pages select, some with a name
    modules/<id>/    module.json, and the module's own files
    features/<key>/  kept pixels and feature vectors, a row for each example's bytes
    compiled/<key>/  a module's frozen part as OpenVINO runs it, and which engine runs it best
    runs/<id>/       run.json  notes.json  events.jsonl  checkpoints/  result/
    jobs/<id>/       job.json  events.jsonl, and what the job made: work for a worker that is no run
    tmp/             folders being written, and uploads being read
    example.json     the example run, where this workspace had one: it is made once
    tlcore.db        the job queue
    supervisor.*     its lease, its log, the pipe that wakes it, and when the app was used last
"""

import contextlib
import ctypes
import itertools
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import platformdirs

from tlcore.base import settings
from tlcore.base.errors import Damaged, UserError

Thing = TypeVar("Thing")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_FEW_FILES = 16
_SYNC_EVERY = 2  # seconds
_UPLOAD = "upload-"
_PLACES = ("datasets", "modules", "features", "compiled", "runs", "jobs", "tmp")
PLACES_OF_WORK = ("jobs", "runs")  # whose folders a worker may be at


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def home() -> Path:
    """The folder that `TLCORE_HOME` names, else the user's data folder; made when it is not there.

    Raises:
        UserError: it is not there and can't be made.
    """
    return _made(Path(settings.get("TLCORE_HOME") or platformdirs.user_data_dir("tlcore")).expanduser().absolute())


def _made(path: Path) -> Path:
    """A folder, made now where it is not there."""
    if not path.is_dir():
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                "The data folder can't be created",
                f"{path}: {error.strerror}",
                "Set TLCORE_HOME to a folder that you can write to",
            ) from error
    return path


def place(kind: str) -> Path:
    """The folder of one kind of thing: `datasets`, `modules`, `features`, `compiled`, `runs`, `jobs` or `tmp`."""
    assert kind in _PLACES, kind
    return _made(home() / kind)


def database() -> Path:
    return home() / "tlcore.db"


def example() -> Path:
    return home() / "example.json"


def supervisor(part: str) -> Path:
    """A file of the workspace's supervisor: its `lock`, its `log`, the pipe to `wake` it, the app's `heartbeat`."""
    assert part in ("lock", "log", "wake", "heartbeat"), part
    return home() / f"supervisor.{part}"


def now() -> str:
    """The time as documents have it: UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def is_id(text: str) -> bool:
    """Whether a text from outside may be used as a folder's name at all."""
    return bool(_ID.fullmatch(text))


def new_id(name: str) -> str:
    """A readable id that no other has: the name in plain letters, and six random ones."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{slug or 'x'}-{secrets.token_hex(3)}"


def folder(kind: str, id: str) -> Path:
    """The folder of one thing that exists.

    Raises:
        UserError: there is no such thing, or the text is no id.
    """
    path = place(kind) / id if is_id(id) else None
    if path is None or not path.is_dir():
        raise UserError(
            f"There is no such {kind[:-1]}",
            f"Nothing in this workspace is called “{id[:80]}”",
            f"Choose one from the list of {kind}",
        )
    return path


@contextlib.contextmanager
def new_folder(kind: str, id: str) -> Iterator[Path]:
    """A folder that appears whole or not at all: written beside its place, synced and renamed."""
    goal = place(kind) / id
    staging = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=place("tmp")))
    try:
        yield staging
        _sync(staging)
        os.rename(staging, goal)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Has a folder's files on the disk: few one by one, for all that the system still holds may take seconds."""
    paths = list(itertools.islice(folder.rglob("*"), _FEW_FILES + 1))
    if len(paths) > _FEW_FILES:
        sync_disk(folder)
        return
    for path in (*paths, folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_disk(path: Path) -> None:
    """Has all that was written to the disk that a path is on, and to no other, lie there safely.

    Raises:
        OSError: some of it could not be written.
    """
    if _libc is None:
        os.sync()
        return
    file = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(file):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(file)


@contextlib.contextmanager
def syncing() -> Iterator[None]:
    """Has the workspace's disk take what is written meanwhile, so that little is left of it for a sync at the end."""
    ended, home = threading.Event(), place("tmp")

    def sync() -> None:
        while not ended.wait(_SYNC_EVERY):
            with contextlib.suppress(OSError):  # the sync at the end meets it too, and says it
                sync_disk(home)

    thread = threading.Thread(target=sync, name="sync")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the time of a `with` block."""
    path = Path(tempfile.mkdtemp(prefix="scratch-", dir=place("tmp")))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def new_upload() -> Path:
    """A folder for files that were uploaded for a job, which may outlive the page that asks for it."""
    return Path(tempfile.mkdtemp(prefix=_UPLOAD, dir=place("tmp")))


def forget_upload(path: Path) -> None:
    """Deletes the folder of `new_upload` that this is, or that a file lies in; any other path is left alone."""
    if folder := _upload_of(path):
        shutil.rmtree(folder, ignore_errors=True)


def is_upload(path: Path) -> bool:
    """Whether this is a folder of `new_upload`, or lies right in one."""
    return _upload_of(path) is not None


def _upload_of(path: Path) -> Path | None:
    uploads = (each for each in (path, path.parent) if each.parent == place("tmp") and each.name.startswith(_UPLOAD))
    return next(uploads, None)


def delete_folder(kind: str, id: str) -> None:
    """Takes a thing out of sight in one step, then deletes its files."""
    gone = Path(tempfile.mkdtemp(prefix="deleted-", dir=place("tmp")))
    os.rename(folder(kind, id), gone / "it")
    shutil.rmtree(gone, ignore_errors=True)


def write_json(path: Path, document: object) -> None:
    """Writes a document whole or not at all."""
    replace_file(path, json.dumps(document, indent=1, ensure_ascii=False).encode())


def replace_file(path: Path, content: bytes) -> None:
    """Puts a file in place of whatever was there, in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def file_version(path: Path) -> tuple | None:
    """What tells a file from others, and from what stood in its place before; None where there is none."""
    with contextlib.suppress(FileNotFoundError):
        return str(path), path.stat().st_mtime_ns
    return None


def reserve(path: Path) -> None:
    """Has the room on the disk that a file of holes needs, now: what is mapped to a full disk kills the process.

    Raises:
        OSError: there is not enough of it.
    """
    with open(path, "rb+") as file:
        os.posix_fallocate(file.fileno(), 0, file.seek(0, os.SEEK_END))


def read_json(path: Path, *keys: str, kind: type = dict):
    """A document: an object, unless it is to be of another kind.

    Args:
        path: where it lies.
        keys: what it must hold; of what lies deeper, `"dataset.id"`.
        kind: `dict` or `list`.

    Raises:
        Damaged: it is not there, though its folder is; it is no JSON; or it is or holds something else.
        FileNotFoundError: its folder is gone.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise
        raise Damaged(path, "it is missing") from None
    except (ValueError, RecursionError) as error:
        empty = not path.stat().st_size
        raise Damaged(path, "it is empty" if empty else f"it is not valid JSON ({error})") from None
    if not isinstance(document, kind):
        raise Damaged(path, f"it holds a {type(document).__name__}, not a {kind.__name__}")
    for key in keys:
        part = document
        for name in key.split("."):
            if not isinstance(part, dict) or name not in part:
                raise Damaged(path, f"it lacks “{key}”")
            part = part[name]
    return document


def read_all(kind: str, read: Callable[[Path], Thing]) -> tuple[list[Thing], dict[str, Damaged]]:
    """All things of a kind: those that can be read, and what is wrong with the others, by their ids.

    Args:
        kind: as `place` has it.
        read: makes one of its folder, or raises `Damaged`.
    """
    whole, damaged, folder = [], {}, home() / kind
    for path in folder.iterdir() if folder.is_dir() else ():  # not made here: the disk may be one to be read alone
        if is_id(path.name) and path.is_dir():
            try:
                whole.append(read(path))
            except Damaged as error:
                damaged[path.name] = error
            except FileNotFoundError:  # deleted by somebody else meanwhile
                pass
    return whole, dict(sorted(damaged.items()))
