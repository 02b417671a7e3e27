"""A handle in, a SavedModel's files out: from the web, a cache, Kaggle, a folder or an archive."""

import os
import shutil
import threading
from pathlib import Path

from tlcore.base import settings, workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.backbones.savedmodel_files import (
    check_form,
    check_saved_model,
    copy_saved_model,
    find_saved_model,
    total_bytes,
)
from tlcore.modules.providers.download import fetch, refused, unreachable
from tlcore.modules.providers.handles import Handle, cache_name, check_allowed
from tlcore.modules.providers.unpack import unpack


def resolve(handle: Handle, into: Path, *, allow_files: bool, progress: Progress) -> None:
    """Puts a module's files into an empty folder, checked to be all there.

    `TFHUB_CACHE_DIR` is looked in first, for what other programs fetched into it or people put there by hand. Without
    it no cache is: tensorflow_hub's own default lies in the temporary folder, where anyone could have put a program.

    Args:
        handle: what `parse_handle` made of what was asked for.
        into: where to.
        allow_files: whether any path may be opened; a SavedModel is a program. What runs and jobs of this workspace
            exported always may.
        progress: hears of bytes.

    Raises:
        UserError: there is nothing there, it is no SavedModel, or it may not or can't be had now.
    """
    if handle.kind != "path":
        progress.stage("fetch")
    cached = _cached(handle)
    if handle.kind == "path":
        _from_path(Path(handle.text), into, allow_files, progress)
    elif cached:
        _from_folder(cached, into, f"{cached}, kept for {handle.text},", progress)
    elif handle.kind == "kaggle":
        _from_kaggle(handle.text, into, progress)
    else:
        with workspace.scratch() as scratch:
            fetch(handle.text, scratch / "module.tar.gz", progress)
            _from_archive(scratch / "module.tar.gz", into, handle.text, progress)


def is_own_export(path: Path) -> bool:
    """Whether a path lies where this workbench alone writes: in a run, or in what a job put out."""
    home = workspace.home().resolve()
    path = path.resolve()
    parts = path.relative_to(home).parts if path.is_relative_to(home) else ()
    return parts[:1] == ("runs",) or (parts[:1] == ("jobs",) and parts[2:3] == ("out",))


def _cached(handle: Handle) -> Path | None:
    cache = settings.get("TFHUB_CACHE_DIR")
    if not cache or handle.kind == "path":
        return None
    folder = Path(cache).expanduser() / cache_name(handle.text)
    return folder if folder.is_dir() and any(folder.iterdir()) else None


def _from_path(path: Path, into: Path, allow_files: bool, progress: Progress) -> None:
    if not allow_files and not is_own_export(path):
        raise UserError(
            "Modules may not be opened from files here",
            f"“{path.name[:80]}” is no handle, and names no module on this machine",
            "A SavedModel is a program; whoever runs the server allows them with TLCORE_ALLOW_MODULE_FILES=1. "
            "A handle looks like https://tfhub.dev/google/…",
        )
    if path.name == "saved_model.pb":
        path = path.parent
    try:
        if os.path.isdir(path):  # unlike Path's own, it is not disturbed by names that no disk can have
            wrapped = [folder.parent for folder in path.glob("*/saved_model.pb")]
            is_wrapped = len(wrapped) == 1 and not (path / "saved_model.pb").exists()
            _from_folder(wrapped[0] if is_wrapped else path, into, str(path), progress)
        elif os.path.isfile(path):
            check_form(path, str(path))
            _from_archive(path, into, str(path), progress)
        else:
            raise UserError(
                "There is no such module",
                f"“{path}” is no file or folder, and “{path.name}” no module that is known",
                "Give a handle such as https://tfhub.dev/google/…, a name from the catalogue, a folder or an archive",
            )
    except PermissionError as error:
        raise UserError("The module's files can't be read", str(error), "Check who may read them") from error


def _from_folder(folder: Path, into: Path, name: str, progress: Progress) -> None:
    check_saved_model(folder, name)
    copy_saved_model(folder, into, progress)


def _from_archive(archive: Path, into: Path, name: str, progress: Progress) -> None:
    with workspace.scratch() as scratch:
        unpack(archive, scratch, name, progress)
        found = find_saved_model(scratch, name)
        check_saved_model(found, name)
        for path in found.iterdir():
            shutil.move(path, into / path.name)


def _from_kaggle(handle: str, into: Path, progress: Progress) -> None:
    """From Kaggle by its own client, which keeps a cache of its own."""
    page = f"https://www.kaggle.com/models/{handle}"
    check_allowed(page)
    import kagglehub
    import requests
    from kagglehub.cache import get_cached_path
    from kagglehub.handle import parse_model_handle

    answer = []

    def download() -> None:
        try:
            answer.append(kagglehub.model_download(handle))
        except Exception as error:
            answer.append(error)

    worker = threading.Thread(target=download, daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.2)
        progress.step(total_bytes(Path(get_cached_path(parse_model_handle(handle)))), None, "bytes", handle)
    match answer[0]:
        case str(path):
            _from_folder(Path(path), into, handle, progress)
        case requests.HTTPError(response=response) if response is not None:
            raise refused(handle, page, response.status_code) from answer[0]
        case OSError() as error:
            raise unreachable(handle, f"{page} can't be reached: {type(error).__name__}") from error
        case error:
            raise UserError(
                "Kaggle does not give this module", f"{page}: {error}", "Look the handle up on Kaggle"
            ) from error
