"""A path of this machine: a folder, or an archive of one, whoever reads what lies in it."""

import os
import re
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.modules.module import Module
from tlcore.modules.providers import Wanted, handle_examples, reader_of
from tlcore.modules.providers.hosts import shorten
from tlcore.modules.providers.saved_models import SavedModelProvider, copy_from_folder, name_of_path
from tlcore.modules.providers.unpack import unpack
from tlcore.modules.savedmodel.files import check_format, find_saved_model


class _File(SavedModelProvider):
    """All that nobody else claims is a path. By itself it reads SavedModels."""

    name = "file"
    title = "a file"
    again = "It can be opened again from its original files."

    def claims(self, ref: str) -> str | None:
        if scheme := re.match(r"([A-Za-z][A-Za-z0-9+.-]*):/", ref):
            raise UserError(
                f"Modules can't be downloaded by “{scheme[1]}:”",
                f"The handle is {shorten(ref)}",
                "Web addresses begin with https://; give a folder or an archive by its path alone",
            )
        return os.path.abspath(os.path.expanduser(ref))

    def name_of(self, handle: str) -> str:
        return name_of_path(handle)

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        path = Path(handle)
        if not allow_files and not workspace.is_upload(path):
            raise _not_allowed(path)
        if path.name == "saved_model.pb":
            path = path.parent
        try:
            if os.path.isdir(path):  # unlike Path's own, it is not disturbed by names that no disk can have
                self._take(_inner(path), into, str(path), allow_files, progress)
            elif os.path.isfile(path):
                check_format(path, str(path))
                with workspace.scratch() as scratch:
                    unpack(path, scratch, str(path), progress)
                    found = find_saved_model(scratch, str(path))
                    self._take(found if found != scratch else _inner(scratch), into, str(path), allow_files, progress)
            else:
                raise UserError(
                    "There is no such module",
                    f"“{path}” is not a file or folder, and “{path.name}” is not a known module",
                    f"Give a handle such as {handle_examples()[0]}, a name from the catalogue, a folder or an archive",
                )
        except PermissionError as error:
            raise UserError(
                "The module's files can't be read", str(error), "Check the permissions of the files"
            ) from error

    def _take(self, folder: Path, into: Path, name: str, allow_files: bool, progress: Progress) -> None:
        """Copies what makes a module of a folder, as its reader does."""
        reader = reader_of(folder)
        if not allow_files and (reader or self).is_program:
            raise _not_allowed(Path(name))
        if reader is None:
            copy_from_folder(folder, into, name, progress)
            return
        try:
            reader.fetch(str(folder), into, allow_files=True, progress=progress)
        except UserError as error:  # the folder may be a passing one
            raise UserError(error.title, error.detail.replace(str(folder), name), error.hint) from error

    def inspect(self, folder: Path, wanted: Wanted) -> Module:
        reader = reader_of(folder)
        return reader.inspect(folder, wanted) if reader else super().inspect(folder, wanted)


def _inner(folder: Path) -> Path:
    """The folder that a module lies in, where another is wrapped around it."""
    wrapped = [path.parent for path in folder.glob("*/saved_model.pb")]
    if len(wrapped) == 1 and not (folder / "saved_model.pb").exists():
        return wrapped[0]
    inside = [path for path in folder.iterdir() if path.name != "__MACOSX"]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _not_allowed(path: Path) -> UserError:
    return UserError(
        "Opening modules from files is not allowed here",
        f"“{path.name[:80]}” is not a handle or the name of a module on this machine",
        "A SavedModel is a program; whoever runs the server can allow them with TLCORE_ALLOW_MODULE_FILES=1. "
        f"A handle looks like {handle_examples()[0]}",
    )


ENTRY = _File()
