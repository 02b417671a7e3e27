"""A reading proposed for a source, with reasons, doubts, and what would come of it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from tlcore.datasets.importing.assign import assign
from tlcore.datasets.importing.columns import Columns, read_columns
from tlcore.datasets.importing.folders import read_folders
from tlcore.datasets.importing.outline import options_of, outline_of
from tlcore.datasets.importing.proposal import Proposal
from tlcore.datasets.importing.reading import Column, OneHot, Pattern, Reading, TableReading, Where, open_reading
from tlcore.datasets.importing.scan import Scan, scan_source
from tlcore.datasets.importing.split_names import settle_eval, split_word, split_words
from tlcore.datasets.importing.tables import NoTable, read_table
from tlcore.datasets.names import suffix
from tlcore.datasets.sources import Source
from tlcore.progress import Progress


@dataclass(frozen=True)
class Choices:
    """Parts of a reading that a person has chosen; what is None or empty is proposed."""

    label: Where | None = None
    split: Where | None = None
    group: Where | None = None
    encoding: str = ""


def choices(
    *,
    label_column: str | None = None,
    label_pattern: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    group_pattern: str | None = None,
    encoding: str | None = None,
) -> Choices:
    """The choices that options make."""
    return Choices(
        _column_or_pattern(label_column, label_pattern),
        _column_or_pattern(split_column, None),
        _column_or_pattern(group_column, group_pattern),
        encoding or "",
    )


def _column_or_pattern(column: str | None, pattern: str | None) -> Where | None:
    return Pattern(pattern) if pattern else Column(column) if column else None


def propose_import(
    source: Source, *, reading: Reading | dict | str | Path | None = None, progress: Progress | None = None, **options
) -> Proposal:
    """Looks at a source without decoding or storing any of it, and proposes how to read it.

    Args:
        source: the path of an archive or folder, or a list of files.
        reading: a reading whose outcome is to be shown instead, as data, or the path of a JSON file; parts that plain
            data lacks are proposed.
        progress: hears about it.
        options: parts that are chosen, as `import_dataset` takes them: `label_column`, `label_pattern`,
            `split_column`, `group_column`, `group_pattern`, `encoding`.

    Raises:
        UserError: the source can't be read, or the reading names what is not there.
    """
    chosen = choices(**options)
    encoding = chosen.encoding or (reading.encoding if isinstance(reading, Reading) else "")
    scan = scan_source(source, encoding or None, progress or Progress())
    return propose(scan, reading, chosen)


def propose(scan: Scan, reading: Reading | dict | str | Path | None, chosen: Choices) -> Proposal:
    """The same for a source that has been scanned."""
    draft = _Draft(scan)
    if isinstance(reading, Reading):
        draft.reading = reading
        draft.look_at_tables()
    else:
        draft.propose(chosen)
        if reading is not None:
            draft.reading = open_reading(reading, draft.reading)
            draft.doubts.clear()
    assigned = assign(draft.reading, scan.pictures, scan.tables)
    outline = outline_of(draft.reading, assigned, scan)
    return Proposal(
        draft.reading, draft.reasons, tuple(draft.doubts), outline, options_of(draft.reading, scan, draft.tables)
    )


@dataclass
class _Draft:
    """A reading as it comes about."""

    scan: Scan
    reading: Reading = field(default_factory=Reading)
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    tables: list[Columns] = field(default_factory=list)

    def propose(self, chosen: Choices) -> None:
        self.look_at_tables()
        self._read_folders()
        self._read_tables()
        self._choose(chosen)

    def look_at_tables(self) -> None:
        """Reads every table that can be read."""
        for path, content in self.scan.tables.items():
            try:
                self.tables.append(read_columns(read_table(path, content), self.scan.files))
            except NoTable as error:
                self.scan.problems[path] = str(error)

    def _read_folders(self) -> None:
        folders = read_folders(Counter(name.rpartition("/")[0] for name in self.scan.pictures))
        self.reading = replace(
            self.reading,
            label=folders.label,
            split=folders.split,
            splits=folders.splits,
            metadata=folders.metadata,
            left_out=folders.left_out,
            unlabelled=folders.unlabelled,
        )
        self.reasons |= folders.reasons
        self.doubts += folders.doubts

    def _read_tables(self) -> None:
        used = [each for each in self.tables if self._is_usable(each)]
        labelling = [each for each in used if each.label is not None]
        if not labelling:
            return
        label = labelling[0].label
        tables = [each for each in labelling if each.label == label]
        self.reading = replace(
            self.reading,
            label=label,
            tables=tuple(_reading_of(each) for each in tables),
            left_out=(),
            metadata={},
        )
        what = f"The columns {', '.join(label.columns)}" if isinstance(label, OneHot) else f"The column {label.column}"
        self.reasons["label"] = f"{what} of {', '.join(each.table.path for each in tables)} gives the class"
        self.doubts.clear()
        split = next((each for each in tables if each.split), None)
        if split:
            meant = {name: split_word(name) or split_words(split.split_names)[name] for name in split.split_names}
            self.reading = replace(self.reading, split=split.split, splits=settle_eval(meant))

    def _is_usable(self, columns: Columns) -> bool:
        """Whether a table says something of files that are there; where it should and doesn't, that is noted."""
        table = columns.table
        if _is_submission(table.path) or not columns.file:
            return False
        if columns.share > 0:
            return True
        written = next((value for value in table.column(columns.file) if value), "")
        if written and columns.label is not None and suffix(table.path) != ".txt":
            names = self.scan.pictures
            files = f"the files are such as “{min(names)[:100]}”" if names else "there are none"
            self.scan.problems[table.path] = (
                f"it names no file that is there; its first row has “{written[:100]}”, {files}"
            )
        return False

    def _choose(self, chosen: Choices) -> None:
        for part in ("label", "split", "group"):
            if getattr(chosen, part) is not None:
                self.reading = replace(self.reading, **{part: getattr(chosen, part)})
                self.reasons[part] = "Chosen"


def _is_submission(path: str) -> bool:
    """Whether a table is a form for predictions, as competitions give them, whose labels mean nothing."""
    return "submission" in path.rpartition("/")[2].casefold()


def _reading_of(columns: Columns) -> TableReading:
    table = columns.table
    rest = tuple(name for name in table.columns if name != columns.file)
    return TableReading(table.path, table.folder, table.encoding, table.delimiter, table.header, columns.file, rest)
