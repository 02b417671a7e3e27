"""A plan suggested from the data and from what is to be trained, with a reason for each setting."""

from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans.plan import Plan, make_plan

_LIGHT = "Pictures are taken in all sorts of light."
# Why each default is what it is: the values themselves stand in `Plan`, so that there is one set of them.
_REASONS = {
    "seed": "Any number will do; the same one gives the same run again.",
    "precision": "The head is the same within noise; what a run reports is computed in f32 anyway.",
    "probe_c": "Cross-validation chooses among these, and stops where weaker L2 has become clearly worse.",
    "hidden_units": "On a good module's feature vectors a linear head is hard to beat, and it can be solved.",
    "head_epochs": "It matters only with hidden layers, and an epoch on kept feature vectors costs little.",
    "head_learning_rate": "It matters only with hidden layers, where Adam usually does well with it.",
    "epochs": "Enough for most datasets; the best of them is kept, or the linear probe where none is better.",
    "optimizer": "It needs the least care with the learning rate.",
    "learning_rate": "It did best on most datasets tried; smaller ones were too timid for so few epochs.",
    "schedule": "Falling to zero, the last steps settle what the first ones found.",
    "warmup": "Warm-up lets the optimizer's moment estimates settle.",
    "weight_decay": "A little of it is harmless, and over few steps it hardly matters.",
    "early_stopping": "All epochs are run, as they are few and the best of them is kept anyway.",
    "dropout": "So few steps leave little to guard against.",
    "l1": "The probe's own L2 has settled how large the head's weights are.",
    "l2": "The probe's own L2 has settled how large the head's weights are.",
    "label_smoothing": "Without it the probabilities can be taken at their word.",
    "augment_flip": "Mirrored, most things look as real; choose none where left and right mean something, as in text.",
    "augment_rotation": "Hardly anything is seen quite level.",
    "augment_shift": "What a picture shows is rarely quite in the middle.",
    "augment_shear": "Few pictures are taken from so far aside.",
    "augment_zoom": "What a picture shows may be nearer or farther.",
    "augment_brightness": _LIGHT,
    "augment_contrast": _LIGHT,
    "augment_copies": "New copies in each epoch are worth more, and few epochs cost little.",
}


def suggest_plan(dataset: Dataset, module: Module, train_groups: tuple[str, ...] = ()) -> Plan:
    """A plan with every setting filled in: the defaults of `Plan`, but for what this data asks for.

    Args:
        dataset: its examples' splits and labels are what matters.
        module: whose layer groups may be trained.
        train_groups: the layer groups to fine-tune; none: the linear probe alone.

    Returns:
        The plan; `.reasons` has one sentence a setting.
    """
    groups = tuple(train_groups)
    examples = dataset.columns("split", "label")
    labels = examples["label"][examples["split"] == "train"]
    of_data = {
        "class_weights": _class_weights(labels.value_counts()),
        "batch_size": _batch_size(len(labels)),
        "train_groups": _train_groups(module, groups),
    }
    plan = make_plan({name: value for name, (value, _) in of_data.items()})
    reasons = _REASONS | {name: reason for name, (_, reason) in of_data.items()}
    reasons["batch_norm"] = f"Statistics of batches of {plan.batch_size} are noisier than those that the module has."
    return plan.with_reasons({name: reasons[name] for name in Plan.model_fields})


def _class_weights(counts) -> tuple[str, str]:
    ratio = float(counts.max() / counts.min()) if len(counts) else 1.0
    if ratio < 1.05:
        return "none", "All classes have about the same number of examples."
    reason = f"The largest class has {ratio:.1f} times as many examples as the smallest."
    return "balanced" if ratio >= 3 else "none", reason


def _batch_size(n: int) -> tuple[int, str]:
    batch = 32 if n >= 128 else 16 if n >= 48 else 8
    steps = -(-n // batch)
    return batch, f"An epoch over {n:,} examples is then {steps:,} step{'' if steps == 1 else 's'}."


def _train_groups(module: Module, groups: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    if groups:
        trained = module.trainable_parameters(groups)
        return groups, f"You chose them: {trained:,} values of the module train, beside the head."
    return groups, "The linear probe is quick and hard to beat; choose layer groups when you have seen what it does."
