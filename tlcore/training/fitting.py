"""One compile and fit: how a stage is trained by epochs, listened to, stopped, kept and gone on with.

Imports TensorFlow.
"""

import math
import time
from dataclasses import dataclass

import keras
import numpy as np

from tlcore.errors import UserError
from tlcore.progress import Progress
from tlcore.training.batches import Batches
from tlcore.training.checkpoints import Checkpoints, Progressed
from tlcore.training.model import assign_values, read_values


@dataclass(frozen=True)
class Stage:
    """How one stage is trained.

    Attributes:
        name: "head" or "fine-tune".
        epochs: at most so many.
        optimizer: with its learning rate.
        seed: what dropout and augmentation depend on.
        label_smoothing: share of a label's weight spread over all classes.
        class_weights: what an example of each class weighs.
        early_stopping: epochs without a better val loss before it ends; 0: never.
        least_epochs: so many are completed even when the work is asked to stop.
    """

    name: str
    epochs: int
    optimizer: keras.optimizers.Optimizer
    seed: int
    label_smoothing: float = 0.0
    class_weights: dict[int, float] | None = None
    early_stopping: int = 0
    least_epochs: int = 0


class _Stop(Exception):
    """The work was asked to stop and to keep the best so far."""


def fit(
    model: keras.Model,
    variables: dict[str, keras.Variable],
    train: Batches,
    val: Batches | None,
    stage: Stage,
    progress: Progress,
    checkpoints: Checkpoints | None = None,
) -> float:
    """Trains a model from where it is, or from the last checkpoint, and leaves it as it was after its best epoch.

    The best epoch is the one with the lowest val loss; without val examples it is the last one. Asked to stop, it
    ends at the next batch; when no epoch is complete by then, the model stays as it is at that moment. Losses are
    log losses without label smoothing, class weights or penalties, those of train with dropout and augmentation.

    Everything that chance decides is a function of the stage's seed and the epoch, so that a run that goes on from
    a checkpoint ends as it would have without the break.

    Args:
        model: inputs to logits.
        variables: what training changes, by name: what checkpoints and the best epoch hold.
        train: shuffled by seed and epoch.
        val: in order; None when there are no val examples.
        stage: how it is trained.
        progress: hears `step` and `epoch`; is asked each batch whether to stop or cancel.
        checkpoints: where to keep each epoch; None: nowhere.

    Returns:
        Seconds that training took, those before a break included.

    Raises:
        UserError: the loss is no longer a number.
        Cancelled: the work was asked to cancel.
    """
    model.compile(
        optimizer=stage.optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=stage.label_smoothing),
        metrics=[
            keras.metrics.CategoricalCrossentropy(name="log_loss", from_logits=True),
            keras.metrics.CategoricalAccuracy(name="accuracy"),
        ],
        jit_compile=False,
    )
    stage.optimizer.build(model.trainable_variables)
    listener = _Listener(variables, train, val is not None, stage, progress, checkpoints)
    listener.resume()
    ending = "Done"
    if not listener.finished:
        try:
            model.fit(
                train,
                epochs=stage.epochs,
                initial_epoch=listener.epoch,
                validation_data=val,
                class_weight=stage.class_weights,
                shuffle=False,
                callbacks=[listener],
                verbose=0,
            )
        except _Stop:
            ending = "Stopped"
    progress.log(f"{ending}: {listener.kept}")
    if listener.best is not None:
        assign_values(variables, listener.best)
    return listener.seconds


class _Listener(keras.callbacks.Callback):
    """Speaks to `progress`, keeps the best epoch and the checkpoints, ends the training."""

    def __init__(self, variables, train, has_val, stage, progress, checkpoints):
        super().__init__()
        self.variables = variables
        self.train = train
        self.has_val = has_val
        self.stage = stage
        self.progress = progress
        self.checkpoints = checkpoints
        self.epoch = 0  # epochs that are complete
        self.best: dict[str, np.ndarray] | None = None
        self.best_epoch = 0
        self.best_loss = math.inf
        self.seconds_before = 0.0
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.started

    @property
    def finished(self) -> bool:
        patience = self.stage.early_stopping if self.has_val else 0
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.stage.epochs or (patience > 0 and waited >= patience)

    @property
    def kept(self) -> str:
        return (
            f"epoch {self.best_epoch} is kept"
            if self.best
            else "no epoch is complete, so the weights are kept as they are"
        )

    def resume(self) -> None:
        """Takes over the last checkpoint, when there is one."""
        state = self.checkpoints.last() if self.checkpoints else None
        if state is None:
            return
        assign_values(self.variables, self.checkpoints.variables(state.epoch))
        assign_values(self._optimizer_variables(), self.checkpoints.optimizer(state.epoch))
        self.best = self.checkpoints.variables(state.best_epoch)
        self.epoch, self.best_epoch, self.best_loss = state.epoch, state.best_epoch, state.best_loss
        self.seconds_before = state.seconds
        self.progress.log(f"Goes on after epoch {state.epoch}")

    def on_epoch_begin(self, epoch, logs=None):
        self.train.epoch = epoch
        states = [v for v in self.model.variables if v.name == "seed_generator_state"]
        for number, state in enumerate(states):
            values = np.random.SeedSequence((self.stage.seed, epoch, number)).generate_state(2)
            state.assign(values.astype(state.dtype))
        self.epoch_started = time.monotonic()
        self._step(0)

    def on_train_batch_begin(self, batch, logs=None):
        self.rate = float(self.stage.optimizer.learning_rate)

    def on_train_batch_end(self, batch, logs=None):
        self._require_finite(logs["loss"])
        if batch == 0:
            self.first_ended = time.monotonic()  # the first batch of all is slow: the graph is made
        self.train_ended = time.monotonic()
        self._step(min((batch + 1) * self.train.batch_size, self.train.examples))
        self._heed_stop()

    def on_test_batch_end(self, batch, logs=None):
        self.progress.check()
        self._heed_stop()

    def on_epoch_end(self, epoch, logs=None):
        val_seconds = time.monotonic() - self.train_ended
        self.epoch = epoch + 1
        loss = logs["val_log_loss"] if self.has_val else logs["log_loss"]
        self._require_finite(loss)
        better = loss < self.best_loss or not self.has_val
        if better:
            self.best, self.best_epoch, self.best_loss = read_values(self.variables), self.epoch, float(loss)
        speed = self._examples_per_second()
        # Heard before it is kept: killed in between, an epoch is told twice rather than never.
        self.progress.event(
            "epoch",
            stage=self.stage.name,
            epoch=self.epoch,
            epochs=self.stage.epochs,
            train_loss=logs["log_loss"],
            train_accuracy=logs["accuracy"],
            val_loss=logs.get("val_log_loss"),
            val_accuracy=logs.get("val_accuracy"),
            learning_rate=self.rate,
            examples_per_second=speed,
            seconds_left=(self.stage.epochs - self.epoch) * (self.train.examples / speed + val_seconds),
            best=better,
        )
        if self.checkpoints:
            state = Progressed(self.epoch, self.best_epoch, self.best_loss, self.seconds)
            values = self.best if better else read_values(self.variables)
            self.checkpoints.save(state, values, read_values(self._optimizer_variables()))
        self.progress.check()
        if self.finished:
            self.model.stop_training = True
        else:
            self._heed_stop()

    def _step(self, done: int) -> None:
        self.progress.step(done, self.train.examples, "images", f"epoch {self.epoch + 1} of {self.stage.epochs}")

    def _examples_per_second(self) -> float:
        """Of the epoch's training, from the end of its first batch on where there are others."""
        later = self.train.examples - self.train.batch_size
        if later > 0:
            return later / (self.train_ended - self.first_ended)
        return self.train.examples / (self.train_ended - self.epoch_started)

    def _heed_stop(self) -> None:
        if self.epoch >= self.stage.least_epochs and self.progress.request() == "stop":
            raise _Stop

    def _optimizer_variables(self) -> dict[str, keras.Variable]:
        return {f"{number:05d}": variable for number, variable in enumerate(self.stage.optimizer.variables)}

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise UserError(
                "Training came apart: the loss is no longer a number",
                f"In epoch {self.epoch + 1} of the stage {self.stage.name}, at a learning rate of {self.rate:.2g}",
                "Set a lower learning rate, a tenth of it, say",
            )
