"""Pictures at the size that a module wants, decoded and resized once and kept."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import numpy as np

import tlcore.workspace as workspace
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.values import Range
from tlcore.errors import UserError
from tlcore.features import limit
from tlcore.features.decoding import VERSION, decode
from tlcore.features.store import Rows, RowStore
from tlcore.modules.module import Module
from tlcore.progress import Progress

BATCH = 32
_PIECE = 8  # pictures that one core decodes in a row
_SHARD_BYTES = 64 * 2**20
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
    """The pictures of these examples in order, in batches of 32; those that are not kept yet are, as it goes.

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
    table = dataset.examples.set_index("id").loc[list(ids), ["sha256", "file"]]
    keys, files = table["sha256"].tolist(), table["file"].tolist()
    new = set(store.missing(keys))
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
    room = None if keep_all or not new else limit.room()
    keeper = _Keeper(store, max(BATCH, _SHARD_BYTES // (height * width * 3)), room)
    with closing(keeper), closing(loaded):
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            pictures = np.concatenate([next(loaded) for _ in range(0, len(part), _PIECE)])
            rows = {key: row for row, key in enumerate(part) if key in new and key not in keeper.taken}
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


def load_pixels(
    dataset: Dataset, height: int, width: int, ids: Sequence[str] | None = None, progress: Progress | None = None
) -> Rows:
    """Pictures at one size, from the kept ones where they are, else decoded and kept.

    Args:
        dataset: whose examples.
        height: in pixels.
        width: in pixels.
        ids: which examples, in this order; all, as in `dataset.examples`, when None.
        progress: hears a step a batch.

    Returns:
        uint8 (n, height, width, 3), read from disk when indexed.
    """
    progress = progress or Progress()
    examples = dataset.examples
    ids = examples["id"].tolist() if ids is None else list(ids)
    store = pixel_store(height, width, dataset.values)
    keys = examples.set_index("id").loc[ids, "sha256"].tolist()
    new = set(store.missing(keys))
    if new:
        wanted = {key: id for id, key in zip(ids, keys, strict=True) if key in new}
        done = 0
        with closing(batches(dataset, height, width, list(wanted.values()), keep_all=True)) as stream:
            for batch in stream:
                done += len(batch)
                progress.step(done, len(wanted), "images", "decoding")
    return store.read(keys)
