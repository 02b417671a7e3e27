"""Untrusted files in, a dataset out."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets import problems, store
from tlcore.datasets.dataset import SPLITS, Dataset, Problem
from tlcore.datasets.filenames import in_natural_order
from tlcore.datasets.importing.assign import Assignment, assign
from tlcore.datasets.importing.deduplicate import Labelled, choose
from tlcore.datasets.importing.ingest import Files, ingest
from tlcore.datasets.importing.proposing.proposal import Proposal
from tlcore.datasets.importing.proposing.propose import given_parts, propose, scan_as_given
from tlcore.datasets.importing.reading import Reading, group_column_of
from tlcore.datasets.importing.remaining import (
    check_classes,
    drop_singleton_classes,
    lost_classes,
    without_untrained,
)
from tlcore.datasets.importing.scan import no_items
from tlcore.datasets.importing.split_outcome import expected_of_group
from tlcore.datasets.sources.source import Source, source_name
from tlcore.datasets.splits import check_fractions


def import_dataset(
    source: Source,
    *,
    name: str = "",
    modality: str | None = None,
    reading: Reading | Mapping | str | Path | None = None,
    label_column: str | None = None,
    label_pattern: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    group_pattern: str | None = None,
    encoding: str | None = None,
    owner: str = "",
    description: str = "",
    licence_note: str = "",
    seed: int = 0,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    progress: Progress | None = None,
) -> Dataset:
    """Reads, checks, splits and stores labelled pictures.

    Where classes, splits and the rest come from is proposed as `propose_import` does, as far as it is not given here.
    What can't be used is left out and listed in the dataset's problems; so are doubts about the reading.

    Args:
        source: the path of an archive or folder, of a table beside its files, or a list of files.
        name: what people call it; by default the source's own name.
        modality: its name, such as "image"; None: that of most files.
        reading: how the source is read, whole or in part: a `Reading`, plain data, or the path of a JSON file.
        label_column: the column of the tables that is the class.
        label_pattern: a regular expression searched in each file's path, whose first group is the class.
        split_column: the column that is the split.
        group_column: the column that is the group, whose examples are never in two splits.
        group_pattern: a regular expression whose first group is the group.
        encoding: of names in an archive that don't say it.
        owner: whose it is.
        description: what it is.
        licence_note: what its licence is, as far as is known.
        seed: what the split depends on, where none is given.
        fractions: shares of train, val and test, where no split is given.
        progress: hears about it.

    Returns:
        The dataset; where one with the same examples, labels and splits exists, that one; where one was imported so
        and has been edited since, that one with its edits, which its problems then say.

    Raises:
        UserError: it can't be read, the reading doesn't fit it, or it has nothing to learn from.
    """
    from tlcore.datasets.importing import rows  # with pandas, which the processes that check files have no use for

    progress = progress or Progress()
    fractions = check_fractions(fractions, seed)
    name = name.strip() or source_name(source)
    progress.stage("import")
    given = given_parts(
        reading, label_column=label_column, label_pattern=label_pattern, split_column=split_column,
        group_column=group_column, group_pattern=group_pattern, encoding=encoding, modality=modality,
    )  # fmt: skip
    scan = scan_as_given(source, given, progress)
    kind = scan.modality
    proposal = propose(scan, given, strict=True)
    with workspace.scratch() as folder:
        files = ingest(scan.read(), kind, _used_tables(proposal.reading), store.files_in(folder), progress)
        _check_files(files, name)
        assigned = assign(proposal.reading, files.item_names, scan.tables)
        labelled = [
            Labelled(assigned.names[place], assigned.labels[place], assigned.splits[place] or None)
            for place in assigned.examples
        ]
        examples, left_out = choose(labelled, files.valid)
        found = [
            *_doubts(proposal, assigned),
            *problems.by_reason("unreadable", {**files.unreadable, **files.faults}, "Left out"),
            *assigned.problems,
            *left_out,
            *_ignored(files, assigned, proposal),
            *problems.by_reason("table", scan.problems, "Not used"),
        ]
        check_classes(examples, found, name, scan.problems)
        examples, lone = drop_singleton_classes(examples)
        found += lone
        splits = sorted({each.split for each in labelled if each.split}, key=SPLITS.index)
        if len(splits) > 1:
            examples, untrained = without_untrained(examples, splits)
            found += untrained
        ranges = [each.item.values for each in examples if each.item.values]
        values = kind.common_range(ranges)
        if values:
            found.append(Problem("values", (), kind.range_in_words(values, len(ranges))))
        notes = {each.name: each.item.note for each in examples if each.item.note}
        found += problems.by_reason("values", notes, "Kept")
        examples = [each._replace(item=each.item.scaled(kind, values)) for each in examples]
        valid = {name: file.scaled(kind, values) for name, file in files.valid.items()}
        table, more = rows.rows_of_examples(examples, splits, assigned, proposal.reading, seed, fractions)
        labels = [each.label for each in examples]
        found += (
            lost_classes([each.label for each in labelled], examples)
            + more
            + problems.class_sizes(labels, [each.name for each in examples])
        )
        class_names = in_natural_order(labels)
        found = problems.in_order(found)
        progress.check()
        dataset = store.create(
            table,
            folder,
            name=name,
            modality=kind.name,
            class_names=class_names,
            unlabelled=rows.rows_of_unlabelled(examples, assigned, proposal.reading, valid),
            metadata=tuple(assigned.metadata),
            group_column=group_column_of(proposal.reading),
            values=values,
            reading=proposal.reading.to_dict(),
            owner=owner,
            description=description,
            licence_note=licence_note,
            splits_given=len(splits) > 1,
            seed=seed,
            fractions=fractions,
            problems=found,
        )
        if dataset.version and dataset.fingerprint != store.fingerprint(table, class_names):
            edited = _edited(dataset)
            progress.log(f"{edited.action}.")
            found = (edited, *found)
        return dataclasses.replace(dataset, problems=found)  # what these files had, where it was there already


def _check_files(files: Files, source: str) -> None:
    names = files.item_names
    if not names:
        raise no_items(source, files.modality, files.others)
    if not files.valid:
        name, reason = next(iter(files.unreadable.items()))
        raise UserError(
            f"None of the {files.modality.noun.many} can be read",
            f"{name[:200]}: {reason}" + (f"; {len(names) - 1:,} more can't be read either" if len(names) > 1 else ""),
            files.modality.hint,
        )


def _used_tables(reading: Reading) -> set[str]:
    return {table.path for table in reading.tables}


def _doubts(proposal: Proposal, assigned: Assignment) -> list[Problem]:
    """What is in doubt about the reading, but for the splits: what came of them is said later."""
    splits = expected_of_group(proposal.reading, assigned)
    return [
        *(Problem("reading", (), doubt) for doubt in proposal.doubts if doubt not in splits),
        *(
            Problem(kind, (), why)
            for part, why in proposal.reasons.items()
            for begin, kind in (("metadata.", "columns"), ("metadata,", "columns"), ("encoding", "encoding"))
            if part.startswith(begin)
        ),
    ]


def _ignored(files: Files, assigned: Assignment, proposal: Proposal) -> list[Problem]:
    chosen = {each.reason for each in proposal.reading.left_out}
    tables = {each["path"] for each in proposal.options["tables"] if each["used"] or each["problem"]}
    others = [name for name in files.others if name not in tables]
    return [
        *problems.problem("unlabelled", assigned.unlabelled, "Kept without a label; a trained model can predict them"),
        *(
            each
            for reason, names in assigned.left_out.items()
            if reason in chosen
            for each in problems.problem("left out", names, f"Left out: {reason[:1].lower()}{reason[1:]}")
        ),
        *problems.problem("ignored", files.junk, "Left out: hidden files and system files"),
        *problems.problem("ignored", others, f"Left out: they are not {files.modality.noun.many}"),
        *problems.problem("ignored", files.replaced, "Left out: another file with the same name comes later"),
    ]


def _edited(dataset: Dataset) -> Problem:
    times = "once" if dataset.version == 1 else f"{dataset.version:,} times"
    action = (
        f"These files are already imported as “{dataset.name}”, which has been edited {times} since. This is that "
        "dataset with its edits; they can be undone in its history"
    )
    return Problem("edited", (), action)
