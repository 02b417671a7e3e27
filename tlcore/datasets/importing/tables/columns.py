"""What the columns of a table are, by name and by content: the file, the class, the split."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tlcore.datasets.filenames import may_be_item
from tlcore.datasets.importing.assign import is_one
from tlcore.datasets.importing.proposing.split_names import split_inside, split_word, split_words
from tlcore.datasets.importing.reading import Column, OneHot, TableReading, Where
from tlcore.datasets.importing.tables.matching import FileNames
from tlcore.datasets.importing.tables.table import Table

# names in order: what comes first is meant before what comes later
_FILES = (
    "file_name", "filename", "file", "image_path", "filepath", "file_path", "path", "image_name", "image", "image_id",
    "imageid", "img", "picture", "photo", "id", "name",
)  # fmt: skip
_LABELS = (
    "label", "labels", "label_name", "class_name", "classname", "class", "classes", "category_name", "category",
    "label_label", "class_label", "target", "diagnosis", "dx", "species", "breed", "label_id", "class_id",
    "category_id", "ground_truth", "disease", "emotion", "y", "tag", "kind", "type", "grade", "finding_labels", "name",
)  # fmt: skip
_SPLITS = ("split", "set", "subset", "partition", "usage", "phase", "fold", "data_set", "dataset", "category")
_BOXES = ("xmin", "xmax", "ymin", "ymax", "bbox", "x_min", "x_max", "box", "boxes", "encodedpixels", "regions")
_CERTAIN = _LABELS.index("y") + 1  # labels by these names are meant to be
_LEAST_SHARE = 0.5  # of rows that must name a file, for a column whose name doesn't say that it does
_MOST_CLASSES = 2000


@dataclass
class Columns:
    """What the columns of a table are.

    Attributes:
        table: the table, with its header found or done without.
        file: the column that names files; "" where none does.
        share: of the rows that name a file.
        label: where the class comes from; None for nowhere.
        is_named: whether the label's column is called as one, or can be no other.
        named: the columns that are called as labels.
        split: the column of splits; None for none.
        splits: what is written in each column that could give the split.
        others: the remaining columns.
        candidates: columns that could be the label instead.
        boxes: the columns that hold boxes.
        is_file_column: whether the file's column is called as one, or holds names of pictures.
        is_repeated: whether files are named in several rows.
        is_multiple: whether it gives files several labels, a column each.
    """

    table: Table
    file: str = ""
    share: float = 0.0
    label: Where | None = None
    is_named: bool = False
    named: list[str] = field(default_factory=list)
    split: Column | None = None
    splits: dict[Column, tuple[str, ...]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    is_file_column: bool = False
    is_repeated: bool = False
    is_multiple: bool = False


def read_columns(table: Table, files: FileNames, header: bool | None = None) -> Columns:
    """Finds out what the columns of a table are.

    Args:
        table: as its file was read.
        files: the files that it may name.
        header: whether its first row names the columns; None finds out.
    """
    if header is None:
        names = table.columns
        is_row = not table.is_certain and files.share(names) > 0 and not any(_plain(name) in _FILES for name in names)
        header = table.header and not is_row
    table = table.with_header() if header else table.without_header()
    found = Columns(table)
    found.file, found.share = _file_column(table, files)
    if found.file:
        written = [value for value in table.column(found.file) if value]
        found.is_file_column = found.share > 0 or _names_files(found.file, written)
        found.is_repeated = len(written) > 1.05 * len(set(written))
    rest = [name for name in table.columns if name != found.file]
    found.boxes = [name for name in rest if _plain(name) in _BOXES or _plain(name).startswith("bbox")]
    found.splits = _split_columns(table, rest)
    found.split = next(iter(found.splits), None)
    if found.split:
        rest.remove(found.split.column)
    _find_label(found, rest, files)
    used = found.label.columns if isinstance(found.label, OneHot) else (getattr(found.label, "column", None),)
    found.others = [name for name in rest if name not in used]
    return found


def reading_of(columns: Columns) -> TableReading:
    """How a table is read with these columns."""
    table = columns.table
    rest = tuple(name for name in table.columns if name != columns.file)
    return TableReading(table.path, table.folder, table.encoding, table.delimiter, table.header, columns.file, rest)


def _file_column(table: Table, files: FileNames) -> tuple[str, float]:
    """The column whose texts name the most files, each another; by name where none names any."""
    best, score = "", (0.0, 0.0)
    for name, values in zip(table.columns, table.values, strict=True):
        unlike = dict.fromkeys(value for value in values if value)
        if not unlike or len(unlike) * 4 < table.rows:
            continue
        share = files.share(list(unlike)) * len(unlike) / table.rows
        rank = _rank(name, _FILES)
        needed = 0.0 if rank else _LEAST_SHARE
        if share > needed and (round(share, 2), rank) > score:
            best, score = name, (round(share, 2), rank)
    if best:
        return best, max(score[0], 0.01)
    for name, values in zip(table.columns, table.values, strict=True):
        if _hold_names(values):
            return name, 0.0
    named = [name for name in table.columns if _rank(name, _FILES[:13])]
    return (max(named, key=lambda name: _rank(name, _FILES)), 0.0) if named else ("", 0.0)


def _names_files(name: str, written: Sequence[str]) -> bool:
    return bool(_rank(name, _FILES[:14])) or _hold_names(written)


def _hold_names(values: Sequence[str]) -> bool:
    """Whether most texts end as names of pictures do."""
    some = [value for value in values[:100] if value]
    return sum(map(may_be_item, some)) * 2 > len(some)


def _split_columns(table: Table, names: Sequence[str]) -> dict[Column, tuple[str, ...]]:
    """The columns whose texts are all names of splits, the best first, and these texts."""
    found = {}
    for name in sorted(names, key=lambda name: -_rank(name, _SPLITS)):
        written = {value for value in table.column(name) if value}
        if not written or len(written) > 12:
            continue
        meant = {value for value in written if split_word(value)} | set(split_words(written))
        if _rank(name, _SPLITS[:6]):
            meant |= {value for value in written if split_inside(value)}
        if meant == written and (len(written) > 1 or _rank(name, _SPLITS[:6])):
            found[Column(name)] = tuple(sorted(written))
    return found


def _find_label(found: Columns, rest: Sequence[str], files: FileNames) -> None:
    table = found.table
    able = {name: len(set(table.column(name)) - {""}) for name in rest if name not in found.boxes}
    most = min(_MOST_CLASSES, table.rows / 2 if table.rows > 3 else 2)
    able = {name: count for name, count in able.items() if 1 <= count <= most}
    named = sorted((name for name in able if _rank(name, _LABELS)), key=lambda name: -_rank(name, _LABELS))
    found.named = [name for name in named if _rank(name, _LABELS[:_CERTAIN])]
    hot, found.is_multiple = one_hot(table, rest)
    by_content = [
        name
        for name, count in able.items()
        if count > 1
        and not (table.rows > 20 and _is_measure(table.column(name), count))
        and not (found.is_multiple and _is_binary(table.column(name)))
    ]
    if named:
        words = [name for name in named if not _are_numbers(table.column(name))]
        best = (words or named)[0]
        found.label, found.is_named = Column(best), bool(_rank(best, _LABELS[:_CERTAIN]))
        found.candidates = [name for name in named if name != best]
    elif hot:
        found.label, found.is_named = OneHot(hot), True
    elif by_content:
        by_content.sort(key=lambda name: (_are_numbers(table.column(name)), table.columns.index(name)))
        found.label, found.candidates = Column(by_content[0]), by_content[1:]
        found.is_named = len(rest) == 1


def one_hot(table: Table, names: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The columns that hold 0 and 1, one of them 1 in nearly each row; and whether there are some, though often
    several are 1: then a file has several labels.
    """
    binary = [name for name in names if _is_binary(table.column(name))]
    if len(binary) < 2 or not table.rows:
        return (), False
    sums = [sum(map(is_one, row)) for row in zip(*(table.column(name) for name in binary), strict=True)]
    if sum(each == 1 for each in sums) >= 0.9 * len(sums):
        return tuple(binary), False
    return (), len(binary) > 2 and sum(each > 1 for each in sums) > 0.1 * len(sums)


def _is_binary(values: Sequence[str]) -> bool:
    written = {value.casefold() for value in set(values)} - {""}
    return bool(written) and all(is_one(value) or value in ("0", "0.0", "false") for value in written)


def _is_measure(values: Sequence[str], count: int) -> bool:
    """Whether numbers measure something, rather than name classes: many of them, or with a fraction."""
    has_fraction = any("." in value and not value.endswith(".0") for value in set(values))
    return _are_numbers(values) and (count > 20 or has_fraction)


def _are_numbers(values: Sequence[str]) -> bool:
    return all(re.fullmatch("[+-]?[0-9]*[.]?[0-9]+(e[+-]?[0-9]+)?", value, re.I) for value in set(values) if value)


def _plain(name: str) -> str:
    """A column's name in small letters, its words joined by underscores."""
    name = re.sub("(?<=[a-z])(?=[A-Z])", "_", name)
    return re.sub("[\\W_]+", "_", name).strip("_").casefold()


def _rank(name: str, names: Sequence[str]) -> float:
    """How early a name stands among some, from 1 down to above 0; 0 where it is none of them."""
    plain = _plain(name)
    return 1 - names.index(plain) / len(names) if plain in names else 0.0
