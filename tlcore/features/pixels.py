"""Pictures at the size that a module wants: decoded, resized, and kept where that saves more time than it takes room.

Kept pixels of a little picture would take far more bytes than its file, out of which they are made again in no time.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.features.store import eviction
from tlcore.features.store.feature_store import Rows, RowStore
from tlcore.modalities.image.resizing import VERSION, decode
from tlcore.modalities.image.value_range import Range
from tlcore.modules.module import Module

BATCH = 32
_PIECE = 8  # pictures that one core decodes in a row
_SHARD_BYTES = 64 * 2**20
_TIMES_FILE = 2  # the bytes of its file that a picture's pixels may take
_TIMES_SIZE = 10  # the pixels of its module's from which on a picture takes long to decode, however small its file
_ANY_SIZE = 224  # the side of pictures for a module that takes any size


def image_size(module: Module) -> tuple[int, int]:
    """The height and width that a module's pictures get; 224 where the module takes any size.

    Raises:
        UserError: the module takes something else than pictures.
    """
    picture = module.picture if module.modality == "image" else None
    if picture is None:
        raise UserError(
            "This module does not take pictures",
            f"{module.name} takes {module.modality or 'arrays'} of shape {module.input.shape}",
            "Choose a module for images",
        )
    return picture.height or _ANY_SIZE, picture.width or _ANY_SIZE


def decode_ahead(items: Iterable, work: Callable, ahead: int = 4 * BATCH) -> Iterator:
    """Does `work` on each item by all cores, in order, at most so many ahead of whoever takes the results."""
    waiting = deque()
    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def pixel_store(height: int, width: int, values: Range | None = None) -> RowStore:
    name = "-".join(map(str, (f"pixels-{height}x{width}", VERSION, *(values or ()))))
    return RowStore(workspace.place("features") / name, (height, width, 3), "uint8")


def batches(
    dataset: Dataset, height: int, width: int, ids: Sequence[str], *, keep_all: bool = False
) -> Iterator[np.ndarray]:
    """The pictures of these examples in order, in batches of 32; those worth keeping are kept, as it goes.

    All cores decode them, or read them where they are kept, ahead of whoever takes them.

    Args:
        dataset: whose examples.
        height: in pixels.
        width: in pixels.
        ids: which examples, in this order.
        keep_all: whether they are kept even where that is more than the size limit has room for.

    Yields:
        uint8 (n, height, width, 3), n = 32 but for the last.
    """
    store = pixel_store(height, width, dataset.values)
    table = dataset.examples.set_index("id").loc[list(ids)]
    keys, files = table["sha256"].tolist(), table["file"].tolist()
    new = set(store.missing(keys))
    kept_anew = new.intersection(np.array(keys, object)[_worth_keeping(table, height, width)])
    kept = store.read([key for key in keys if key not in new])
    kept_before = np.cumsum([0, *(key not in new for key in keys)])

    def load(rows: range) -> np.ndarray:
        pictures = np.empty((len(rows), height, width, 3), np.uint8)
        old = [row - rows.start for row in rows if keys[row] not in new]
        pictures[old] = kept[kept_before[rows.start] : kept_before[rows.stop]]
        for row in rows:
            if keys[row] in new:
                pictures[row - rows.start] = decode(dataset.folder / files[row], height, width, dataset.values)
        return pictures

    pieces = (range(start, min(start + _PIECE, len(keys))) for start in range(0, len(keys), _PIECE))
    loaded = decode_ahead(pieces, load, max(4 * BATCH // _PIECE, 2 * (os.cpu_count() or 1)))
    room = None if keep_all or not kept_anew else eviction.room()
    keeper = _Keeper(store, max(BATCH, _SHARD_BYTES // (height * width * 3)), room)
    with closing(keeper), closing(loaded):
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            pictures = np.concatenate([next(loaded) for _ in range(0, len(part), _PIECE)])
            rows = {key: row for row, key in enumerate(part) if key in kept_anew and key not in keeper.taken}
            keeper.take(list(rows), pictures[list(rows.values())])
            yield pictures


class _Keeper:
    """Keeps rows as they come, a shard at a time, while the next ones are made; what there is no room for it lets go.

    Args:
        store: for all rows.
        shard_rows: so many go into a shard.
        room: bytes; None: for all.
    """

    def __init__(self, store: RowStore, shard_rows: int, room: int | None):
        self.taken: set[str] = set()
        self._store = store
        self._shard_rows = shard_rows
        self._room = room
        self._keys: list[str] = []
        self._rows: list[np.ndarray] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keep")
        self._writing: Future | None = None

    def take(self, keys: list[str], rows: np.ndarray) -> None:
        if self._room is not None:
            if rows.nbytes > self._room:
                return
            self._room -= rows.nbytes
        self.taken.update(keys)
        self._keys += keys
        self._rows.append(rows)
        if len(self._keys) >= self._shard_rows:
            self._write()

    def close(self) -> None:
        with self._thread:
            self._write()
            self._wait()

    def _write(self) -> None:
        self._wait()
        keys, rows = self._keys, self._rows
        self._keys, self._rows = [], []
        if keys:
            self._writing = self._thread.submit(lambda: self._store.append(keys, np.concatenate(rows)))

    def _wait(self) -> None:
        """For the shard that is being written; there is one at a time."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()


class Pictures:
    """Pictures at one size in a chosen order: read or decoded when indexed, held by no one.

    Indexing with a slice, a list or an array of row numbers gives uint8 (some, height, width, 3).

    Attributes:
        shape: (n, height, width, 3).
    """

    def __init__(
        self, files: list[Path], size: tuple[int, int], values: Range | None, kept: Rows, kept_row: np.ndarray
    ):
        self._files = files
        self._size = size
        self._values = values
        self._kept = kept
        self._kept_row = kept_row  # (n,) int: the row of `kept` that a picture is; -1: it is not kept
        self.shape = (len(files), *size, 3)
        self.dtype = np.dtype(np.uint8)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index) -> np.ndarray:
        rows = np.arange(len(self))[index]
        if rows.ndim == 0:
            return self[rows[None]][0]
        pictures = np.empty((len(rows), *self.shape[1:]), np.uint8)
        kept = self._kept_row[rows]
        pictures[kept >= 0] = self._kept[kept[kept >= 0]]
        for place in np.flatnonzero(kept < 0).tolist():
            pictures[place] = decode(self._files[rows[place]], *self._size, self._values)
        return pictures

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        pictures = self[:]
        return pictures if dtype is None else pictures.astype(dtype, copy=False)


def load_pixels(
    dataset: Dataset, height: int, width: int, ids: Sequence[str] | None = None, progress: Progress | None = None
) -> Pictures:
    """Pictures at one size; those worth keeping are decoded and kept now, where they are not yet.

    Args:
        dataset: whose examples.
        height: in pixels.
        width: in pixels.
        ids: which examples, in this order; all, as in `dataset.examples`, when None.
        progress: hears a step a batch.

    Returns:
        uint8 (n, height, width, 3), read or decoded when indexed.
    """
    progress = progress or Progress()
    table = dataset.examples.set_index("id")
    if ids is not None:
        table = table.loc[list(ids)]
    store = pixel_store(height, width, dataset.values)
    keys = table["sha256"].tolist()
    new = set(store.missing(keys))
    worth = _worth_keeping(table, height, width)
    if wanted := {key: id for id, key, each in zip(table.index, keys, worth, strict=True) if each and key in new}:
        done = 0
        with closing(batches(dataset, height, width, list(wanted.values()), keep_all=True)) as stream:
            for batch in stream:
                done += len(batch)
                progress.step(done, len(wanted), "images", "decoding")
    is_kept = np.array([key not in new or each for key, each in zip(keys, worth, strict=True)], bool)
    kept = store.read([key for key, each in zip(keys, is_kept, strict=True) if each])
    files = [dataset.folder / file for file in table["file"]]
    return Pictures(files, (height, width), dataset.values, kept, np.where(is_kept, np.cumsum(is_kept) - 1, -1))


def _worth_keeping(examples: pd.DataFrame, height: int, width: int) -> np.ndarray:
    """(n,) bool: of which examples the pixels at a size are kept."""
    in_proportion = _TIMES_FILE * examples["size"] >= 3 * height * width
    slow = examples["width"] * examples["height"] >= _TIMES_SIZE * height * width
    return (in_proportion | slow).to_numpy(bool)
