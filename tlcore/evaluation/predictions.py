"""What a model said, a row an example: everything that a page shows about a run is read from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

_ROWS = 16384  # of a row group: what is in memory at once where a file is read in parts


@dataclass(frozen=True)
class Predictions:
    """One row an example: what the model said, and what was true."""

    ids: np.ndarray  # (n,) str
    splits: np.ndarray  # (n,) str
    labels: np.ndarray  # (n,) int, index into class_names
    probabilities: np.ndarray  # (n, classes) float32
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def predicted(self) -> np.ndarray:
        """(n,) int: the class with the highest probability."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def confidence(self) -> np.ndarray:
        """(n,) float32: that class's probability."""
        return self.probabilities.max(axis=1)

    @cached_property
    def losses(self) -> np.ndarray:
        """(n,) float: −log of the true class's probability, at most 16.1 (−log 1e-7)."""
        true = self.probabilities[np.arange(len(self)), self.labels].astype(float)
        return -np.log(np.clip(true, 1e-7, 1.0))

    def only(self, split: str) -> "Predictions":
        """The rows of one split."""
        return self.rows(self.splits == split)

    def rows(self, rows: np.ndarray) -> "Predictions":
        """Some rows, by a mask or by their numbers."""
        return Predictions(
            self.ids[rows], self.splits[rows], self.labels[rows], self.probabilities[rows], self.class_names
        )

    @property
    def answers(self) -> "Top1Predictions":
        """The same without the probabilities."""
        return Top1Predictions(
            self.ids, self.splits, self.labels, self.predicted, self.confidence, self.losses, self.class_names
        )

    def write(self, path: Path) -> None:
        """Writes Parquet: id, split, label, and p0 … a column for each class in order."""
        table = pd.DataFrame({"id": self.ids, "split": self.splits, "label": self.labels.astype(np.int32)})
        columns = pd.DataFrame(
            self.probabilities.astype(np.float32), columns=[f"p{i}" for i in range(len(self.class_names))]
        )
        pd.concat([table, columns], axis=1).to_parquet(path, index=False, row_group_size=_ROWS)


@dataclass(frozen=True)
class Top1Predictions:
    """Predictions without the probabilities of all classes: what a page holds of many examples and classes."""

    ids: np.ndarray  # (n,) str
    splits: np.ndarray  # (n,) str
    labels: np.ndarray  # (n,) int, index into class_names
    predicted: np.ndarray  # (n,) int, the class with the highest probability
    confidence: np.ndarray  # (n,) float32, that class's probability
    losses: np.ndarray  # (n,) float, as `Predictions.losses`
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, split: str) -> "Top1Predictions":
        """The rows of one split."""
        return self.take(self.splits == split)

    def take(self, rows: np.ndarray) -> "Top1Predictions":
        """Some rows, by (n,) bool or by their numbers."""
        return Top1Predictions(
            self.ids[rows], self.splits[rows], self.labels[rows], self.predicted[rows], self.confidence[rows],
            self.losses[rows], self.class_names,
        )  # fmt: skip


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The rows of several, at least one, of the same classes, one after the other."""
    columns = ("ids", "splits", "labels", "probabilities")
    return Predictions(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in columns), parts[0].class_names
    )


def read_predictions(path: Path, class_names: tuple[str, ...], split: str | None = None) -> Predictions:
    """What `Predictions.write` wrote, or the rows of one split of it."""
    filters = None if split is None else [("split", "==", split)]
    return _predictions(pd.read_parquet(path, filters=filters), tuple(class_names))


def read_answers(path: Path, class_names: tuple[str, ...]) -> Top1Predictions:
    """What `read_predictions(…).answers` would be, with the probabilities of some thousand rows in memory at once."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        parts = [
            _predictions(file.read_row_group(number).to_pandas(), tuple(class_names)).answers
            for number in range(file.num_row_groups)
        ]
    columns = ("ids", "splits", "labels", "predicted", "confidence", "losses")
    return Top1Predictions(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in columns), tuple(class_names)
    )


def _predictions(table: pd.DataFrame, class_names: tuple[str, ...]) -> Predictions:
    probabilities = table[[f"p{i}" for i in range(len(class_names))]].to_numpy(np.float32)
    return Predictions(
        table["id"].to_numpy(str),
        table["split"].to_numpy(str),
        table["label"].to_numpy(int),
        probabilities,
        class_names,
    )


def class_columns(class_names: Sequence[str]) -> list[str]:
    """The names of the columns with each class's probability: the class's own, unless another column has that."""
    taken = {"path", "problem", "label", "neighbours"}
    columns = []
    for name in class_names:
        while name in taken:
            name += " (class)"
        taken.add(name)
        columns.append(name)
    return columns
