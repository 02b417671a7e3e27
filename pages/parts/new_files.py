"""New files to predict on, kept in a folder of the workspace: pictures, and what archives hold."""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import tlcore.workspace as workspace
from tlcore.datasets.archives import Damaged, read_archive
from tlcore.datasets.names import clean, is_archive, is_junk
from tlcore.errors import UserError
from tlcore.progress import Progress

_PREFIX = "predict-"
_LIST = "new_files.json"


@dataclass(frozen=True)
class NewFiles:
    """Files to predict on, under the names that people know.

    Attributes:
        folder: where they lie.
        names: what people call each file in the folder.
        problems: what can't be read at all, by name, and why: a damaged archive, or a file in one.
    """

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [str(self.folder / file) for file in self.names]


def keep_new_files(files: Iterable[tuple[str, BinaryIO]], progress: Progress) -> NewFiles:
    """Writes files to a new folder, those of archives one by one.

    The folder is cleared away after a day, as the jobs that read it are.

    Args:
        files: names and contents, as they were uploaded.
        progress: hears a step a file.
    """
    kept = NewFiles(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=workspace.place("tmp"))))
    for name, content in files:
        if is_archive(name):
            _keep_archive(kept, clean(name), content, progress)
        else:
            _keep(kept, clean(name), lambda file, content=content: shutil.copyfileobj(content, file))
            progress.step(len(kept.names), None, "pictures", name)
    workspace.write_json(kept.folder / _LIST, {"names": kept.names, "problems": kept.problems})
    return kept


def open_new_files(paths: list[str]) -> NewFiles | None:
    """The files that a job's paths are of; None where they are of something else, or were cleared away."""
    folder = Path(paths[0]).parent
    if folder.parent != workspace.place("tmp") or not (folder / _LIST).exists():
        return None
    document = workspace.read_json(folder / _LIST)
    return NewFiles(folder, document["names"], [tuple(problem) for problem in document["problems"]])


def _keep_archive(kept: NewFiles, name: str, content: BinaryIO, progress: Progress) -> None:
    path = kept.folder / f"archive{Path(name).suffix}"
    with open(path, "wb") as file:
        shutil.copyfileobj(content, file)
    try:
        for found in (found for found in read_archive(path) if not is_junk(found.name)):
            _keep(kept, found.name, lambda file, stream=found.stream: shutil.copyfileobj(stream, file))
            progress.step(len(kept.names) + len(kept.problems), found.total, "files", found.name)
    except UserError as error:
        kept.problems.append((name, str(error).replace(path.name, name)))
    finally:
        path.unlink()


def _keep(kept: NewFiles, name: str, write: Callable[[BinaryIO], None]) -> None:
    path = kept.folder / f"{len(kept.names):06}"
    try:
        with open(path, "wb") as file:
            write(file)
    except Damaged as error:
        path.unlink()
        kept.problems.append((name, str(error)))
    else:
        kept.names[path.name] = name
