"""A run of this workbench: what it exported is the module of the next."""

import os
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.progress import Progress
from tlcore.modules.providers.saved_models import SavedModelProvider, copy_from_folder, name_of_path
from tlcore.modules.savedmodel.files import is_export


class _Run(SavedModelProvider):
    """Exports: where this workspace writes them they are trusted; those from elsewhere are files as others."""

    name = "run"
    title = "a run"
    again = "It can be exported again from its run."
    values_source = "export"

    def claims(self, ref: str) -> str | None:
        path = Path(os.path.abspath(os.path.expanduser(ref)))
        return str(path) if _is_own(path) else None

    def name_of(self, handle: str) -> str:
        return name_of_path(handle)

    def reads(self, folder: Path) -> bool:
        return is_export(folder)

    def fetch(self, handle: str, into: Path, *, allow_files: bool, progress: Progress) -> None:
        copy_from_folder(Path(handle), into, handle, progress)


def _is_own(path: Path) -> bool:
    """Whether a path lies where this workbench alone writes: in a run, or in what a job put out."""
    home = workspace.home().resolve()
    path = path.resolve()
    parts = path.relative_to(home).parts if path.is_relative_to(home) else ()
    return parts[:1] == ("runs",) or (parts[:1] == ("jobs",) and parts[2:3] == ("out",))


ENTRY = _Run()
