"""Untrusted files in, a dataset out."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlcore import workspace
from tlcore.datasets import layout, problems, store
from tlcore.datasets.choosing import Example, choose
from tlcore.datasets.dataset import SPLITS, Dataset, Problem
from tlcore.datasets.images import FACTS
from tlcore.datasets.names import in_natural_order, suffix
from tlcore.datasets.reading import Reading, read_pictures
from tlcore.datasets.sources import Source, source_name
from tlcore.datasets.splits import check_fractions, complete_two, stratified
from tlcore.datasets.table import read_table
from tlcore.errors import UserError
from tlcore.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

_LAYOUTS = "Put the pictures of each class into a folder named after it, or add a labels.csv with filename,label"


def import_dataset(
    source: Source,
    *,
    name: str = "",
    modality: str | None = None,
    owner: str = "",
    description: str = "",
    licence_note: str = "",
    seed: int = 0,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    progress: Progress | None = None,
) -> Dataset:
    """Reads, checks, splits and stores labelled pictures.

    Labels come from a folder a class, from folders `train`, `val` (`valid`, `validation`, `dev`) and `test` of such
    folders, or from a `labels.csv`. What can't be used is left out and listed in the dataset's problems.

    Args:
        source: the path of an archive or folder, or a list of files.
        name: what people call it; by default the source's own name.
        modality: "image"; None finds out.
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
        UserError: it can't be read, or has nothing to learn from.
    """
    if modality not in (None, "image"):
        raise UserError("This kind of data is not read", f"The modality is “{modality}”", "Give pictures: “image”")
    progress = progress or Progress()
    fractions = check_fractions(fractions, seed)
    name = name.strip() or source_name(source)
    progress.stage("import")
    with workspace.scratch() as folder:
        reading = read_pictures(source, store.files_in(folder), progress)
        labelled, found = _label(reading, name)
        examples, left_out = choose(labelled, reading.pictures)
        found = [*problems.unreadable(reading.unreadable), *found, *left_out, *_ignored(reading)]
        _check_classes(examples, found, name)
        examples, lone = _without_lone(examples)
        found += lone
        given = sorted({each.split for each in labelled if each.split}, key=SPLITS.index)
        labels = [each.label for each in examples]
        splits, more = _split(examples, labels, given, seed, fractions)
        found += more + problems.class_sizes(labels, [each.name for each in examples])
        class_names = in_natural_order(labels)
        table = _table(examples, splits, class_names)
        found = problems.in_order(found)
        progress.check()
        dataset = store.create(
            table,
            folder,
            name=name,
            modality="image",
            class_names=class_names,
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


def _label(reading: Reading, source: str) -> tuple[list[layout.Labelled], list[Problem]]:
    names = reading.picture_names
    if not names:
        suffixes = Counter(suffix(name) or "no suffix" for name in reading.others).most_common(3)
        what = ", ".join(f"{count:,} with {kind}" for kind, count in suffixes)
        raise UserError(
            "There are no pictures in it",
            f"{source[:200]}: "
            + (f"it holds other files, {what}" if what else "it is empty, or holds nothing but a table"),
            "Give JPEG, PNG, WebP, BMP, GIF or TIFF files, a folder a class",
        )
    if not reading.pictures:
        name, reason = next(iter(reading.unreadable.items()))
        raise UserError(
            "None of the pictures can be read",
            f"{name[:200]}: {reason}" + (f"; so with {len(names) - 1:,} more" if len(names) > 1 else ""),
            "Save them again as JPEG or PNG",
        )
    if reading.tables:
        table = min(reading.tables, key=lambda name: (name.count("/"), name))
        folder = table.rpartition("/")[0]
        return layout.from_table(names, read_table(reading.tables[table], table), folder)
    return layout.from_folders(names)


def _ignored(reading: Reading) -> list[Problem]:
    return [
        *problems.problem("ignored", reading.junk, "Left out: hidden files, and what systems leave behind"),
        *problems.problem("ignored", reading.others, "Left out: they are no pictures"),
        *problems.problem("ignored", reading.replaced, "Left out: a file of the same name comes later"),
    ]


def _edited(dataset: Dataset) -> Problem:
    times = "once" if dataset.version == 1 else f"{dataset.version:,} times"
    action = (
        f"These files are here already, as “{dataset.name}”, which was edited {times} since: it is that dataset, with "
        "its edits. They can be undone in its history"
    )
    return Problem("edited", (), action)


def _check_classes(examples: Sequence[Example], found: Sequence[Problem], source: str) -> None:
    counts = Counter(example.label for example in examples)
    lost = [f"{each.kind}: {len(each.files):,}" for each in found if each.kind != "ignored" and each.files]
    lost = f" (left out: {', '.join(lost)})" if lost else ""
    if len(counts) < 2:
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


def _split(
    examples: Sequence[Example],
    labels: Sequence[str],
    given: Sequence[str],
    seed: int,
    fractions: tuple[float, float, float],
) -> tuple[list[str], list[Problem]]:
    keys = [example.picture.sha256 for example in examples]
    found = []
    if len(given) == 3:
        splits = [example.split for example in examples]
    elif len(given) == 2:
        splits = complete_two(keys, labels, [example.split for example in examples], given[0], seed)
        action = f"Two splits were given: “{given[0]}” is train, less a fifth of it, which is val; “{given[1]}” is test"
        found = [Problem("splits", (), action)]
    else:
        splits = stratified(keys, labels, fractions, seed)
    untrained = sorted(set(labels) - {label for label, split in zip(labels, splits, strict=True) if split == "train"})
    if untrained:
        which = ", ".join(f"“{label[:80]}”" for label in untrained[:10])
        raise UserError(
            "A class has no pictures to learn from",
            f"None in train: {which}",
            "Add some to train, or take the class out",
        )
    return splits, found


def _table(examples: Sequence[Example], splits: Sequence[str], class_names: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    index = {name: label for label, name in enumerate(class_names)}
    pictures = [example.picture for example in examples]
    return pd.DataFrame(
        {
            "id": _ids([picture.sha256 for picture in pictures]),
            "split": splits,
            "label": [index[example.label] for example in examples],
            "sha256": [picture.sha256 for picture in pictures],
            "source_name": [example.name for example in examples],
            "file": [f"files/{picture.file}" for picture in pictures],
            "size": [picture.size for picture in pictures],
            **{fact: [picture.facts[fact] for picture in pictures] for fact in FACTS},
        }
    )


def _ids(hashes: Sequence[str]) -> list[str]:
    """The first 12 letters of each hash; where these agree, more of them."""
    short = Counter(each[:12] for each in hashes)
    return [each[:12] if short[each[:12]] == 1 else each for each in hashes]
