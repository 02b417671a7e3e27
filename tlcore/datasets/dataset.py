"""A dataset as data: what every other room and page reads of one."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Problem:
    """Something found wrong while files were read, and what was done about it."""

    kind: str  # "unreadable", "duplicates", "conflicting duplicates", "ignored", "small class", "imbalance", …
    files: tuple[str, ...]
    action: str  # a sentence: what was done, or what to do


@dataclass(frozen=True)
class Dataset:
    """Labelled examples, checked, split and stored.

    Attributes:
        fingerprint: changes when an example's bytes, label or split do, and with nothing else.
        class_names: in order; a label indexes them.
        splits_given: whether the split came with the files (then it can't be made again).
        licence_note: what the files' licence is, as far as is known.
        folder: where it lies.
    """

    id: str
    name: str
    modality: str
    class_names: tuple[str, ...]
    fingerprint: str
    created: str
    folder: Path
    owner: str = ""
    description: str = ""
    licence_note: str = ""
    splits_given: bool = False
    seed: int = 0
    fractions: tuple[float, float, float] = (0.7, 0.15, 0.15)
    problems: tuple[Problem, ...] = field(default=(), repr=False)

    @functools.cached_property
    def examples(self) -> pd.DataFrame:
        """A row an example, in a fixed order.

        Columns: `id` (str), `split` ("train", "val" or "test"), `label` (int), `sha256`, `source_name`
        (the path that it came under, shown to people), `file` (its path under the folder), `size` (bytes),
        `width`, `height` (pixels).
        """
        return pd.read_parquet(self.folder / "examples.parquet")

    @property
    def splits(self) -> dict[str, int]:
        """How many examples each split has."""
        counts = self.examples["split"].value_counts()
        return {split: int(counts.get(split, 0)) for split in SPLITS}

    def file(self, example_id: str) -> Path:
        """Where one example's bytes lie."""
        return self.folder / self._files[example_id]

    def source_name(self, example_id: str) -> str:
        """The path that one example came under, as people know it."""
        return self._source_names[example_id]

    @functools.cached_property
    def _source_names(self) -> dict[str, str]:
        return dict(zip(self.examples["id"], self.examples["source_name"], strict=True))

    @functools.cached_property
    def _files(self) -> dict[str, str]:
        return dict(zip(self.examples["id"], self.examples["file"], strict=True))
