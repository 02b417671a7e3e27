"""A dataset at a glance: its splits by class, what was wrong with files, and a few pictures."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.formatting import shorten
from tlcore.datasets.dataset import SPLITS, Dataset
from tlcore.datasets.versions.edit_log import Edit, read_log
from tlcore.modalities import modality_of
from tlcore.reports.drawing import as_card
from tlcore.reports.drawing.colours import class_colours

if TYPE_CHECKING:
    import pandas as pd

_CLASSES = 30  # that the table has a row for
_PICTURES = 8
_SIDE = 128  # pixels


class Picture(NamedTuple):
    """A picture that lies in the page itself, with lines of words."""

    source: str
    name: str
    lines: tuple[str, ...]


def class_counts(examples: "pd.DataFrame", class_names: tuple[str, ...]) -> "pd.DataFrame":
    """A row a class, in order: its name, its examples in each split, and in all.

    Args:
        examples: columns `split` and `label`.
        class_names: what labels index.
    """
    import pandas as pd

    labels, k = examples["label"].to_numpy(), len(class_names)
    counts = {split: np.bincount(labels[(examples["split"] == split).to_numpy()], minlength=k) for split in SPLITS}
    return pd.DataFrame({"Class": list(class_names), **counts, "All": np.bincount(labels, minlength=k)})


def picture_of(dataset: Dataset, example_id: str, *lines: str) -> Picture:
    """An example's picture, small, as a data URI; its source is empty where its file is gone or can't be read."""
    modality = modality_of(dataset.modality)
    try:
        content = modality.preview(dataset.file(example_id), _SIDE, dataset.values)
    except (UserError, KeyError):
        return Picture("", "", (*lines, f"The {modality.noun.one} is gone"))
    source = f"data:{modality.preview_type};base64,{base64.b64encode(content).decode()}"
    return Picture(source, dataset.source_name(example_id), lines)


def dataset_html(dataset: Dataset) -> str:
    """The dataset for a notebook."""
    drawn = drawn_dataset(dataset, dataset.columns("split", "label"), dataset.class_names)
    return as_card("dataset.html", title=dataset.name, dataset=drawn)


def drawn_dataset(dataset: Dataset | None, examples: "pd.DataFrame", class_names: tuple[str, ...]) -> dict:
    """What the template `dataset.html` draws.

    Args:
        dataset: None where it is gone.
        examples: columns `split` and `label`, of the dataset or as a run of it says.
        class_names: what labels index.
    """
    counts = class_counts(examples, class_names)
    colours = class_colours(class_names)
    columns = [*SPLITS, "All"]
    return {
        "description": dataset.description if dataset else "",
        "facts": _facts(dataset) if dataset else [],
        "counts": [
            {"name": row["Class"], "colour": colours[row["Class"]], "numbers": [int(row[each]) for each in columns]}
            for row in counts.head(_CLASSES).to_dict("records")
        ],
        "more_classes": max(0, len(counts) - _CLASSES),
        "totals": [int(counts[each].sum()) for each in columns],
        "problems": dataset.problems if dataset else (),
        "edits": edits_in_words(read_log(dataset)[1:]) if dataset else [],
        "pictures": _first_of_each_class(dataset) if dataset else [],
    }


def edits_in_words(log: Sequence[Edit]) -> list[str]:
    """A line an edit: what, by whom, when."""
    return [
        f"{edit.words}{f' by {edit.by}' if edit.by else ''}, {edit.at[:10]}{', undone since' if edit.undone else ''}"
        for edit in log
    ]


def _facts(dataset: Dataset) -> list[tuple[str, str]]:
    shares = " / ".join(f"{fraction:.0%}" for fraction in dataset.fractions)
    by_seed = f"{shares}, stratified, seed {dataset.seed}"
    return [
        ("Examples", modality_of(dataset.modality).noun.many),
        ("Licence", dataset.licence_note or "not stated"),
        ("Splits", "came with the files" if dataset.splits_given else by_seed),
        ("Added", dataset.created[:10]),
        ("Id", dataset.id),
        ("Version", f"{dataset.version}" if dataset.version else "0, as imported"),
        ("Fingerprint", dataset.fingerprint[:16]),
    ]


def _first_of_each_class(dataset: Dataset) -> list[Picture]:
    """A train picture of each of the first classes."""
    examples = dataset.columns("id", "split", "label")
    first = examples[examples["split"] == "train"].drop_duplicates("label").sort_values("label").head(_PICTURES)
    return [
        picture_of(dataset, id, shorten(dataset.class_names[label], 24))
        for id, label in zip(first["id"], first["label"].tolist(), strict=True)
    ]
