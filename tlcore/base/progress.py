"""How long work speaks to whoever waits for it, and hears that it should end."""


class Cancelled(Exception):
    """The work was asked to end and to leave nothing behind."""


class Progress:
    """A listener that hears nothing: the default of every function that takes one.

    The command line draws a bar with its own, a worker appends to `events.jsonl`, a page moves a
    progress bar. Each overrides `event`, and `request` where the work can be asked to end.

    Kinds of event and their fields:

    ==========  ==========================================================================
    stage       name: features, probe, head, fine-tune, evaluation, fetch, import, map, …
    step        done, total (None when unknown), unit ("examples", "bytes", …), name of what it is at
    strength    c, train_loss, train_accuracy, cv_loss, cv_loss_error (its standard error), cv_accuracy (of
                cross-validation), val_loss, val_accuracy: one strength of the probe's L2
    early       cv, val: the early result's numbers as `classification.summary` gives them; val may be None
    pass        engine, precision, note: what computes the frozen part
    cut         is_cut (bool), note: whether fine-tuning runs from kept activations, and why or why not
    gpu         mixed (bool), note: that fine-tuning runs on a GPU, and in what
    baseline    stage, val_loss, val_scaled_loss, val_accuracy: the model as a stage begins, its epoch 0
    epoch       stage, epoch (from 1), epochs, train_loss, train_accuracy, val_loss, val_scaled_loss (after
                temperature scaling), val_accuracy, learning_rate, examples_per_second, seconds_left, best (bool)
    kept        stage, epoch (0: the model as the stage began), epochs, scaled_loss, start_scaled_loss
    log         message
    ==========  ==========================================================================
    """

    def event(self, kind: str, **fields) -> None:
        """Hears one event."""

    def request(self) -> str:
        """What was asked of the work: `""`, `"stop"` (keep the best so far) or `"cancel"`."""
        return ""

    def stage(self, name: str) -> None:
        self.event("stage", name=name)
        self.check()

    def step(self, done: int, total: int | None, unit: str, name: str = "") -> None:
        """Says how far the present stage is; call it as often as you like, at least each second."""
        self.event("step", done=done, total=total, unit=unit, name=name)
        self.check()

    def log(self, message: str) -> None:
        self.event("log", message=message)

    def check(self) -> None:
        """Raises `Cancelled` when the work was asked to cancel; called between steps."""
        if self.request() == "cancel":
            raise Cancelled
