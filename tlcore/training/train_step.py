"""Steps of training and evaluation, each one call of a graph. Imports TensorFlow."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import keras
import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Sums:
    """What steps add up to.

    Attributes:
        examples: how many went in.
        log_losses: sum of their log losses.
        correct: how many of them were told rightly.
        loss: sum over steps of what was minimised: with smoothing, weights and penalties.
    """

    examples: int = 0
    log_losses: float = 0.0
    correct: float = 0.0
    loss: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.examples + other.examples,
            self.log_losses + other.log_losses,
            self.correct + other.correct,
            self.loss + other.loss,
        )

    @property
    def log_loss(self) -> float:
        return self.log_losses / self.examples

    @property
    def accuracy(self) -> float:
        return self.correct / self.examples


class Stepper:
    """Trains and judges a model batch by batch, with the losses of Keras's own `fit`.

    Args:
        model: inputs to logits.
        optimizer: built for the model's trainable variables.
        label_smoothing: share of a label's weight spread over all classes.
        class_weights: what an example of each class weighs.
        steps_per_execution: how many steps one call takes at most; more than 1 pays for models that are quick.
        divisor: what inputs are divided by, in float32, on their way into the model.
    """

    def __init__(
        self, model, optimizer, label_smoothing, class_weights, steps_per_execution: int = 1, divisor: float = 1.0
    ):
        self._model = model
        self._optimizer = optimizer
        self._loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)
        self._weights = None if class_weights is None else np.array([w for _, w in sorted(class_weights.items())], "f4")
        self._steps_per_execution = steps_per_execution
        self._divisor = divisor
        self._graphs: dict[str, Callable] = {}

    @property
    def learning_rate(self) -> float:
        """Of the last step."""
        rate = getattr(self._optimizer, "inner_optimizer", self._optimizer)._learning_rate
        steps = self._optimizer.iterations.numpy()
        return float(rate(max(0, steps - 1)) if callable(rate) else rate)

    def train(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Iterator[Sums]:
        """Takes a step for each batch of inputs and one-hot labels; gives what a call's steps add up to."""
        batches = iter(batches)
        for inputs, labels in batches:
            chunk = [(inputs, labels), *islice(batches, self._steps_per_execution - 1)]
            odd = [chunk.pop()] if len(chunk[-1][0]) < len(inputs) else []
            if len(chunk) > 1:
                stacked = [np.stack(each) for each in zip(*chunk, strict=True)]
                yield _sums(stacked[1], self._run(self._train_many, *stacked))
                chunk = []
            for inputs, labels in chain(chunk, odd):
                yield _sums(labels, self._run(self._train, inputs, labels))

    def evaluate(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[Sums, np.ndarray]]:
        """Judges the model on each batch of inputs and one-hot labels; gives its probabilities (n, classes) too."""
        for inputs, labels in batches:
            numbers, probabilities = self._run(self._judge, inputs, labels)
            yield _sums(labels, numbers), probabilities.numpy()

    def _run(self, function: Callable, inputs: np.ndarray, labels: np.ndarray):
        """Calls a function's graph, made once for batches of any size."""
        if function.__name__ not in self._graphs:
            open_axes = labels.ndim - 1
            specs = [
                tf.TensorSpec((*[None] * open_axes, *each.shape[open_axes:]), each.dtype) for each in (inputs, labels)
            ]
            self._graphs[function.__name__] = tf.function(
                function, input_signature=specs, autograph=False, jit_compile=False
            )
        return self._graphs[function.__name__](inputs, labels)

    def _train(self, inputs, labels):
        trained = self._model.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in trained])
            logits = self._model(self._floats(inputs), training=True)
            weights = None if self._weights is None else tf.linalg.matvec(labels, self._weights)
            loss = self._loss(labels, logits, sample_weight=weights) + sum(self._model.losses)
            scaled = self._optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, [variable.value for variable in trained])
        self._optimizer.apply_gradients(zip(gradients, trained, strict=True))
        return self._numbers(labels, logits, loss)

    def _train_many(self, inputs, labels):
        def step(number, total):
            return number + 1, total + self._train(inputs[number], labels[number])

        count = tf.shape(inputs)[0]
        return tf.while_loop(lambda number, total: number < count, step, (0, tf.zeros(3)), parallel_iterations=1)[1]

    def _judge(self, inputs, labels):
        logits = self._model(self._floats(inputs), training=False)
        return self._numbers(labels, logits, tf.zeros(())), tf.nn.softmax(logits)

    def _floats(self, inputs: tf.Tensor) -> tf.Tensor:
        inputs = tf.cast(inputs, tf.float32)
        return inputs if self._divisor == 1 else inputs / self._divisor

    @staticmethod
    def _numbers(labels, logits, loss):
        log_losses = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        correct = tf.cast(tf.argmax(logits, -1) == tf.argmax(labels, -1), tf.float32)
        return tf.stack([tf.reduce_sum(log_losses), tf.reduce_sum(correct), loss])


def _sums(labels: np.ndarray, numbers: tf.Tensor) -> Sums:
    return Sums(labels[..., 0].size, *map(float, numbers.numpy()))
