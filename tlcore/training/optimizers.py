"""Optimizers and the learning-rate schedule, as a plan names them. Imports TensorFlow."""

from math import pi

import keras
from keras import ops

from tlcore.plans import Plan


class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly to its peak, then stays or falls to 0 along half a cosine.

    Args:
        peak: the highest learning rate.
        steps: of the whole schedule.
        warmup: share of the steps in which it rises; the first step is above 0 already.
        schedule: "constant" or "cosine" (SGDR without restarts, arXiv 1608.03983).
    """

    def __init__(self, peak: float, steps: int, warmup: float, schedule: str):
        self.peak = peak
        self.steps = steps
        self.warmup_steps = round(warmup * steps)
        self.schedule = schedule

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rise = ops.minimum(1.0, (step + 1) / max(1, self.warmup_steps))
        if self.schedule == "constant":
            return self.peak * rise
        done = ops.clip((step - self.warmup_steps) / max(1, self.steps - self.warmup_steps), 0.0, 1.0)
        return self.peak * rise * 0.5 * (1 + ops.cos(pi * done))


def build_optimizer(plan: Plan, steps: int, *, mixed: bool = False) -> keras.optimizers.Optimizer:
    """The optimizer of fine-tuning, its learning rate following the plan's schedule over so many steps.

    Args:
        plan: which one, and its numbers.
        steps: of the whole schedule.
        mixed: whether gradients are computed in f16, so that the loss must be scaled for small ones to be seen: by as
            much as they bear (Micikevicius et al., arXiv 1710.03740).
    """
    schedule = WarmupSchedule(plan.learning_rate, steps, plan.warmup, plan.schedule)
    if plan.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=0.9)
    elif plan.optimizer == "adam":
        optimizer = keras.optimizers.Adam(schedule)
    elif plan.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=plan.weight_decay)
    else:
        optimizer = keras.optimizers.RMSprop(schedule)
    return keras.optimizers.LossScaleOptimizer(optimizer) if mixed else optimizer
