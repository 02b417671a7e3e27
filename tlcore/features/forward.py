"""The frozen forward pass: pictures in, rows out, in batches of one fixed size. Imports TensorFlow."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain

import numpy as np
import tensorflow as tf

from tlcore.features.pixels import BATCH
from tlcore.progress import Progress


def forward(
    call: Callable, batches: Iterable[np.ndarray], total: int, progress: Progress, name: str = ""
) -> Iterator[tuple[np.ndarray, ...]]:
    """Runs `call` over batches of pictures while the next ones are being decoded.

    Every batch is filled up to 32 with black pictures, so that the graph is traced once and a row does not depend
    on how many others came with it. `progress` hears a step at least each second, however slow the module is.

    Args:
        call: (float32 [32, h, w, 3] in 0…1) to a tuple of tensors whose first axis is 32.
        batches: uint8 (n, h, w, 3), n at most 32.
        total: how many pictures there are.
        progress: hears steps in images, and may cancel.
        name: what the steps are called.

    Yields:
        For each batch a tuple of arrays of n rows.
    """

    @tf.function(jit_compile=False, autograph=False)
    def compute(pixels):
        return call(tf.cast(pixels, tf.float32) / 255.0)

    def run(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
        full = np.zeros((BATCH, *pixels.shape[1:]), np.uint8)
        full[: len(pixels)] = pixels
        return tuple(np.asarray(rows)[: len(pixels)] for rows in compute(full))

    def result_of(job: Future) -> tuple[np.ndarray, ...]:
        while not wait([job], timeout=0.5).done:
            progress.step(done, total, "images", name)
        return job.result()

    done = 0
    progress.step(done, total, "images", name)
    with ThreadPoolExecutor(1, thread_name_prefix="forward") as thread:
        under_way = None
        for pixels in chain(batches, (None,)):
            following = None if pixels is None else thread.submit(run, pixels)
            if under_way is not None:
                rows = result_of(under_way)
                done += len(rows[0])
                yield rows
                progress.step(done, total, "images", name)
            under_way = following
