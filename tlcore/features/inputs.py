"""Examples as a module takes them: decoded, and kept where that saves more time than it takes room.

What a small file is decoded to would take far more bytes than the file, out of which it is made again in no time.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import Dataset
from tlcore.features.store import eviction
from tlcore.features.store.feature_store import Rows, RowStore
from tlcore.modalities import InputSpec, Modality, Range, modality_of, only_tensor

BATCH = 32
_PIECE = 8  # items that one core decodes in a row
_SHARD_BYTES = 64 * 2**20


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


def input_store(modality: Modality, spec: InputSpec, values: Range | None = None) -> RowStore:
    """Where items are kept that were decoded so."""
    tensor = only_tensor(spec)
    size = "x".join(map(str, modality.size_of(spec)))
    name = "-".join(map(str, (modality.kept_as, size, modality.decode_version, *(values or ()))))
    return RowStore(workspace.place("features") / name, tensor.shape, tensor.dtype)


def batches(dataset: Dataset, spec: InputSpec, ids: Sequence[str], *, keep_all: bool = False) -> Iterator[np.ndarray]:
    """These examples in order, decoded, in batches of 32; those worth keeping are kept, as it goes.

    All cores decode them, or read them where they are kept, ahead of whoever takes them.

    Args:
        dataset: whose examples.
        spec: what they are decoded to.
        ids: which examples, in this order.
        keep_all: whether they are kept even where that is more than the size limit has room for.

    Yields:
        (n, …) of the spec's tensor, n = 32 but for the last.
    """
    modality, tensor = modality_of(dataset.modality), only_tensor(spec)
    store = input_store(modality, spec, dataset.values)
    table = dataset.examples.set_index("id").loc[list(ids)]
    keys, files = table["sha256"].tolist(), table["file"].tolist()
    new = set(store.missing(keys))
    kept_anew = new.intersection(np.array(keys, object)[modality.is_worth_keeping(table, spec)])
    kept = store.read([key for key in keys if key not in new])
    kept_before = np.cumsum([0, *(key not in new for key in keys)])

    def load(rows: range) -> np.ndarray:
        items = np.empty((len(rows), *tensor.shape), tensor.dtype)
        old = [row - rows.start for row in rows if keys[row] not in new]
        items[old] = kept[kept_before[rows.start] : kept_before[rows.stop]]
        for row in rows:
            if keys[row] in new:
                items[row - rows.start] = modality.decode(dataset.folder / files[row], spec, dataset.values)
        return items

    pieces = (range(start, min(start + _PIECE, len(keys))) for start in range(0, len(keys), _PIECE))
    loaded = decode_ahead(pieces, load, max(4 * BATCH // _PIECE, 2 * (os.cpu_count() or 1)))
    room = None if keep_all or not kept_anew else eviction.room()
    row_bytes = int(np.prod(tensor.shape)) * np.dtype(tensor.dtype).itemsize
    keeper = _Keeper(store, max(BATCH, _SHARD_BYTES // row_bytes), room)
    with closing(keeper), closing(loaded):
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            items = np.concatenate([next(loaded) for _ in range(0, len(part), _PIECE)])
            rows = {key: row for row, key in enumerate(part) if key in kept_anew and key not in keeper.taken}
            keeper.take(list(rows), items[list(rows.values())])
            yield items


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


class DecodedItems:
    """Decoded items in a chosen order: read or decoded when indexed, held by no one.

    Indexing with a slice, a list or an array of row numbers gives (some, …) of the spec's tensor.

    Attributes:
        shape: (n, …).
        dtype: of the spec's tensor.
    """

    def __init__(
        self,
        files: list[Path],
        modality: Modality,
        spec: InputSpec,
        values: Range | None,
        kept: Rows,
        kept_row: np.ndarray,
    ):
        self._files = files
        self._modality = modality
        self._spec = spec
        self._values = values
        self._kept = kept
        self._kept_row = kept_row  # (n,) int: the row of `kept` that an item is; -1: it is not kept
        tensor = only_tensor(spec)
        self.shape = (len(files), *tensor.shape)
        self.dtype = np.dtype(tensor.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index) -> np.ndarray:
        rows = np.arange(len(self))[index]
        if rows.ndim == 0:
            return self[rows[None]][0]
        items = np.empty((len(rows), *self.shape[1:]), self.dtype)
        kept = self._kept_row[rows]
        items[kept >= 0] = self._kept[kept[kept >= 0]]
        for place in np.flatnonzero(kept < 0).tolist():
            items[place] = self._modality.decode(self._files[rows[place]], self._spec, self._values)
        return items

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        items = self[:]
        return items if dtype is None else items.astype(dtype, copy=False)


def load_inputs(
    dataset: Dataset, spec: InputSpec, ids: Sequence[str] | None = None, progress: Progress | None = None
) -> DecodedItems:
    """Decoded examples; those worth keeping are decoded and kept now, where they are not yet.

    Args:
        dataset: whose examples.
        spec: what they are decoded to.
        ids: which examples, in this order; all, as in `dataset.examples`, when None.
        progress: hears a step a batch.

    Returns:
        (n, …) of the spec's tensor, read or decoded when indexed.
    """
    progress = progress or Progress()
    modality = modality_of(dataset.modality)
    table = dataset.examples.set_index("id")
    if ids is not None:
        table = table.loc[list(ids)]
    store = input_store(modality, spec, dataset.values)
    keys = table["sha256"].tolist()
    new = set(store.missing(keys))
    worth = modality.is_worth_keeping(table, spec)
    if wanted := {key: id for id, key, each in zip(table.index, keys, worth, strict=True) if each and key in new}:
        done = 0
        with closing(batches(dataset, spec, list(wanted.values()), keep_all=True)) as stream:
            for batch in stream:
                done += len(batch)
                progress.step(done, len(wanted), modality.noun.many, "decoding")
    is_kept = np.array([key not in new or each for key, each in zip(keys, worth, strict=True)], bool)
    kept = store.read([key for key, each in zip(keys, is_kept, strict=True) if each])
    files = [dataset.folder / file for file in table["file"]]
    kept_row = np.where(is_kept, np.cumsum(is_kept) - 1, -1)
    return DecodedItems(files, modality, spec, dataset.values, kept, kept_row)
