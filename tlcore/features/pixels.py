"""Pictures at the size that a module wants, decoded and resized once and kept."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

import tlcore.workspace as workspace
from tlcore.datasets.dataset import Dataset
from tlcore.datasets.images import open_rgb
from tlcore.errors import UserError
from tlcore.features.store import Rows, RowStore
from tlcore.modules.module import Module
from tlcore.progress import Progress

BATCH = 32
VERSION = 1  # of `decode`; another number makes every kept row of pixels and features a thing of the past
_SHARD_BYTES = 64 * 2**20
_ANY_SIZE = 224  # the side of pictures for a module that takes any size


def image_size(module: Module) -> tuple[int, int]:
    """The height and width that a module's pictures get; 224 where the module takes any size.

    Raises:
        UserError: the module takes something else than pictures.
    """
    shape = module.input.shape
    if module.modality not in ("image", "") or len(shape) != 3 or shape[2] not in (3, None):
        raise UserError(
            "This module does not take pictures",
            f"{module.name} takes {module.modality or 'arrays'} of shape {shape}",
            "Choose a module for images",
        )
    return shape[0] or _ANY_SIZE, shape[1] or _ANY_SIZE


def decode(path: Path, height: int, width: int) -> np.ndarray:
    """One picture at a module's size: squashed to it, bilinear over the area that each new pixel covers.

    Across first, then down, each rounded to eight bits: Pillow left to itself chooses the order by its version and
    the sizes, and an exported graph (`exports.decoding`) must give the same pixels.

    Args:
        path: the file, or an open one.
        height: in pixels.
        width: in pixels.

    Returns:
        uint8 (height, width, 3), RGB.

    Raises:
        UserError: the picture can't be read.
    """
    picture = open_rgb(path)
    across = picture.resize((width, picture.height), Image.Resampling.BILINEAR)
    return np.asarray(across.resize((width, height), Image.Resampling.BILINEAR))


def decode_ahead(paths: Sequence[Path], work: Callable[[Path], object]) -> Iterator[object]:
    """Does `work` on each path by all cores, in order, at most four batches ahead of whoever takes the results."""
    waiting = deque()
    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode")
    try:
        for path in paths:
            waiting.append(pool.submit(work, path))
            if len(waiting) >= 4 * BATCH:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def pixel_store(height: int, width: int) -> RowStore:
    return RowStore(workspace.place("features") / f"pixels-{height}x{width}-{VERSION}", (height, width, 3), "uint8")


def batches(dataset: Dataset, height: int, width: int, ids: Sequence[str]) -> Iterator[np.ndarray]:
    """The pictures of these examples in order, in batches of 32; those that are not kept yet are, as it goes.

    Yields:
        uint8 (n, height, width, 3), n = 32 but for the last.
    """
    store = pixel_store(height, width)
    keys = dataset.examples.set_index("id").loc[list(ids), "sha256"].tolist()
    first_with = dict(zip(reversed(keys), reversed(list(ids)), strict=True))
    new = store.missing(keys)
    shard_rows = max(BATCH, _SHARD_BYTES // (height * width * 3))
    buffer: dict[str, np.ndarray] = {}
    decoded = decode_ahead([dataset.file(first_with[key]) for key in new], lambda path: decode(path, height, width))
    arriving = set(new)
    with closing(decoded):
        try:
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                for key in part:
                    if key in arriving:
                        arriving.discard(key)
                        buffer[key] = next(decoded)
                kept = store.read([key for key in part if key not in buffer])[:]
                kept_rows = iter(kept)
                yield np.stack([buffer[key] if key in buffer else next(kept_rows) for key in part])
                if len(buffer) >= shard_rows:
                    store.append(list(buffer), np.stack(list(buffer.values())))
                    buffer = {}
        finally:
            if buffer:
                store.append(list(buffer), np.stack(list(buffer.values())))


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
    store = pixel_store(height, width)
    keys = examples.set_index("id").loc[ids, "sha256"].tolist()
    new = set(store.missing(keys))
    if new:
        wanted = {key: id for id, key in zip(ids, keys, strict=True) if key in new}
        done = 0
        with closing(batches(dataset, height, width, list(wanted.values()))) as stream:
            for batch in stream:
                done += len(batch)
                progress.step(done, len(wanted), "images", "decoding")
    return store.read(keys)
