"""What a source holds, by name alone, and what its tables say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Problem
from tlcore.datasets.filenames import is_junk, is_table, suffix
from tlcore.datasets.importing.proposing.annotations import samples_of
from tlcore.datasets.importing.tables.formats import LARGEST
from tlcore.datasets.importing.tables.matching import FileNames
from tlcore.datasets.sources.archives import SourceFile, UnreadableFile
from tlcore.datasets.sources.source import Listing, Source, list_source, read_source, source_name
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
    """

    listing: Listing
    modality: Modality
    items: list[str]
    others: list[str]
    tables: dict[str, bytes] = field(default_factory=dict)
    annotations: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    files: FileNames = field(init=False)

    def __post_init__(self):
        self.files = FileNames(self.items)


def scan_source(source: Source, modality: str, encoding: str | None, progress: Progress) -> Scan:
    """Lists a source and reads its tables; nothing is decoded.

    Args:
        source: the path of an archive or folder, or a list of files.
        modality: whose files are sought; "": that of most files.
        encoding: of names in an archive that don't say it.
        progress: can stop it.

    Raises:
        UserError: the source can't be read, holds nothing of the modality, or there is no such modality.
    """
    listing = list_source(source, encoding)
    names = [entry.name for entry in listing.entries if not is_junk(entry.name)]
    modality = modality_of(modality) if modality else _found(names)
    items = [name for name in names if modality_of_file(suffix(name)) is modality]
    if not items:
        items = [name for name in names if suffix(name) not in _KNOWN_OTHERS and not is_table(name)]
    progress.check()
    known = set(items)
    others = [name for name in names if name not in known]
    if not items:
        raise no_items(source_name(source), modality, others, listing.problems)
    scan = Scan(listing, modality, list(dict.fromkeys(items)), others)
    _read_tables(source, encoding, scan)
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


def _read_tables(source: Source, encoding: str | None, scan: Scan) -> None:
    tables, annotations = _wanted_tables(scan), set(samples_of(scan.others, scan.files.has_stem))
    wanted = tables | annotations
    if not wanted:
        return
    for found in read_source(source, encoding, only=wanted.__contains__):
        try:
            content = _content(found)
        except UnreadableFile as error:
            content, why = None, str(error)
        else:
            why = f"it has more than {LARGEST:,} bytes"
        if content is None and found.name in tables:
            scan.problems[found.name] = why
        elif content is not None:
            (scan.tables if found.name in tables else scan.annotations)[found.name] = content


def _wanted_tables(scan: Scan) -> set[str]:
    """Tables by their names; of texts, those that don't stand beside one picture each, as annotations do."""
    tables = [name for name in scan.others if is_table(name)]
    tables = [name for name in tables if suffix(name) not in (".txt", ".json") or not scan.files.has_stem(name)]
    tables.sort(key=lambda name: (name.count("/"), suffix(name) == ".txt", name))
    for name in tables[MOST_TABLES:]:
        scan.problems[name] = f"there are more than {MOST_TABLES} tables; only those nearest the top folder are read"
    return set(tables[:MOST_TABLES])


def _content(found: SourceFile) -> bytes | None:
    chunks: Iterable[bytes] = iter(lambda: found.stream.read(_CHUNK), b"")
    parts, size = [], 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            return None
    return b"".join(parts)
