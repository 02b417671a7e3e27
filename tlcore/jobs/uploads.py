"""Uploaded files written out for a job to read, under names that can do no harm."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import tlcore.base.workspace as workspace

_LONGEST = 200  # bytes of a name; file systems take 255
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")


def save_uploads(files: Sequence[BinaryIO], folder: Path) -> Path:
    """Writes uploaded files under a folder, with the relative paths that they came with.

    Args:
        files: open files; each has a `name`, which for a folder's upload is a path.
        folder: an empty folder.

    Returns:
        The file when there is one that lay in no folder (an archive, say), else the folder.
    """
    paths = []
    for file in files:
        path = _free(folder, safe_parts(file.name))
        file.seek(0)
        with open(path, "wb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
        paths.append(path)
    return paths[0] if len(paths) == 1 and paths[0].parent == folder else folder


def keep_uploads(files: Sequence[BinaryIO]) -> Path:
    """Writes uploaded files for a job, as `save_uploads` does; `forget_upload` deletes them."""
    folder = workspace.new_upload()
    try:
        return save_uploads(files, folder)
    except BaseException:  # a click elsewhere ends the page's script, too
        workspace.forget_upload(folder)
        raise


def forget_upload(path: str | Path) -> None:
    """Deletes what `keep_uploads` gave; any other path is left alone."""
    workspace.forget_upload(Path(path))


def safe_parts(name: str) -> tuple[str, ...]:
    """An untrusted path in parts that stay under the folder they are joined to; never empty."""
    name = name.encode("utf-8", "replace").decode()
    parts = [_UNFIT.sub("_", part) for part in name.replace("\\", "/").split("/")]
    return tuple(_fit(part) for part in parts if part.strip(" .")) or ("file",)


def upload_name(files: Sequence[BinaryIO]) -> str:
    """What the uploaded files may be called together: the name of their folder or only file, else nothing."""
    first = safe_parts(files[0].name)
    if len(first) > 1:
        return first[0]
    return PurePosixPath(first[0]).name.split(".")[0] if len(files) == 1 else ""


def _fit(part: str) -> str:
    if len(part.encode()) <= _LONGEST:
        return part
    suffix = PurePosixPath(part).suffix[:10]
    return part.encode()[: _LONGEST - len(suffix.encode())].decode(errors="ignore") + suffix


def _free(base: Path, parts: tuple[str, ...]) -> Path:
    """A path in a folder that is made for it; where two names became the same, one gets a number."""
    folder = base
    for part in parts[:-1]:
        folder /= part
        while folder.is_file():
            folder = folder.with_name(f"{folder.name}-2")
    folder.mkdir(parents=True, exist_ok=True)
    path = free = folder / parts[-1]
    number = 2
    while free.exists():
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free
