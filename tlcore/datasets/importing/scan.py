"""What a source holds, by name alone, and what its tables say."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import is_junk, is_table, suffix
from tlcore.datasets.importing.proposing.annotations import LISTS, has_coco_boxes, samples_of
from tlcore.datasets.importing.tables.beside import files_beside
from tlcore.datasets.importing.tables.formats import LARGEST
from tlcore.datasets.importing.tables.matching import FileNames
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile
from tlcore.datasets.sources.source import Listing, OpenSource, Source, source_name
from tlcore.modalities import Modality, modality_of, modality_of_file, usual_modality

MOST_TABLES = 50  # that are read, those nearest the top first
_CHUNK = 1 << 18  # bytes
_KNOWN_OTHERS = {
    ".txt", ".md", ".json", ".xml", ".yaml", ".yml", ".html", ".pdf", ".py", ".ipynb", ".mat", ".npy", ".npz", ".pkl",
    ".wav", ".mp3", ".flac", ".ogg", ".m4a", ".mp4", ".avi", ".mov", ".zip", ".gz", ".tar", ".7z", ".rar", ".h5",
}  # fmt: skip


@dataclass
class Scan:
    """What a source holds.

    Attributes:
        listing: its files.
        modality: of the files that are sought.
        items: names of its files, as far as their suffixes tell; where none does, of files without a known one.
        others: names of other files.
        tables: the bytes of each table, by name.
        annotations: the bytes of a few files that stand beside an item of their name each.
        problems: why tables are not used, by name.
        source: where it can be read.
    """

    listing: Listing
    modality: Modality
    items: list[str]
    others: list[str]
    tables: dict[str, bytes] = field(default_factory=dict)
    annotations: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    source: OpenSource | None = None
    files: FileNames = field(init=False)

    def __post_init__(self):
        self.files = FileNames(self.items)

    def read(self) -> Iterator[SourceFile]:
        """The files themselves; beside a table alone, those that it names."""
        named = {*self.items, *self.others}
        return self.source.read(named.__contains__ if self.source.is_table else None)


def scan_source(
    source: Source, modality: str, encoding: str | None, progress: Progress, tables: Iterable[str] = ()
) -> Scan:
    """Lists a source and reads its tables; nothing is decoded.

    Args:
        source: the path of an archive or folder, of a table beside its files, or a list of files.
        modality: whose files are sought; "": that of most files.
        encoding: of names in an archive that don't say it.
        progress: can stop it.
        tables: paths of tables to be read, however many there are.

    Raises:
        UserError: the source can't be read, holds nothing of the modality, or there is no such modality.
    """
    opened = OpenSource(source, encoding)
    listing = opened.list()
    names = [entry.name for entry in listing.entries if not is_junk(entry.name)]
    modality = modality_of(modality) if modality else _found(names)
    items = [name for name in names if modality_of_file(suffix(name)) is modality]
    if not items:
        items = [name for name in names if suffix(name) not in _KNOWN_OTHERS and not is_table(name)]
    progress.check()
    known = set(items)
    others = [name for name in names if name not in known]
    if not items and not opened.is_table:
        raise no_items(source_name(source), modality, others, listing.problems)
    scan = Scan(listing, modality, list(dict.fromkeys(items)), others, source=opened)
    _read_tables(scan, set(tables))
    if opened.is_table:
        path = listing.entries[0].name
        named = files_beside(path, scan.tables.get(path), scan.files)
        return replace(scan, items=named, others=[path])
    return scan


def _found(names: Iterable[str]) -> Modality:
    """The modality that most of the files are of, by their suffixes."""
    counts = Counter(each.name for each in map(modality_of_file, map(suffix, names)) if each)
    return modality_of(counts.most_common(1)[0][0]) if counts else usual_modality()


def no_items(source: str, modality: Modality, others: Iterable[str], problems: Iterable[Problem] = ()) -> UserError:
    """The error for a source that holds other files alone, and maybe some that can't be read at all."""
    title = f"No {modality.noun.many} were found"
    for each in problems:
        name, reason = each.files[0], each.action.removeprefix("Left out: ")
        return UserError(title, f"{source[:200]}: {name[:200]} is left out because {reason}")
    suffixes = Counter(suffix(name) or "no suffix" for name in others).most_common(3)
    what = ", ".join(f"{count:,} with {kind}" for kind, count in suffixes)
    return UserError(
        title,
        f"{source[:200]}: "
        + (f"it holds other files: {what}" if what else "it is empty, or holds nothing but a table"),
        f"Give {modality.formats} files, with a folder for each class",
    )


def _read_tables(scan: Scan, named: set[str]) -> None:
    tables, annotations = wanted_of(scan, named)
    wanted = tables | annotations
    if not wanted:
        return
    count = sum(entry.name in wanted for entry in scan.listing.entries)
    for found in islice(scan.source.read(wanted.__contains__), count):  # what comes after them need not be gone through
        try:
            content = _content(found)
        except UnreadableFile as error:
            if found.name in tables:
                scan.problems[found.name] = str(error)
            continue
        if len(content) > LARGEST:
            scan.problems[found.name] = f"it has more than {LARGEST:,} bytes, the most that a table may have"
            if has_coco_boxes(content):
                scan.problems[found.name] = "it gives boxes for each file, not one class"
                scan.annotations[found.name] = content
        else:
            (scan.tables if found.name in tables else scan.annotations)[found.name] = content


def wanted_of(scan: Scan, named: Container[str] = ()) -> tuple[set[str], set[str]]:
    """The files that are read for a proposal: tables by their names, and a few annotations of pictures.

    Texts that each stand beside a picture are annotations, not tables, unless a reading names them.
    """

    def is_wanted(name: str) -> bool:
        if LISTS in name.casefold().split("/"):
            return False
        return suffix(name) not in (".txt", ".json") or not scan.files.has_stem(name)

    tables = [name for name in scan.others if is_table(name) and (name in named or is_wanted(name))]
    tables.sort(key=lambda name: (name not in named, name.count("/"), suffix(name) == ".txt", name))
    for name in tables[MOST_TABLES:]:
        scan.problems[name] = f"there are more than {MOST_TABLES} tables; only those nearest the top folder are read"
    sizes = {entry.name: entry.size for entry in scan.listing.entries}
    return set(tables[:MOST_TABLES]), set(samples_of(sizes, scan.others, scan.files.has_stem))


def _content(found: SourceFile) -> bytes:
    """A file's bytes; of one that is too large, more than `LARGEST` of its first."""
    parts, size = [], 0
    while size <= LARGEST and (chunk := found.stream.read(_CHUNK)):
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)
