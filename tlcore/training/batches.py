"""Examples in batches, in an order that is a function of seed and epoch alone."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

Inputs = Callable[[Sequence[np.ndarray], int], Generator[np.ndarray]]
_AHEAD = 3  # batches


class Batches:
    """Inputs and one-hot labels, an epoch at a time.

    Args:
        inputs: called with the row numbers of each batch and the number of the epoch, gives the inputs of each batch;
            from a thread of its own.
        labels: (n,) int.
        classes: how many there are.
        batch_size: examples a batch; the last may have fewer.
        seed: shuffles, each epoch anew; None: as they come.
    """

    def __init__(self, inputs: Inputs, labels: np.ndarray, classes: int, batch_size: int, seed: int | None = None):
        self._inputs = inputs
        self.labels = np.asarray(labels)
        self._labels = np.eye(classes, dtype=np.float32)[self.labels]
        self.batch_size = batch_size
        self._seed = seed

    @property
    def examples(self) -> int:
        return len(self._labels)

    def __len__(self) -> int:
        return -(-self.examples // self.batch_size)

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches of an epoch, the first one's number being 0, read ahead of whoever takes them; close it."""
        order = self.order(number)
        parts = [order[start : start + self.batch_size] for start in range(0, self.examples, self.batch_size)]
        labels = (self._labels[rows] for rows in parts)
        inputs = self._inputs(parts, number)
        yield from _read_ahead(zip(inputs, labels, strict=True), inputs.close)

    def order(self, epoch: int) -> np.ndarray:
        """(n,) int: the rows as an epoch takes them."""
        if self._seed is None:
            return np.arange(self.examples)
        return np.random.default_rng((self._seed, epoch)).permutation(self.examples)


def rows_of(array) -> Inputs:
    """Inputs that lie in something that can be indexed by row numbers."""
    return lambda parts, epoch: (np.asarray(array[rows]) for rows in parts)


def _read_ahead(items: Iterable[tuple], close: Callable[[], None]) -> Iterator[tuple]:
    """The same items, taken by a thread a few ahead of whoever takes them here.

    The thread closes what they come from too: an interruption may come here while it is still at work in that.
    """
    items = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
        waiting = deque(thread.submit(next, items, None) for _ in range(_AHEAD))
        try:
            while (item := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(next, items, None))
                yield item
        finally:
            for each in waiting:
                each.cancel()
            thread.submit(close)
