"""A plan suggested from the data and from what is to be trained, with a reason for each setting."""

from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plans.plan import Plan, make_plan

_LIGHT = "Lighting differs between examples."
# Why each default is what it is: the values themselves stand in `Plan`, so that there is one set of them.
_REASONS = {
    "seed": "Any number will do; the same seed gives the same run again.",
    "precision": "Reduced precision hardly changes the head; the reported results are computed in f32 anyway.",
    "probe_c": "Cross-validation chooses one of these, and stops once weaker L2 has become clearly worse.",
    "hidden_units": "A linear head on good feature vectors is hard to beat, and fast to fit.",
    "head_epochs": "It matters only with hidden layers, and an epoch on kept feature vectors costs little.",
    "head_learning_rate": "It matters only with hidden layers, where this value usually works well with Adam.",
    "epochs": "Enough for most datasets; the best epoch is kept, or the linear probe if no epoch is better.",
    "optimizer": "AdamW needs the least tuning of the learning rate.",
    "learning_rate": "It did best on most datasets tried; smaller values learn too slowly for so few epochs.",
    "schedule": "A learning rate that falls to zero lets the weights settle in the last steps.",
    "warmup": "Warm-up lets the optimizer's moment estimates settle.",
    "weight_decay": "A small value is harmless, and over few steps it hardly matters.",
    "early_stopping": "There are few epochs and the best one is kept anyway, so all of them are run.",
    "dropout": "Over so few steps there is little risk of overfitting.",
    "l1": "The linear probe's L2 penalty already limits the head's weights.",
    "l2": "The linear probe's L2 penalty already limits the head's weights.",
    "label_smoothing": "Label smoothing would make the predicted probabilities less confident.",
    "augment_flip": "Most things look just as real mirrored; choose none where left and right matter, as in text.",
    "augment_rotation": "Hardly anything is perfectly level.",
    "augment_shift": "The subject is rarely exactly in the middle.",
    "augment_shear": "Strongly slanted views are rare.",
    "augment_zoom": "The subject may be nearer or farther away.",
    "augment_brightness": _LIGHT,
    "augment_contrast": _LIGHT,
    "augment_copies": "New copies in each epoch help more, and cost little over few epochs.",
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
    reasons["batch_norm"] = f"Statistics of batches of {plan.batch_size} are noisier than the module's own."
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
        return groups, f"You chose them: {trained:,} parameters of the module are trained, besides the head."
    return groups, "The linear probe is quick and hard to beat; choose layer groups once you have seen its results."
