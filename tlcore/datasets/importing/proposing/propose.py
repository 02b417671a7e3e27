"""A reading proposed for a source, with reasons, doubts, and what would come of it."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from tlcore.base.progress import Progress
from tlcore.datasets.importing.assign import assign
from tlcore.datasets.importing.proposing.draft import Draft
from tlcore.datasets.importing.proposing.outline import options_of, outline_of
from tlcore.datasets.importing.proposing.proposal import Proposal
from tlcore.datasets.importing.reading import Column, Pattern, Reading, Where, open_parts, settled
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
        source: the path of an archive or folder, or a list of files.
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
    return propose(
        scan_source(source, given.get("modality", ""), given.get("encoding") or None, progress or Progress()), given
    )


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


def propose(scan: Scan, given: Mapping[str, object]) -> Proposal:
    """The same for a source that has been scanned.

    Args:
        scan: the source.
        given: the parts of the reading that are given, by name.
    """
    draft = Draft(scan, given)
    draft.make()
    reading = settled(draft.reading)
    assigned = assign(reading, scan.items, scan.tables)
    outline = outline_of(reading, assigned, scan, {*draft.used_tables, *scan.problems})
    options = options_of(scan, draft.used_tables, draft.columns, draft.suggestions)
    doubts = (*draft.doubts, *expected_of_group(reading, assigned))
    return Proposal(reading, draft.reasons, doubts, outline, options)


def _column_or_pattern(column: str | None, pattern: str | None) -> Where | None:
    composed = unicodedata.normalize("NFC", pattern or column or "")  # as paths and tables are read
    return Pattern(composed) if pattern else Column(composed) if column else None
