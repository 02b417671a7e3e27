"""Folders on the server that people of the app may read: those under `TLCORE_DATA_ROOTS`."""

import contextlib
import os
from pathlib import Path

from tlcore.base import settings
from tlcore.base.errors import UserError
from tlcore.datasets.filenames import is_archive, is_item, is_junk, is_table, suffix
from tlcore.datasets.importing.proposing.split_names import split_inside
from tlcore.datasets.sources.source import allowed_around

_DEPTH = 4
_MOST_FOLDERS = 2000  # that are looked into


def server_folders() -> list[Path]:
    """Archives, and folders that look like a dataset, under the allowed roots, in order."""
    found = set()
    for root in settings.data_roots():
        for looked, (parent, folders, files) in enumerate(os.walk(root)):
            deep = len(Path(parent).relative_to(root).parts) >= _DEPTH
            folders[:] = [] if deep or looked > _MOST_FOLDERS else sorted(n for n in folders if not is_junk(n))
            found.update(Path(parent, file) for file in files if is_archive(file) and not is_junk(file))
            if any(is_table(file) and suffix(file) not in (".txt", ".json") for file in files):
                found.add(Path(parent))
            elif any(is_item(file) for file in files) and Path(parent) != root:
                folder = Path(parent).parent  # of the class's folder
                found.add(folder.parent if split_inside(folder.name) and folder != root else folder)
    return sorted(found)


def check_server_folder(path: str | Path) -> Path:
    """A folder or archive on the server, if people of the app may read it, and what its links may lead to.

    Raises:
        UserError: it lies under no allowed root, or is not there; which of the two is not told.
    """
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # names that can't be: too long, with a zero, …
        resolved = Path(path).expanduser().resolve(strict=True)
        roots = settings.data_roots()
        if all(any(place.is_relative_to(root) for root in roots) for place in allowed_around(resolved)):
            return resolved
    raise UserError(
        "This folder can't be read from here",
        f"{path} does not exist, or is not in a folder that TLCORE_DATA_ROOTS allows",
        "Choose a folder from the list, or have this one added to TLCORE_DATA_ROOTS",
    )
