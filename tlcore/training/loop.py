"""One fit: how a stage is trained by epochs, listened to, stopped, kept and gone on with.

Imports TensorFlow.
"""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass

import keras
import numpy as np

from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.training.batches import Batches
from tlcore.training.checkpoints import Checkpoints, Progressed
from tlcore.training.model import assign_values, read_values
from tlcore.training.outcome import KeptEpoch, kept_in_words
from tlcore.training.temperature import scaled_loss
from tlcore.training.train_step import Stepper, Sums

AfterEpoch = Callable[[int, np.ndarray], None]


@dataclass(frozen=True)
class FitConfig:
    """How one stage is trained.

    Attributes:
        name: "head" or "fine-tune".
        epochs: at most so many.
        optimizer: with its learning rate.
        seed: what dropout depends on.
        label_smoothing: share of a label's weight spread over all classes.
        class_weights: what an example of each class weighs.
        early_stopping: epochs without a lower scaled val loss before it ends; 0: never.
        min_epochs: so many are completed even when the work is asked to stop.
        start_counts: whether what training starts from may be kept, as its epoch 0; if not, it is noise.
        steps_per_execution: steps that are taken between two looks at whether to stop.
        divisor: what inputs are divided by on their way into the model.
    """

    name: str
    epochs: int
    optimizer: keras.optimizers.Optimizer
    seed: int
    label_smoothing: float = 0.0
    class_weights: dict[int, float] | None = None
    early_stopping: int = 0
    min_epochs: int = 0
    start_counts: bool = True
    steps_per_execution: int = 1
    divisor: float = 1.0


class Stopped(Exception):
    """The work was asked to stop and to keep the best so far."""


def fit(
    model: keras.Model,
    variables: dict[str, keras.Variable],
    train: Batches,
    val: Batches | None,
    stage: FitConfig,
    progress: Progress,
    checkpoints: Checkpoints | None = None,
    after_epoch: AfterEpoch = lambda epoch, probabilities: None,
) -> tuple[KeptEpoch, float]:
    """Trains a model from where it is, or from the last checkpoint, and leaves it as it was after its best epoch.

    The best epoch is the one with the lowest val loss after temperature scaling (`temperature.scaled_loss`): raw val
    loss rises with confidence while the model still gets better. Epoch 0 is the model as it was given, judged on val
    in the same way and by the same graph; it is kept where no epoch is better, so that training can't do harm that
    val shows. Without val examples the last epoch is kept. Asked to stop, it ends at the next batch; when no epoch is
    complete by then, the model is left as it was given. Losses are log losses without label smoothing, class weights
    or penalties, those of train with dropout and augmentation.

    Everything that chance decides is a function of the stage's seed and the epoch, so that a run that goes on from
    a checkpoint ends as it would have without the break.

    Args:
        model: inputs to logits.
        variables: what training changes, by name: what checkpoints and the best epoch hold.
        train: shuffled by seed and epoch.
        val: in order; None when there are no val examples.
        stage: how it is trained.
        progress: hears `step`, `baseline`, `epoch` and `kept`; is asked each batch whether to stop or cancel.
        checkpoints: where to keep each epoch; None: nowhere.
        after_epoch: called with an epoch, 0 where the start counts, and what the model then says of val, (n, classes)
            probabilities; where training goes on from a checkpoint, perhaps a second time. Never called without val
            examples.

    Returns:
        What is kept, and the seconds that training took, those before a break included.

    Raises:
        UserError: the loss is no longer a number.
        Cancelled: the work was asked to cancel.
    """
    work = _Fit(model, variables, train, val, stage, progress, checkpoints, after_epoch)
    try:
        if not work.resume():
            work.judge_start()
        while not work.finished:
            work.do_epoch()
    except Stopped:
        progress.log("Stopped")
    assign_values(variables, work.best)
    kept = work.kept
    progress.event("kept", **asdict(kept))
    progress.log(kept_in_words(kept))
    return kept, work.seconds


class _Fit:
    """Where a stage's training is: it does one epoch after another, speaks to `progress`, keeps best and last."""

    def __init__(self, model, variables, train, val, stage, progress, checkpoints, after_epoch):
        self.model = model
        self.variables = variables
        self.train = train
        self.val = val
        self.stage = stage
        self.progress = progress
        self.checkpoints = checkpoints
        self.after_epoch = after_epoch
        self.epoch = 0  # epochs that are complete
        self.best = read_values(variables)
        self.best_epoch = 0
        self.best_loss: float | None = None  # scaled; None: none is known
        self.start_loss: float | None = None
        self.seconds_before = 0.0
        self.started = time.monotonic()
        stage.optimizer.build(model.trainable_variables)
        self.stepper = Stepper(
            model, stage.optimizer, stage.label_smoothing, stage.class_weights, stage.steps_per_execution, stage.divisor
        )

    @property
    def seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self.started

    @property
    def finished(self) -> bool:
        patience = self.stage.early_stopping if self.val else 0
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.stage.epochs or (patience > 0 and waited >= patience)

    @property
    def kept(self) -> KeptEpoch:
        return KeptEpoch(self.stage.name, self.best_epoch, self.epoch, self.best_loss, self.start_loss)

    def resume(self) -> bool:
        """Takes over the last checkpoint, when there is one."""
        state = self.checkpoints.last() if self.checkpoints else None
        if state is None:
            return False
        assign_values(self.variables, self.checkpoints.variables(state.epoch))
        assign_values(self._optimizer_variables(), self.checkpoints.optimizer(state.epoch))
        self.best = self.checkpoints.variables(state.best_epoch)
        self.epoch, self.best_epoch = state.epoch, state.best_epoch
        self.best_loss, self.start_loss = state.best_scaled_loss, state.start_scaled_loss
        self.seconds_before = state.seconds
        self.progress.log(f"Resuming after epoch {state.epoch}")
        return True

    def judge_start(self) -> None:
        """Has the model as it was given say what it says of val, and keeps it as epoch 0."""
        if not self.stage.start_counts:
            return
        if self.val:
            judged, self.start_loss = self._evaluate(0)
            self.best_loss = self.start_loss
            self.progress.event(
                "baseline",
                stage=self.stage.name,
                val_loss=judged.log_loss,
                val_scaled_loss=self.start_loss,
                val_accuracy=judged.accuracy,
            )
        self._save(self.best)

    def do_epoch(self) -> None:
        self._seed()
        self._heed_stop()
        started = time.monotonic()
        trained, speed = self._train(started)
        val_started = time.monotonic()
        judged, scaled = self._evaluate(self.epoch + 1) if self.val else (None, None)
        self._end_epoch(trained, judged, scaled, speed, time.monotonic() - val_started)

    def _seed(self) -> None:
        states = [v for v in self.model.variables if v.name == "seed_generator_state"]
        for number, state in enumerate(states):
            values = np.random.SeedSequence((self.stage.seed, self.epoch, number)).generate_state(2)
            state.assign(values.astype(state.dtype))

    def _train(self, started: float) -> tuple[Sums, float]:
        """One pass over train: its numbers, and examples a second, from the end of the first steps where others are."""
        total = Sums()
        first = None
        self._step(0)
        with closing(self.train.epoch(self.epoch)) as batches:
            for sums in self.stepper.train(batches):
                total += sums
                self._require_finite(sums.loss)
                now = time.monotonic()
                first = first or (total.examples, now)  # the first of all is slow: the graph is made
                self._step(total.examples)
                self._heed_stop()
        if total.examples > first[0]:
            return total, (total.examples - first[0]) / (now - first[1])
        return total, total.examples / (now - started)

    def _evaluate(self, epoch: int) -> tuple[Sums, float]:
        """What the model says of val after an epoch: its numbers, and its loss after temperature scaling."""
        total = Sums()
        predictions = []
        with closing(self.val.epoch(0)) as batches:
            for sums, probabilities in self.stepper.evaluate(batches):
                total += sums
                predictions.append(probabilities)
                self.progress.check()
                self._heed_stop()
        self._require_finite(total.log_loss)
        probabilities = np.concatenate(predictions)
        self.after_epoch(epoch, probabilities)
        return total, scaled_loss(probabilities, self.val.labels)

    def _end_epoch(
        self, trained: Sums, judged: Sums | None, scaled: float | None, speed: float, val_seconds: float
    ) -> None:
        self._require_finite(trained.log_loss)
        self.epoch += 1
        values = read_values(self.variables)
        better = judged is None or self.best_loss is None or scaled < self.best_loss
        if better:
            self.best, self.best_epoch, self.best_loss = values, self.epoch, scaled
        # Heard before it is kept: killed in between, an epoch is told twice rather than never.
        self.progress.event(
            "epoch",
            stage=self.stage.name,
            epoch=self.epoch,
            epochs=self.stage.epochs,
            train_loss=trained.log_loss,
            train_accuracy=trained.accuracy,
            val_loss=judged.log_loss if judged else None,
            val_scaled_loss=scaled,
            val_accuracy=judged.accuracy if judged else None,
            learning_rate=self.stepper.learning_rate,
            examples_per_second=speed,
            seconds_left=(self.stage.epochs - self.epoch) * (self.train.examples / speed + val_seconds),
            best=better,
        )
        self._save(values)
        self.progress.check()

    def _save(self, values: dict[str, np.ndarray]) -> None:
        if self.checkpoints:
            state = Progressed(self.epoch, self.best_epoch, self.best_loss, self.start_loss, self.seconds)
            self.checkpoints.save(state, values, read_values(self._optimizer_variables()))

    def _step(self, done: int) -> None:
        self.progress.step(done, self.train.examples, "examples", f"epoch {self.epoch + 1} of {self.stage.epochs}")

    def _heed_stop(self) -> None:
        if self.epoch >= self.stage.min_epochs and self.progress.request() == "stop":
            raise Stopped

    def _optimizer_variables(self) -> dict[str, keras.Variable]:
        return {f"{number:05d}": variable for number, variable in enumerate(self.stage.optimizer.variables)}

    def _require_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise UserError(
                "Training diverged: the loss is NaN or infinite",
                f"In epoch {self.epoch + 1} of the stage {self.stage.name}, at a learning rate of "
                f"{self.stepper.learning_rate:.2g}",
                "Set a lower learning rate, for example a tenth of this one",
            )
