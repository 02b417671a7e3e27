"""A reading proposed for a source, with reasons, doubts, and what would come of it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tlcore.base.progress import Progress
from tlcore.datasets.importing.assign import assign, guessed_meanings, unknown_splits
from tlcore.datasets.importing.proposing.draft import Draft
from tlcore.datasets.importing.proposing.given_tables import (
    as_given,
    complete_tables,
    unnamed_tables,
    without_tables,
)
from tlcore.datasets.importing.proposing.outline import options_of, outline_of
from tlcore.datasets.importing.proposing.proposal import Proposal
from tlcore.datasets.importing.proposing.unused_tables import explain_unused
from tlcore.datasets.importing.reading import Column, Level, Pattern, Reading, Where, open_parts, settled
from tlcore.datasets.importing.scan import Scan, scan_source
from tlcore.datasets.importing.split_outcome import expected_of_group
from tlcore.datasets.sources.source import Source


def propose_import(
    source: Source,
    *,
    reading: Reading | Mapping | str | Path | None = None,
    label_column: str | None = None,
    label_pattern: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    group_pattern: str | None = None,
    encoding: str | None = None,
    modality: str | None = None,
    progress: Progress | None = None,
) -> Proposal:
    """Looks at a source without decoding or storing any of it, and proposes how to read it.

    Args:
        source: the path of an archive or folder, of a table beside its files, or a list of files.
        reading: a reading whose outcome is to be shown; of plain data, or of a JSON file at a path, the parts that are
            not there are proposed to fit those that are.
        label_column: the column of the tables that is the class.
        label_pattern: a regular expression searched in each file's path, whose first group is the class.
        split_column: the column that is the split.
        group_column: the column that is the group.
        group_pattern: a regular expression whose first group is the group.
        encoding: of names in an archive that don't say it.
        modality: whose files are sought; None: that of most files.
        progress: can stop it.

    Raises:
        UserError: the source can't be read, or what is given names what is not there.
    """
    given = given_parts(
        reading, label_column=label_column, label_pattern=label_pattern, split_column=split_column,
        group_column=group_column, group_pattern=group_pattern, encoding=encoding, modality=modality,
    )  # fmt: skip
    return propose(scan_as_given(source, given, progress or Progress()), given)


def scan_as_given(source: Source, given: Mapping[str, object], progress: Progress) -> Scan:
    """A scan of a source, with what is given of its reading."""
    tables = [each.path for each in given.get("tables", ())]
    return scan_source(source, given.get("modality", ""), given.get("encoding") or None, progress, tables)


def given_parts(
    reading: Reading | Mapping | str | Path | None,
    *,
    label_column: str | None = None,
    label_pattern: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    group_pattern: str | None = None,
    encoding: str | None = None,
    modality: str | None = None,
) -> dict[str, object]:
    """The parts of a reading that are given, by name; those given by themselves count before those of a reading."""
    parts = {} if reading is None else open_parts(reading)
    alone = {
        "label": _column_or_pattern(label_column, label_pattern),
        "split": _column_or_pattern(split_column, None),
        "group": _column_or_pattern(group_column, group_pattern),
        "encoding": encoding,
        "modality": modality,
    }
    return parts | {name: part for name, part in alone.items() if part}


def propose(scan: Scan, given: Mapping[str, object], *, strict: bool = False) -> Proposal:
    """The same for a source that has been scanned.

    Args:
        scan: the source.
        given: the parts of the reading that are given, by name.
        strict: whether a split that means nothing is an error, not a doubt.

    Raises:
        UserError: what is given names what is not there.
    """
    given = complete_tables(given, scan)
    unnamed = unnamed_tables(given, scan)
    draft = _draft(without_tables(scan, unnamed) if unnamed else scan, given)
    reading, doubts = settled(draft.reading), list(draft.doubts)
    is_open = "split" in given and "splits" not in given  # then the draft may have the meanings of another split
    first = replace(reading, splits={}) if is_open else reading
    assigned = assign(first, scan.items, scan.tables, draft.joined, strict=strict and not is_open)
    if is_open:
        reading = replace(reading, splits=guessed_meanings(assigned.written_splits))
        assigned = assign(reading, scan.items, scan.tables, draft.joined, strict=strict)
    unknown = unknown_splits(assigned.written_splits, assigned.meanings)
    if unknown and not isinstance(reading.split, Level):
        shown = ", ".join(f"“{name[:40]}”" for name in unknown[:5]) + (" …" if len(unknown) > 5 else "")
        doubts.insert(0, f"The split has values of unknown meaning: {shown}. Say which of them are train, val and test")
    explain_unused(unnamed, reading, scan.problems)
    used = {each.path: each for each in reading.tables}
    order = list(scan.tables)
    columns = sorted((*draft.columns, *unnamed), key=lambda each: order.index(each.table.path))
    columns = [as_given(each, used, scan) for each in columns]
    doubts += expected_of_group(reading, assigned)
    outline = outline_of(reading, assigned, scan, {*draft.used_tables, *scan.problems})
    options = options_of(reading, scan, draft.used_tables, columns, draft.suggestions, assigned)
    return Proposal(reading, draft.reasons, tuple(doubts), outline, options)


def _draft(scan: Scan, given: Mapping[str, object]) -> Draft:
    """A draft that uses all tables that are given, also one that contradicts another of them."""
    before = dict(scan.problems)
    draft = Draft(scan, given)
    draft.make()
    dropped = {each.path for each in given.get("tables", ())} & (scan.problems.keys() - before.keys())
    if dropped and "label" not in given:
        scan.problems.clear()
        scan.problems.update(before)
        draft = Draft(scan, {**given, "label": draft.reading.label})  # which it then takes without comparing tables
        draft.make()
    return draft


def _column_or_pattern(column: str | None, pattern: str | None) -> Where | None:
    composed = unicodedata.normalize("NFC", pattern or column or "")  # as paths and tables are read
    return Pattern(composed) if pattern else Column(composed) if column else None
