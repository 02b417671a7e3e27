"""A function of TensorFlow's run over batches of items as it is. Imports TensorFlow."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain

import numpy as np
import tensorflow as tf

from tlcore.modalities import ItemTensor


def has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def compiled(call: Callable, tensor: ItemTensor) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    """A function of items, traced once for any number of them.

    Args:
        call: float32 [n, …], items divided by the tensor's divisor, to a tuple of tensors whose first axis is n.
        tensor: of one item, as it is decoded.

    Returns:
        items (n, …) to a tuple of arrays.
    """

    @tf.function(
        input_signature=[tf.TensorSpec([None, *tensor.shape], tensor.dtype)], jit_compile=False, autograph=False
    )
    def compute(items):
        return call(tf.cast(items, tf.float32) / tensor.divisor)

    return lambda items: tuple(np.asarray(rows) for rows in compute(items))


def run(
    compute: Callable, batches: Iterable[np.ndarray], still: Callable[[], None], *, reduced: bool = False
) -> Iterator[tuple[np.ndarray, ...]]:
    """Runs a function over batches of items, in order, while the next one arrives.

    Args:
        compute: from `compiled`.
        batches: items (n, …), of any n.
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
        for items in chain(batches, (None,)):
            following = None if items is None else thread.submit(compute, items)
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
