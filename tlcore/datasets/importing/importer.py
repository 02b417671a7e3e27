"""Untrusted files in, a dataset out."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlcore import workspace
from tlcore.datasets import problems, store
from tlcore.datasets.dataset import SPLITS, Dataset, Problem
from tlcore.datasets.images import FACTS
from tlcore.datasets.importing.assign import Assignment, assign
from tlcore.datasets.importing.deduplicate import Example, Labelled, choose
from tlcore.datasets.importing.ingest import Files, ingest
from tlcore.datasets.importing.proposal import Proposal
from tlcore.datasets.importing.propose import choices, propose
from tlcore.datasets.importing.reading import Reading
from tlcore.datasets.importing.scan import Scan, scan_source
from tlcore.datasets.names import in_natural_order, suffix
from tlcore.datasets.sources import Source, source_name
from tlcore.datasets.splits import check_fractions, complete_two, group_values, stratified
from tlcore.errors import UserError
from tlcore.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from tlcore.datasets.checking import Picture

_GROUP = "group"
_LAYOUTS = "Put the pictures of each class into a folder named after it, or add a labels.csv with filename,label"


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
        source: the path of an archive or folder, or a list of files.
        name: what people call it; by default the source's own name.
        modality: "image"; None finds out.
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
    if modality not in (None, "image"):
        raise UserError("This kind of data is not read", f"The modality is “{modality}”", "Give pictures: “image”")
    progress = progress or Progress()
    fractions = check_fractions(fractions, seed)
    name = name.strip() or source_name(source)
    progress.stage("import")
    chosen = choices(
        label_column=label_column, label_pattern=label_pattern, split_column=split_column,
        group_column=group_column, group_pattern=group_pattern, encoding=encoding,
    )  # fmt: skip
    encoding = encoding or (reading.encoding if isinstance(reading, Reading) else "")
    scan = scan_source(source, encoding or None, progress)
    proposal = propose(scan, reading, chosen)
    with workspace.scratch() as folder:
        files = ingest(source, encoding or None, _used_tables(proposal.reading), store.files_in(folder), progress)
        _check_pictures(files, name)
        assigned = assign(proposal.reading, files.picture_names, scan.tables)
        labelled = [
            Labelled(assigned.names[place], assigned.labels[place], assigned.splits[place] or None)
            for place in assigned.examples
        ]
        examples, left_out = choose(labelled, files.pictures)
        found = [
            *_doubts(proposal),
            *problems.unreadable(files.unreadable),
            *assigned.problems,
            *left_out,
            *_ignored(files, assigned, proposal, scan),
        ]
        _check_classes(examples, found, name, scan)
        examples, lone = _without_lone(examples)
        found += lone
        given = sorted({each.split for each in labelled if each.split}, key=SPLITS.index)
        if len(given) > 1:
            examples, untrained = _without_untrained(examples, given)
            found += untrained
        table, more = _table(examples, given, assigned, proposal.reading, seed, fractions)
        labels = [each.label for each in examples]
        found += more + problems.class_sizes(labels, [each.name for each in examples])
        class_names = in_natural_order(labels)
        found = problems.in_order(found)
        progress.check()
        dataset = store.create(
            table,
            folder,
            name=name,
            modality="image",
            class_names=class_names,
            unlabelled=_unlabelled(examples, assigned, files.pictures),
            metadata=tuple(assigned.metadata),
            group_column=_GROUP if proposal.reading.group else "",
            reading=proposal.reading.to_dict(),
            owner=owner,
            description=description,
            licence_note=licence_note,
            splits_given=len(given) > 1,
            seed=seed,
            fractions=fractions,
            problems=found,
        )
        if dataset.version and dataset.fingerprint != store.fingerprint(table, class_names):
            edited = _edited(dataset)
            progress.log(f"{edited.action}.")
            found = (edited, *found)
        return dataclasses.replace(dataset, problems=found)  # what these files had, where it was there already


def _check_pictures(files: Files, source: str) -> None:
    names = files.picture_names
    if not names:
        suffixes = Counter(suffix(name) or "no suffix" for name in files.others).most_common(3)
        what = ", ".join(f"{count:,} with {kind}" for kind, count in suffixes)
        raise UserError(
            "There are no pictures in it",
            f"{source[:200]}: "
            + (f"it holds other files, {what}" if what else "it is empty, or holds nothing but a table"),
            "Give JPEG, PNG, WebP, BMP, GIF or TIFF files, a folder a class",
        )
    if not files.pictures:
        name, reason = next(iter(files.unreadable.items()))
        raise UserError(
            "None of the pictures can be read",
            f"{name[:200]}: {reason}" + (f"; so with {len(names) - 1:,} more" if len(names) > 1 else ""),
            "Save them again as JPEG or PNG",
        )


def _used_tables(reading: Reading) -> set[str]:
    return {table.path for table in reading.tables}


def _doubts(proposal: Proposal) -> list[Problem]:
    return [Problem("reading", (), doubt) for doubt in proposal.doubts]


def _ignored(files: Files, assigned: Assignment, proposal: Proposal, scan: Scan) -> list[Problem]:
    chosen = {each.reason for each in proposal.reading.left_out}
    return [
        *problems.problem("unlabelled", assigned.unlabelled, "Kept without a label; Predict offers them"),
        *(
            each
            for reason, names in assigned.left_out.items()
            if reason in chosen
            for each in problems.problem("left out", names, f"Left out: {reason[:1].lower()}{reason[1:]}")
        ),
        *(Problem("table", (name,), f"Not used: {reason}") for name, reason in scan.problems.items()),
        *problems.problem("ignored", files.junk, "Left out: hidden files, and what systems leave behind"),
        *problems.problem("ignored", files.others, "Left out: they are no pictures"),
        *problems.problem("ignored", files.replaced, "Left out: a file of the same name comes later"),
    ]


def _edited(dataset: Dataset) -> Problem:
    times = "once" if dataset.version == 1 else f"{dataset.version:,} times"
    action = (
        f"These files are here already, as “{dataset.name}”, which was edited {times} since: it is that dataset, with "
        "its edits. They can be undone in its history"
    )
    return Problem("edited", (), action)


def _check_classes(examples: Sequence[Example], found: Sequence[Problem], source: str, scan: Scan) -> None:
    counts = Counter(example.label for example in examples)
    kept = ("ignored", "unlabelled", "table", "reading")
    lost = [f"{each.kind}: {len(each.files):,}" for each in found if each.kind not in kept and each.files]
    lost = f" (left out: {', '.join(lost)})" if lost else ""
    if len(counts) < 2:
        lost += "".join(f"; {path} is not used: {why}" for path, why in list(scan.problems.items())[:3])
        detail = f"“{next(iter(counts))[:80]}” is the only one" if counts else "no picture has one"
        raise UserError("There are fewer than two classes", f"{source[:200]}: {detail}{lost}", _LAYOUTS)
    lone = [label for label, count in counts.items() if count < 2]
    if len(counts) - len(lone) < 2:
        which = ", ".join(f"“{label[:80]}”" for label in lone[:10])
        raise UserError(
            "A class needs two pictures at least, one to learn from and one to be tested on",
            f"{source[:200]}: only one in {which}{lost}",
            "Add pictures to the class, or take it out",
        )


def _without_lone(examples: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    """The examples without those that are the only one of their class."""
    counts = Counter(example.label for example in examples)
    lone = [example.name for example in examples if counts[example.label] < 2]
    action = "Left out: the only picture of its class, which needs two at least. Add others to it"
    return [each for each in examples if counts[each.label] > 1], problems.problem("small class", lone, action)


def _without_untrained(examples: Sequence[Example], given: Sequence[str]) -> tuple[list[Example], list[Problem]]:
    """The examples without those of classes that the first given split has none of.

    Raises:
        UserError: fewer than two classes remain.
    """
    trained = {each.label for each in examples if each.split == given[0]}
    untrained = in_natural_order({each.label for each in examples} - trained)
    which = ", ".join(f"“{label[:80]}”" for label in untrained[:10])
    if len(trained) < 2:
        raise UserError(
            "A class has no pictures to learn from",
            f"None in train: {which}",
            "Add some to train, or take the class out",
        )
    names = [each.name for each in examples if each.label not in trained]
    found = problems.problem("untrained class", names, f"Left out: train has no picture of {which} to learn from")
    return [each for each in examples if each.label in trained], found


def _split(
    examples: Sequence[Example],
    given: Sequence[str],
    groups: list[str] | None,
    seed: int,
    fractions: tuple[float, float, float],
) -> tuple[list[str], list[Problem]]:
    labels = [each.label for each in examples]
    keys = [example.picture.sha256 for example in examples]
    if len(given) == 3:
        return [example.split for example in examples], []
    if len(given) == 2:
        splits = complete_two(keys, labels, [example.split for example in examples], given[0], seed, groups)
        action = f"Two splits were given: “{given[0]}” is train, less a fifth of it, which is val; “{given[1]}” is test"
        return splits, [Problem("splits", (), action)]
    return stratified(keys, labels, fractions, seed, groups), []


def _table(
    examples: Sequence[Example],
    given: Sequence[str],
    assigned: Assignment,
    reading: Reading,
    seed: int,
    fractions: tuple[float, float, float],
) -> tuple["pd.DataFrame", list[Problem]]:
    """The examples, split, as `Dataset.examples` has them, and what is to be said of their splits."""
    class_names = in_natural_order(each.label for each in examples)
    index = {name: label for label, name in enumerate(class_names)}
    table = _files([(each.name, each.picture) for each in examples], assigned)
    groups = group_values(table[_GROUP]) if reading.group else None
    splits, found = _split(examples, given, groups, seed, fractions)
    table.insert(1, "split", splits)
    table.insert(2, "label", [index[each.label] for each in examples])
    return table, found


def _unlabelled(
    examples: Sequence[Example], assigned: Assignment, pictures: Mapping[str, "Picture"]
) -> "pd.DataFrame | None":
    """The files without a label that are kept, each once, and none that is an example's too."""
    seen = {each.picture.sha256 for each in examples}
    kept = []
    for name in assigned.unlabelled:
        if name in pictures and pictures[name].sha256 not in seen:
            seen.add(pictures[name].sha256)
            kept.append((name, pictures[name]))
    return _files(kept, assigned) if kept else None


def _files(files: Sequence[tuple[str, "Picture"]], assigned: Assignment) -> "pd.DataFrame":
    """A row a file: what is known of it but its split and label."""
    import pandas as pd

    pictures = [picture for _, picture in files]
    table = pd.DataFrame(
        {
            "id": _ids([picture.sha256 for picture in pictures]),
            "sha256": [picture.sha256 for picture in pictures],
            "source_name": [name for name, _ in files],
            "file": [f"files/{picture.file}" for picture in pictures],
            "size": [picture.size for picture in pictures],
            **{fact: [picture.facts[fact] for picture in pictures] for fact in FACTS},
        }
    )
    places = {name: place for place, name in enumerate(assigned.names)}
    rows = [places[name] for name, _ in files]
    for name, values in assigned.metadata.items():
        table[name] = [values[row] for row in rows]
    return table


def _ids(hashes: Sequence[str]) -> list[str]:
    """The first 12 letters of each hash; where these agree, more of them."""
    short = Counter(each[:12] for each in hashes)
    return [each[:12] if short[each[:12]] == 1 else each for each in hashes]
