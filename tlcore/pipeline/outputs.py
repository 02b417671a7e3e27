"""What done jobs left in their folders, read for whoever shows it; `tasks.py` writes it."""

import io
import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from tlcore.exports.parity import Agreement, read_agreement
from tlcore.jobs import Job


def predicted_table(job: Job) -> pd.DataFrame:
    """What a `predict` job made, a row a file, as `evaluation.new_files.predict_new_files` gives it."""
    return pd.read_parquet(job.folder / "predictions.parquet")


def predicted_previews(job: Job, rows: Sequence[int]) -> list[bytes | None]:
    """Small copies of the items that a `predict` job predicted; None for those that are not made yet."""
    return [_content(job.folder / "thumbnails" / str(row)) for row in rows]


def proposed_previews(job: Job) -> dict[str, bytes]:
    """Small copies of the examples that an `import` job's proposal names, by their names."""
    contents = {name: _content(job.folder / file) for name, file in job.result["thumbnails"].items()}
    return {name: content for name, content in contents.items() if content}


def augmented_items(job: Job) -> np.ndarray:
    """What a `preview` job made: uint8 [count, 1 + copies, height, width, 3], the first of each row as it came."""
    return np.load(job.folder / "images.npy")


def explanation_picture(job: Job, name: str) -> np.ndarray:
    """A picture of an `explain` job, uint8 (h, w, 3) or (h, w): `picture`, `heat`, `covered`, `random-0` …."""
    with Image.open(io.BytesIO((job.folder / f"{name}.png").read_bytes())) as picture:
        return np.asarray(picture)


class ExportOutput:
    """The files of a done `export` job."""

    def __init__(self, job: Job):
        self._job = job
        self.path = Path(job.result["path"])

    @cached_property
    def files(self) -> list[Path]:
        return [path for path in self.path.rglob("*") if path.is_file()]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files)

    @property
    def agreement(self) -> Agreement | None:
        """How far it says the same as the run; None of an export that is no model."""
        return read_agreement(self.path)

    def download(self, name: str) -> tuple[Callable[[], bytes], str]:
        """What reads a download, and what the file is called: the one file as it is, several as an archive.

        Args:
            name: of the download, without its suffix.
        """
        if len(self.files) == 1:
            return self.files[0].read_bytes, f"{name}{self.files[0].suffix}"
        return lambda: self._archive(self._job.folder / name), f"{name}.zip"

    def _archive(self, path: Path) -> bytes:
        archive = Path(f"{path}.zip")
        if not archive.exists():
            shutil.make_archive(str(path), "zip", self.path)
        return archive.read_bytes()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
