"""Sets of example ids that a selection speaks of: each under a short key made of what it holds, some with a name."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.datasets.filenames import clean_label

_KEY = re.compile("[0-9a-f]{12}")
_FOLDER = "selections"
_NAMES = "names.json"
_UNNAMED = 200  # sets without a name that stay; the oldest go
_LONGEST_NAME = 80


@dataclass(frozen=True)
class KeptSet:
    """Ids in an order, and how far each is from what it was found by, where it was found by that."""

    ids: tuple[str, ...]
    distances: tuple[float, ...] = ()


def keep_set(folder: Path, ids: Sequence[str], distances: Sequence[float] = ()) -> str:
    """Keeps a set of ids, and forgets sets without a name that nobody has used for long.

    Args:
        folder: the dataset's, or the run's whose dataset is gone.
        ids: in the order to show them.
        distances: one for each id, or none.

    Returns:
        Its key; the same ids in the same order have the same.
    """
    document = {"ids": [str(id) for id in ids], "distances": [round(float(each), 6) for each in distances]}
    key = hashlib.sha256(repr(document).encode()).hexdigest()[:12]
    place = folder / _FOLDER
    place.mkdir(exist_ok=True)
    path = place / f"{key}.json"
    try:
        os.utime(path)
    except FileNotFoundError:  # also where another process forgot it just now
        workspace.write_json(path, document)
        _forget_oldest(place)
    return key


def read_set(folder: Path, key: str) -> KeptSet:
    """The set of a key.

    Raises:
        UserError: it is not kept, or no longer.
    """
    path = folder / _FOLDER / f"{key}.json"
    if _KEY.fullmatch(key) and path.exists():
        document = workspace.read_json(path)
        return KeptSet(tuple(document["ids"]), tuple(document["distances"]))
    raise UserError(
        "This selection is no longer kept",
        f"There is no selection “{key[:40]}”",
        "Select the examples again, and give the selection a name to keep it",
    )


@dataclass(frozen=True)
class NamedSet:
    """A kept set that somebody named."""

    name: str
    key: str
    size: int


def named_sets(folder: Path) -> dict[str, NamedSet]:
    """The sets with a name, by it, the oldest first."""
    path = folder / _FOLDER / _NAMES
    return {each["name"]: NamedSet(**each) for each in workspace.read_json(path, kind=list)} if path.exists() else {}


def name_set(folder: Path, name: str, ids: Sequence[str]) -> NamedSet:
    """Keeps a set until it is deleted.

    Raises:
        UserError: it is empty, or has no name, or one that another set has.
    """
    name = clean_label(name)[:_LONGEST_NAME]
    if not name:
        raise UserError("A selection needs a name", "The name is empty", "Type a name")
    if not len(ids):
        raise UserError("There is nothing to keep", "No examples are selected", "Select some examples first")
    with _changing(folder) as names:
        if name in names:
            raise UserError("This name is taken", f"Another selection is called “{name}”", "Choose another name")
        names[name] = NamedSet(name, keep_set(folder, ids), len(ids))
    return names[name]


def forget_set(folder: Path, name: str) -> None:
    """Deletes a set with a name; its examples stay.

    Raises:
        UserError: none has this name.
    """
    with _changing(folder) as names:
        if names.pop(name, None) is None:
            raise UserError(
                "There is no such selection", f"No selection is called “{name[:80]}”", "Choose one from the list"
            )


@contextlib.contextmanager
def _changing(folder: Path) -> Iterator[dict[str, NamedSet]]:
    """The sets with a name, to be changed by one process at a time."""
    place = folder / _FOLDER
    place.mkdir(exist_ok=True)
    with FileLock(place / ".lock"):
        names = named_sets(folder)
        yield names
        workspace.write_json(place / _NAMES, [vars(each) for each in names.values()])


def _forget_oldest(place: Path) -> None:
    named = {each.key for each in named_sets(place.parent).values()}
    unnamed = [path for path in place.glob("*.json") if path.name != _NAMES and path.stem not in named]
    times = {}
    for path in unnamed:
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            times[path] = path.stat().st_mtime
    for path in sorted(times, key=times.get)[: -_UNNAMED or None]:
        path.unlink(missing_ok=True)
