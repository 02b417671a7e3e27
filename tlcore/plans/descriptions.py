"""A plan in words: what each of its stages does, and which of its settings are not the defaults."""

from typing import NamedTuple

from tlcore.base.formatting import count
from tlcore.plans.effective import takes_effect
from tlcore.plans.plan import Plan

_OPTIMIZERS = {"sgd": "SGD with momentum", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
_FLIPS = {"horizontal": "left to right", "vertical": "upside down", "both": "left to right and upside down"}


class Setting(NamedTuple):
    """A setting of a plan that is not its default."""

    name: str
    meaning: str
    value: str
    default: str


def chosen_settings(plan: Plan) -> list[Setting]:
    """The settings that are not the defaults, in a plan's order, without those that do nothing in it."""
    return [
        Setting(name, field.description, value_in_words(getattr(plan, name)), value_in_words(field.default))
        for name, field in Plan.model_fields.items()
        if takes_effect(name, plan) and getattr(plan, name) != field.default
    ]


def value_in_words(value: object) -> str:
    """A setting's value: "–" where it has none, the parts of one that has several with commas between."""
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(value_in_words, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_words(plan: Plan) -> list[str]:
    """A paragraph for each stage of the plan, and one on what chance depends on."""
    stages = {"probe": _probe, "head": _head, "fine-tune": _fine_tune}
    return [
        *(stages[stage](plan) for stage in plan.stages),
        f"Random numbers are drawn with seed {plan.seed}.",
    ]


def _probe(plan: Plan) -> str:
    lowest, highest = (value_in_words(end(plan.probe_c)) for end in (min, max))
    chosen = f"The strength of its L2 penalty is C = {lowest}"
    if len(plan.probe_c) > 1:
        chosen = (
            f"Cross-validation chooses the strength of its L2 penalty among {len(plan.probe_c)} values, from C = "
            f"{lowest} to {highest}"
        )
    fast = {"fast": "in bf16 where it is supported", "f32": "in f32"}[plan.precision]
    weights = "; rare classes weigh more" if plan.class_weights == "balanced" else ""
    return (
        f"Linear probe: a linear head is fitted on the feature vectors of the frozen module, computed {fast}. "
        f"{chosen}{weights}. The head is fitted on train and val together; where fine-tuning starts from it, on train "
        "alone."
    )


def _head(plan: Plan) -> str:
    layers = count(len(plan.hidden_units), "hidden layer")
    return (
        f"A head with {layers} ({value_in_words(plan.hidden_units)} units) is trained on kept feature vectors for "
        f"{count(plan.head_epochs, 'epoch')} with Adam at a learning rate of {plan.head_learning_rate:g}"
        f"{_regularised(plan)}."
    )


def _fine_tune(plan: Plan) -> str:
    course = {"cosine": "falling to zero along a cosine", "constant": "constant"}[plan.schedule]
    warmup = f", rising over the first {plan.warmup:.0%} of the steps, then" if plan.warmup else ","
    decay = f", weight decay {plan.weight_decay:g}" if plan.optimizer == "adamw" and plan.weight_decay else ""
    statistics = {"freeze": "stay fixed", "update": "are updated"}[plan.batch_norm]
    epochs = count(plan.early_stopping, "epoch")
    early = f" Training stops after {epochs} without a lower val loss." if plan.early_stopping else ""
    return (
        f"Fine-tuning: the head and the layer groups {', '.join(plan.train_groups)} are trained for "
        f"{count(plan.epochs, 'epoch')} in batches of {plan.batch_size}, with {_OPTIMIZERS[plan.optimizer]} at a "
        f"learning rate of {plan.learning_rate:g}{warmup} {course}{decay}{_regularised(plan)}. The moving "
        f"statistics of batch norm {statistics}. The epoch with the lowest val loss after temperature scaling is kept, "
        f"or the model from before fine-tuning if no epoch is better.{early}{_augmented(plan)}"
    )


def _regularised(plan: Plan) -> str:
    parts = {
        "dropout": f"dropout {plan.dropout:g}",
        "l1": f"L1 {plan.l1:g}",
        "l2": f"L2 {plan.l2:g}",
        "label_smoothing": f"label smoothing {plan.label_smoothing:g}",
    }
    return "".join(f", {words}" for name, words in parts.items() if getattr(plan, name))


def _augmented(plan: Plan) -> str:
    if not plan.augments:
        return " Examples are not augmented."
    parts = {
        "augment_rotation": f"rotated by up to {plan.augment_rotation:g}°",
        "augment_shift": f"shifted by up to {plan.augment_shift:.0%}",
        "augment_shear": f"sheared by up to {plan.augment_shear:g}°",
        "augment_zoom": f"zoomed by up to {plan.augment_zoom:.0%}",
        "augment_brightness": f"made brighter or darker by up to {plan.augment_brightness:.0%}",
        "augment_contrast": f"changed in contrast by up to {plan.augment_contrast:.0%}",
    }
    words = [f"mirrored {_FLIPS[plan.augment_flip]}"] if plan.augment_flip != "none" else []
    words += [text for name, text in parts.items() if getattr(plan, name)]
    copies = (
        f", in {count(plan.augment_copies, 'copy', 'copies')} that are made once and kept"
        if plan.augment_copies
        else ""
    )
    return f" Examples are augmented at random: {', '.join(words)}{copies}."
