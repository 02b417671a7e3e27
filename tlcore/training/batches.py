"""Examples in batches, in an order that is a function of seed and epoch alone. Imports TensorFlow."""

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Inputs and one-hot labels for `fit`.

    Args:
        inputs: what can be indexed by an array of rows: (n, …); uint8 pixels come out as float32 in 0…1.
        labels: (n,) int.
        classes: how many there are.
        batch_size: examples a batch; the last may have fewer.
        seed: shuffles, each epoch anew; None: as they come.

    Attributes:
        epoch: counts from 0; whoever drives `fit` sets it before each epoch.
    """

    def __init__(self, inputs, labels: np.ndarray, classes: int, batch_size: int, seed: int | None = None):
        super().__init__()
        self._inputs = inputs
        self._labels = np.eye(classes, dtype=np.float32)[np.asarray(labels)]
        self.batch_size = batch_size
        self._seed = seed
        self.epoch = 0

    @property
    def examples(self) -> int:
        return len(self._labels)

    def __len__(self) -> int:
        return -(-self.examples // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.order()[index * self.batch_size : (index + 1) * self.batch_size]
        inputs = np.asarray(self._inputs[rows])
        scaled = np.float32(1 / 255) * inputs if inputs.dtype == np.uint8 else inputs
        return scaled, self._labels[rows]

    def order(self) -> np.ndarray:
        """(n,) int: the rows as the present epoch takes them."""
        if self._seed is None:
            return np.arange(self.examples)
        return np.random.default_rng((self._seed, self.epoch)).permutation(self.examples)
