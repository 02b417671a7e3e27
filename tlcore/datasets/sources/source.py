"""What a person gives (an archive, a folder, files), as a stream of named files."""

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tlcore.base import settings, workspace
from tlcore.base.errors import UserError
from tlcore.datasets import problems
from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import archive_stem, clean_path, is_archive, is_item, is_table, may_be_item, part_of
from tlcore.datasets.sources.archives import Archive
from tlcore.datasets.sources.encodings import Encoding, check_encoding, choose_encoding, decide_code_page
from tlcore.datasets.sources.members import Broken, SourceFile, Span, UnreadableFile
from tlcore.datasets.sources.zips import CutOff, TooLarge, too_large

Source = str | Path | Sequence[str | Path]

_CHUNK = 1 << 20
_LED_ASTRAY = "it is a link to a folder, to a missing file, or to a place outside the given folder"
_JOIN = "Give all parts together, or join them first"


class Entry(NamedTuple):
    """A file that a source lists: its path there, and the bytes that it unpacks to."""

    name: str
    size: int


@dataclass(frozen=True)
class Listing:
    """What a source holds, without any of it being read.

    Attributes:
        entries: the files, under the names and in the order that `read_source` gives them, junk included.
        encoding: what the archive's names were decoded as, such as "utf-8" or "gb18030".
        encoding_reason: why, in a sentence.
        encodings: this and other encodings that fit, the likeliest first, each with a few names decoded so; empty where
            no name leaves a choice.
        problems: what is known not to be readable before it is read, such as links. `read_source` yields these too, as
            files whose reading raises `UnreadableFile`, so whoever reads everything hears of them there.
    """

    entries: list[Entry]
    encoding: str
    encoding_reason: str
    encodings: dict[str, str]
    problems: list[Problem]


class OpenSource:
    """A source that may be gone through several times, whose archives are opened once.

    Archives among several files, or in a folder without pictures, are opened: one alone as if it were the source,
    several each as a folder of its own. So are archives in an archive, but none that lie in these. Files that an
    archive was cut into (`data.zip.001`, …) are one archive. A table stands for itself and the files in its folder that
    it may name.
    """

    def __init__(self, source: Source, encoding: str | None = None):
        """A source.

        Args:
            source: the path of an archive, folder or table, or a list of files.
            encoding: what names in archives are decoded as, where they don't say it; None finds out.
        """
        self._source = source
        self._encoding = encoding
        self._opened: dict[tuple[str, ...], Archive] = {}

    @property
    def is_table(self) -> bool:
        """Whether it is a table on the disk."""
        return isinstance(self._source, str | Path) and _is_table(Path(self._source))

    def list(self) -> Listing:
        """Its files, without any being read: in seconds, but for packed tars, which are unpacked once to see them.

        Raises:
            UserError: there is nothing at a path, or an archive can't be read.
        """
        reading = _Reading(self._encoding, self._opened, listed=True)
        entries, faults = [], {}
        for found in reading.read(self._source):
            if found.fault:
                faults[found.name] = found.fault
            else:
                entries.append(Entry(found.name, found.size))
        decided = reading.encoding
        return Listing(
            entries,
            decided.name,
            decided.reason,
            decided.alternatives,
            problems.by_reason("unreadable", faults, "Left out"),
        )

    def read(self, only: Callable[[str], bool] | None = None) -> Iterator[SourceFile]:
        """Every file in it, under the path that it has there.

        What can't be read comes with its `fault`, and reading it raises `UnreadableFile`: links that lead elsewhere,
        folders that may not be looked into, an archive among several that is damaged, and whatever `read_archive` tells
        of.

        Args:
            only: says of a name whether its file is wanted; None wants all.

        Raises:
            UserError: there is nothing at a path, or an archive can't be read.
        """
        for found in _Reading(self._encoding, self._opened).read(self._source):
            if only is None or only(found.name):
                yield found


def list_source(source: Source, encoding: str | None = None) -> Listing:
    """The files in a source, as `OpenSource` lists them."""
    return OpenSource(source, encoding).list()


def read_source(
    source: Source, encoding: str | None = None, only: Callable[[str], bool] | None = None
) -> Iterator[SourceFile]:
    """Every file in a source, or those whose names are wanted, as `OpenSource` reads them."""
    return OpenSource(source, encoding).read(only)


def source_name(source: Source) -> str:
    """What a dataset from this source is called, if nobody says."""
    paths = _paths(source)
    path = paths[0] if len(paths) == 1 and not _is_table(paths[0]) else paths[0].parent
    if path.parent == workspace.place("tmp"):  # an upload's folder, whose name nobody chose
        return "pictures"
    return clean_path(archive_stem(path.name)) or "pictures"


class _Reading:
    """A source as it is gone through: what of it was opened, and how much has come so far."""

    def __init__(self, encoding: str | None, opened: dict[tuple[str, ...], Archive], listed: bool = False):
        self._chosen = encoding
        self._listed = listed
        self._opened = opened
        self._archives: list[Archive] = []
        self._folders: list[Encoding] = []
        self._files = self._bytes = self._nested = 0
        self._most_files, self._most_bytes = settings.max_files(), settings.max_bytes()

    @property
    def encoding(self) -> Encoding:
        """That of the first archive, or folder, which left a choice."""
        decided = [*(archive.encoding for archive in self._archives), *self._folders]
        with_choice = [each for each in decided if each.alternatives]
        open_ones = [each for each in with_choice if each.name != "utf-8"]
        return next(iter([*open_ones, *with_choice, *decided]), Encoding("utf-8", "There is no archive.", {}))

    def read(self, source: Source) -> Iterator[SourceFile]:
        paths = _paths(source)
        if len(paths) == 1 and paths[0].is_dir():
            folder = paths[0]
            inside = allowed_around(folder)
            found = list(_walk(folder, inside))
            if any(is_item(file) for file, fault in found if not fault):
                yield from self._read_files(found, folder, inside)
            else:
                yield from self._read_mixed(found, folder, inside)
        elif len(paths) == 1 and not is_item(paths[0].name):
            yield from self._read_single(paths[0])
        else:
            found = [each for path in paths for each in (_walk(path, None) if path.is_dir() else [(str(path), "")])]
            yield from self._read_mixed(found, Path(os.path.commonpath([path.parent for path in paths])), None)

    def _read_single(self, path: Path) -> Iterator[SourceFile]:
        """A file that is not told to be a picture by its name: an archive, or a table without any files."""
        if _is_table(path):
            inside = allowed_around(path)
            beside = [(file, fault) for file, fault in _walk(path.parent, inside) if may_be_item(file)]
            yield from self._read_files([(str(path), "")], path.parent, None)
            yield from self._read_files(beside, path.parent, inside)
        elif part_of(path.name):
            parts = [str(each) for each in path.parent.iterdir() if _same_whole(each.name, path.name)]
            ((name, paths),) = _wholes(parts)
            yield from self._read_archive(name, paths)
        else:
            yield from self._read_archive(path.name, [str(path)])

    def _read_mixed(
        self, found: list[tuple[str, str]], base: Path, inside: Sequence[Path] | None
    ) -> Iterator[SourceFile]:
        archives, others = [], []
        for file, fault in found:
            if not fault and is_archive(file) and _may_read(file, inside):
                archives.append(file)
            else:
                others.append((file, fault))
        wholes = _wholes(archives)
        alone = len(wholes) == 1 and not any(is_item(file) for file, _ in others)
        for name, paths in wholes:
            if alone:
                yield from self._read_archive(name, paths)
            else:
                yield from self._inside(name, lambda name=name, paths=paths: self._read_archive(name, paths))
        yield from self._read_files(others, base, inside)

    def _inside(self, name: str, read: Callable[[], Iterator[SourceFile]]) -> Iterator[SourceFile]:
        """An archive among others, as a folder of its own; where it can't be read, it alone is left out."""
        folder = clean_path(archive_stem(name))
        try:
            for found in read():
                yield found._replace(name=f"{folder}/{found.name}" if folder else found.name, total=None)
        except TooLarge:
            raise
        except UserError as error:
            yield _faulty(clean_path(name), f"{error.title}: {error.detail}. {error.hint}")

    def _read_archive(self, name: str, paths: Sequence[str]) -> Iterator[SourceFile]:
        _check_parts(name, paths)
        try:
            archive = self._open(tuple(paths), name, lambda: _span_of(paths))
        except CutOff as error:
            if part_of(paths[0]) is None:
                raise
            which = f"{os.path.basename(paths[-1])} is part {len(paths)} of a multi-part archive"
            raise UserError("Parts of the archive are missing", f"{which}; {error.detail}", _JOIN) from None
        for found in self._files_of(archive, name):
            if found.fault or not is_archive(found.name):
                yield found
            else:
                self._bytes -= found.size  # what is in it counts instead
                yield from self._inside(found.name, lambda found=found: self._read_nested(found, paths))

    def _open(self, key: tuple[str, ...], name: str, span: Callable[[], Span]) -> Archive:
        if key not in self._opened:
            self._opened[key] = Archive(span(), name, self._chosen)
        return self._opened[key]

    def _read_nested(self, found: SourceFile, outer: Sequence[str]) -> Iterator[SourceFile]:
        """An archive in an archive."""
        if part_of(found.name):
            raise UserError(
                "This is one part of a multi-part archive", found.name, "Join its parts before packing them"
            )
        name = found.name.rpartition("/")[2]
        with found.stream:
            self._nested += 1  # names may come twice
            key = (*outer, found.name, str(self._nested))
            archive = self._open(key, name, lambda: span_of(found.stream) or self._spooled(found))
        for inner in self._files_of(archive, name):
            if is_archive(inner.name) and not inner.fault:
                yield _faulty(inner.name, "it is an archive inside an archive inside the archive; unpack it first")
            else:
                yield inner

    def _files_of(self, archive: Archive, name: str) -> Iterator[SourceFile]:
        for found in archive.list() if self._listed else archive:
            self._files += 1
            self._bytes += found.size
            if self._files > self._most_files:
                raise too_large(name, f"more than {self._most_files:,} files")
            if self._bytes > self._most_bytes:
                raise too_large(name, f"more than {self._most_bytes:,} bytes")
            yield found
        self._archives.append(archive)

    def _spooled(self, found: SourceFile) -> Span:
        """The bytes of a packed archive, in a file that goes when nobody reads it any more."""
        file = tempfile.NamedTemporaryFile(prefix="nested-", dir=workspace.place("tmp"))  # noqa: SIM115
        try:
            while chunk := found.stream.read(_CHUNK):
                file.write(chunk)
        except UnreadableFile as error:
            raise UserError("The inner archive can't be unpacked", f"{found.name}: {error}", "Pack it again") from None
        file.flush()
        return Span([file.name], file)

    def _read_files(
        self, found: list[tuple[str, str]], base: Path, inside: Sequence[Path] | None
    ) -> Iterator[SourceFile]:
        if len(found) > self._most_files:
            raise UserError(
                "There are too many files",
                f"{len(found):,} in {base}; at most {self._most_files:,} are read",
                "Give fewer files, or have TLCORE_MAX_FILES raised",
            )
        start = len(os.path.join(base, ""))
        names = self._decoded([file[start:].replace(os.sep, "/") for file, _ in found])
        for (file, fault), name in zip(found, names, strict=True):
            name = clean_path(name) or clean_path(base.name)
            if fault:
                yield _faulty(name, fault)._replace(total=len(found))
            else:
                size = _size(file) if self._listed else 0
                yield SourceFile(name, _File(file, inside), len(found), size, lasting=True, portable=True)

    def _decoded(self, names: list[str]) -> list[str]:
        """Names of files on the disk; where some are not UTF-8, as old archives leave them, all in one encoding."""
        odd = [name for name in names if not name.isascii()]
        if not any("\udc80" <= letter <= "\udcff" for name in odd for letter in name):
            return names
        decided = decide_code_page(b"\n".join(os.fsencode(name) for name in odd))
        if self._chosen:
            decided = choose_encoding(decided, check_encoding(self._chosen))
        self._folders.append(decided)
        return [name if name.isascii() else os.fsencode(name).decode(decided.name, "replace") for name in names]


def allowed_around(path: Path) -> list[Path]:
    """Where links in a folder, or in that of a table, may lead to.

    That is into the folder, or into the cache of Hugging Face that it is a snapshot of.
    """
    folder = (path.parent if _is_table(path) else path).resolve()
    for parent in folder.parents:
        if parent.name == "snapshots" and (parent.parent / "blobs").is_dir():
            return [folder, parent.parent / "blobs"]
    return [folder]


def _is_table(path: Path) -> bool:
    return is_table(path.name) and not is_archive(path.name) and not path.is_dir()


def span_of(stream: io.RawIOBase) -> Span | None:
    """Where the content of a file of an archive lies as it is; None where it is packed."""
    return stream.span() if hasattr(stream, "span") else None


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


def _size(file: str) -> int:
    try:
        return os.path.getsize(file)
    except OSError:
        return 0


def _walk(folder: str | Path, inside: Sequence[Path] | None) -> Iterator[tuple[str, str]]:
    """The paths of all files in a folder, in order; of links and folders that can't be read too, and why not."""
    waiting = [str(folder)]
    while waiting:
        place = waiting.pop()
        folders = []
        try:
            with os.scandir(place) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            yield place, f"this folder can't be read ({error.strerror})"
            continue
        names = {entry.name for entry in entries}
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not (entry.name in ("blobs", "refs") and {"blobs", "snapshots"} <= names):  # what snapshots link to
                    folders.append(entry.path)
            elif entry.is_symlink():
                yield entry.path, "" if _may_read(entry.path, inside) else _LED_ASTRAY
            elif entry.is_file(follow_symlinks=False):
                yield entry.path, ""
        waiting += reversed(folders)


def _span_of(paths: Sequence[str]) -> Span:
    try:
        return Span(paths)
    except OSError as error:
        raise UserError(
            "The archive can't be read", f"{paths[0]}: {error.strerror}", "Check the file's permissions"
        ) from None


def _wholes(files: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Archives by name, each with the files that it was cut into, in order."""
    found: dict[str, list[tuple[int, str]]] = {}
    for file in files:
        part = part_of(file)
        found.setdefault(part.whole if part else file, []).append((part.number if part else 0, file))
    return [(os.path.basename(whole), [file for _, file in sorted(parts)]) for whole, parts in found.items()]


def _same_whole(name: str, other: str) -> bool:
    part, whole = part_of(name), part_of(other)
    return part is not None and part.whole == whole.whole


def _check_parts(name: str, paths: Sequence[str]) -> None:
    """Raises a `UserError` where these are not all parts that an archive was cut into."""
    parts = [part_of(path) for path in paths]
    if parts == [None]:
        return
    which = ", ".join(os.path.basename(path) for path in paths[:4])
    if any(part is None or not part.plain for part in parts):
        raise UserError(
            "These are parts of a multi-part archive",
            f"{which}: only the program that made the parts can join them",
            "Unpack them with the program that made them, such as WinRAR or 7-Zip, and give the folder",
        )
    numbers = [part.number for part in parts]
    first = min(1, numbers[0])
    missing = sorted(set(range(first, numbers[-1] + 1)) - set(numbers))
    if missing:
        given = f"{which} is part {numbers[0]} of a multi-part archive" if len(numbers) == 1 else f"There are {which}"
        raise UserError("Parts of the archive are missing", f"{given}; part {missing[0]} is missing", _JOIN)


def _faulty(name: str, fault: str) -> SourceFile:
    return SourceFile(name, Broken(fault), None, lasting=True, portable=True, fault=fault)


def _may_read(file: str, inside: Sequence[Path] | None) -> bool:
    """Whether a path is no link, or one to a file that lies where it must."""
    if not os.path.islink(file):
        return True
    try:
        target = Path(file).resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False
    return target.is_file() and (inside is None or any(target.is_relative_to(place) for place in inside))


class _File(io.RawIOBase):
    """A file that opens when it is first read, unless it is a link that leads out of where it must stay."""

    def __init__(self, path: str, inside: Sequence[Path] | None):
        self.path = path
        self._inside = inside
        self._file = None

    def __reduce__(self):
        return _File, (self.path, self._inside)

    def read(self, size: int = -1) -> bytes:
        try:
            if self._file is None:
                if not _may_read(self.path, self._inside):
                    raise UnreadableFile(_LED_ASTRAY)
                self._file = open(self.path, "rb", buffering=0)  # noqa: SIM115
            return self._file.read(size)
        except OSError as error:
            raise UnreadableFile(f"it can't be read ({error.strerror})") from None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
