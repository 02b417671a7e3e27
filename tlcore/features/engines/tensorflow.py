"""A function of TensorFlow's run over batches of pictures as it is. Imports TensorFlow."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain

import numpy as np
import tensorflow as tf


def has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def compiled(call: Callable, shape: tuple[int, ...]) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    """A function of pictures, traced once for any number of them.

    Args:
        call: float32 [n, *shape] in 0…1 to a tuple of tensors whose first axis is n.
        shape: of one picture.

    Returns:
        uint8 (n, *shape) to a tuple of arrays.
    """

    @tf.function(input_signature=[tf.TensorSpec([None, *shape], tf.uint8)], jit_compile=False, autograph=False)
    def compute(pixels):
        return call(tf.cast(pixels, tf.float32) / 255.0)

    return lambda pixels: tuple(np.asarray(rows) for rows in compute(pixels))


def run(
    compute: Callable, batches: Iterable[np.ndarray], still: Callable[[], None], *, reduced: bool = False
) -> Iterator[tuple[np.ndarray, ...]]:
    """Runs a function over batches of pictures, in order, while the next one arrives.

    Args:
        compute: from `compiled`.
        batches: uint8 (n, h, w, 3), of any n.
        still: called each half second that a row is waited for; it may raise.
        reduced: whether a GPU may compute in f16; otherwise all of f32's digits count.

    Yields:
        For each batch a tuple of arrays of n rows.
    """

    def rows_of(job: Future) -> tuple[np.ndarray, ...]:
        while not wait([job], timeout=0.5).done:
            still()
        return job.result()

    with reduced_precision(reduced), ThreadPoolExecutor(1, thread_name_prefix="pass") as thread:
        under_way = None
        for pixels in chain(batches, (None,)):
            following = None if pixels is None else thread.submit(compute, pixels)
            if under_way is not None:
                yield rows_of(under_way)
            under_way = following


@contextlib.contextmanager
def reduced_precision(reduced: bool) -> Iterator[None]:
    """Whether a GPU may compute in f16 meanwhile; otherwise all of f32's digits count. Within what may, all may.

    It goes by TensorFlow's rewriting of graphs, which knows SavedModels as well as Keras's layers; variables stay f32.
    """
    options = tf.config.optimizer.get_experimental_options()
    tensor_float = tf.config.experimental.tensor_float_32_execution_enabled()
    before = options.get("auto_mixed_precision", False)
    tf.config.experimental.enable_tensor_float_32_execution(reduced or before)
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision": reduced or before})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": before})
        tf.config.experimental.enable_tensor_float_32_execution(tensor_float)
