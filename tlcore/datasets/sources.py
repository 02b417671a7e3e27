"""What a person gives (an archive, a folder, files), as a stream of named files."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tlcore import settings, workspace
from tlcore.datasets.archives import Damaged, Found, check_limits, read_archive
from tlcore.datasets.dataset import Problem
from tlcore.datasets.names import PICTURES, archive_stem, clean_path, is_archive, suffix
from tlcore.errors import UserError

Source = str | Path | Sequence[str | Path]


class Entry(NamedTuple):
    """A file that a source lists: its path there, and the bytes that it unpacks to, where that is known (else 0)."""

    name: str
    size: int


@dataclass(frozen=True)
class Listing:
    """What a source holds, without any of it being read.

    Attributes:
        entries: the files, under the names and in the order that `read_source` gives them, junk included.
        encoding: what the archive's names were decoded as, such as "utf-8" or "gbk".
        encoding_reason: why, in a sentence.
        encodings: other encodings that fit, each with a name decoded so; empty where all names are ASCII.
        problems: what is known not to be readable before it is read, such as links. `read_source` yields these too, as
            files whose reading raises `Damaged`, so whoever reads everything hears of them there.
    """

    entries: list[Entry]
    encoding: str
    encoding_reason: str
    encodings: dict[str, str]
    problems: list[Problem]


def list_source(source: Source, encoding: str | None = None) -> Listing:
    """The files in a source, without reading any.

    Args:
        source: the path of an archive or folder, or a list of files.
        encoding: what names in archives are decoded as, where they don't say it; None finds out.

    Raises:
        UserError: there is nothing at a path, or an archive can't be read.
    """
    entries = [Entry(found.name, found.size) for found in read_source(source, encoding)]
    return Listing(entries, "utf-8", "All names are valid UTF-8.", {}, [])


def read_source(
    source: Source, encoding: str | None = None, only: Callable[[str], bool] | None = None
) -> Iterator[Found]:
    """Every file in a source, under the path that it has there.

    Archives among several files, or in a folder without pictures, are opened: one alone as if it were the source,
    several each as a folder of its own.

    Args:
        source: the path of an archive or folder, or a list of files.
        encoding: what names in archives are decoded as, where they don't say it; None finds out.
        only: says of a name whether its file is wanted; None wants all.

    Raises:
        UserError: there is nothing at a path, or an archive can't be read.
    """
    for found in _read(source):
        if only is None or only(found.name):
            yield found


def _read(source: Source) -> Iterator[Found]:
    paths = _paths(source)
    if len(paths) == 1 and paths[0].is_dir():
        folder = paths[0]
        files = list(_walk(folder))
        if any(suffix(file) in PICTURES for file in files):
            yield from _read_files(files, folder, inside=folder.resolve())
        else:
            yield from _read_mixed(files, folder, inside=folder.resolve())
    elif len(paths) == 1 and suffix(paths[0].name) not in PICTURES:
        yield from read_archive(paths[0])
    else:
        files = [file for path in paths for file in (_walk(path) if path.is_dir() else [str(path)])]
        yield from _read_mixed(files, Path(os.path.commonpath([path.parent for path in paths])))


def source_name(source: Source) -> str:
    """What a dataset from this source is called, if nobody says."""
    paths = _paths(source)
    path = paths[0] if len(paths) == 1 else paths[0].parent
    if path.parent == workspace.place("tmp"):  # an upload's folder, whose name nobody chose
        return "pictures"
    return clean_path(archive_stem(path.name)) or "pictures"


def _paths(source: Source) -> list[Path]:
    paths = [Path(path).absolute() for path in ([source] if isinstance(source, str | Path) else source)]
    if not paths:
        raise UserError("There are no files", "The list of files is empty", "Give an archive, a folder, or files")
    for path in paths:
        if not _exists(path):
            raise UserError("There is nothing at this path", str(path), "Give an archive, a folder, or files")
    return paths


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a zero
        return False


def _walk(folder: str | Path) -> Iterator[str]:
    """The paths of all files in a folder, and of links, in order."""
    waiting = [str(folder)]
    while waiting:
        folders = []
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:  # some may not be looked into
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                    yield entry.path
        waiting += reversed(folders)


def _read_mixed(files: list[str], base: Path, inside: Path | None = None) -> Iterator[Found]:
    archives, others = [], []
    for file in files:
        if is_archive(file) and _may_read(file, inside):
            archives.append(Path(file))
        else:
            others.append(file)
    if len(archives) == 1 and not any(suffix(file) in PICTURES for file in others):
        yield from read_archive(archives[0])
    else:
        count = size = 0
        for archive in archives:
            for found in read_archive(archive):
                count += 1
                size += found.size
                check_limits(archive, count, size)  # of all of them together
                yield found._replace(name=f"{clean_path(archive_stem(archive.name))}/{found.name}", total=None)
    yield from _read_files(others, base, inside)


def _read_files(files: list[str], base: Path, inside: Path | None) -> Iterator[Found]:
    if len(files) > settings.max_files():
        raise UserError(
            "There are too many files",
            f"{len(files):,} in {base}; at most {settings.max_files():,} are read",
            "Give fewer, or have TLCORE_MAX_FILES raised",
        )
    start = len(os.path.join(base, ""))
    for file in files:
        name = clean_path(file[start:].replace(os.sep, "/"))
        yield Found(name, _File(file, inside), len(files), lasting=True, portable=True)


def _may_read(file: str, inside: Path | None) -> bool:
    """Whether a path is no link, or one to a file that lies where it must."""
    if not os.path.islink(file):
        return True
    try:
        target = Path(file).resolve()
    except RuntimeError:  # links in a circle
        return False
    return target.is_file() and (inside is None or target.is_relative_to(inside))


class _File(io.RawIOBase):
    """A file that opens when it is first read, unless it is a link that leads out of the folder it must stay inside."""

    def __init__(self, path: str, inside: Path | None):
        self._path = path
        self._inside = inside
        self._file = None

    def __reduce__(self):
        return _File, (self._path, self._inside)

    def read(self, size: int = -1) -> bytes:
        try:
            if self._file is None:
                if not _may_read(self._path, self._inside):
                    raise Damaged("it is a link to a folder, to no file, or out of the folder that is read")
                self._file = open(self._path, "rb", buffering=0)  # noqa: SIM115
            return self._file.read(size)
        except OSError as error:
            raise Damaged(f"it may not be read ({error.strerror})") from None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
