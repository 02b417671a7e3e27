"""A plan suggested from the data and from what is to be trained, with a reason for each setting."""

from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import Module
from tlcore.plan.plan import Plan, make_plan


def suggest_plan(dataset: Dataset, module: Module, train_groups: tuple[str, ...] = ()) -> Plan:
    """A plan with every setting filled in, as a function of the data and of what is to be trained.

    Args:
        dataset: its examples' splits, labels and sizes in pixels are what matters.
        module: whose layer groups may be trained.
        train_groups: the layer groups to fine-tune; none: the linear probe alone.

    Returns:
        The plan; `.reasons` has one sentence a setting.
    """
    suggestions = _suggestions(dataset, module, tuple(train_groups))
    plan = make_plan({name: value for name, (value, _) in suggestions.items()})
    plan._reasons.update({name: reason for name, (_, reason) in suggestions.items()})
    return plan


def _suggestions(dataset: Dataset, module: Module, groups: tuple[str, ...]) -> dict[str, tuple[object, str]]:
    """The value and the reason of each setting. Learning rate, strengths and augmentation are tuned on photographs."""
    examples = dataset.columns("split", "label", "width", "height")
    train = examples[examples["split"] == "train"]
    n = len(train)
    batch = 32 if n >= 128 else 16 if n >= 48 else 8
    steps = -(-n // batch)
    suggestions = {
        "seed": (0, "Any number will do; the same one gives the same run again."),
        "class_weights": _class_weights(train["label"].value_counts()),
        "precision": ("fast", "The head is the same within noise; what a run reports is computed in f32 anyway."),
        "probe_c": _strengths(n),
        "hidden_units": ((), "On a good module's feature vectors a linear head is hard to beat, and it can be solved."),
        "head_epochs": (20, "It matters only with hidden layers, and an epoch on kept feature vectors costs little."),
        "head_learning_rate": (1e-3, "It matters only with hidden layers, where Adam usually does well with it."),
        "train_groups": (
            groups,
            f"You chose them: {module.trainable_parameters(groups):,} values of the module train, beside the head."
            if groups
            else "The linear probe is quick and hard to beat; choose layer groups when you have seen what it does.",
        ),
        "batch_norm": ("freeze", f"Statistics of batches of {batch} are noisier than those that the module came with."),
        "epochs": (3, "Training starts from a solved head, and more epochs hardly ever did better."),
        "batch_size": (batch, f"An epoch over {n:,} examples is then {steps:,} step{'' if steps == 1 else 's'}."),
        "optimizer": ("adamw", "It needs the least care with the learning rate."),
        "learning_rate": (1e-5, "Small steps: the head is solved already, and large ones undo what the module knows."),
        "schedule": ("cosine", "Falling to nothing, the last steps settle what the first ones found."),
        "warmup": (0.1, "In a tenth of the steps the optimizer takes the measure of the gradients."),
        "weight_decay": (1e-4, "A little of it is harmless, and over few steps it hardly matters."),
        "early_stopping": (0, "All epochs are run, as they are few and the best of them is kept anyway."),
        "dropout": (0.0, "So few small steps leave little to guard against."),
        "l1": (0.0, "The probe's own L2 has settled how large the head's weights are."),
        "l2": (0.0, "The probe's own L2 has settled how large the head's weights are."),
        "label_smoothing": (0.0, "Without it the probabilities can be taken at their word."),
    }
    sizes = len(examples[["width", "height"]].drop_duplicates())
    augmentation = _augmentation(photographs=sizes > max(1, len(examples) / 20))
    if not groups:
        unused = "It has no effect while no layer group trains."
        augmentation = {name: (Plan.model_fields[name].default, unused) for name in augmentation}
    copies = (0, "New copies in each epoch are worth more, and few epochs cost little.")
    return suggestions | augmentation | {"augment_copies": copies}


def _class_weights(counts) -> tuple[str, str]:
    ratio = float(counts.max() / counts.min()) if len(counts) else 1.0
    reason = f"The largest class has {ratio:.1f} times as many examples as the smallest."
    return "balanced" if ratio >= 3 else "none", reason


def _strengths(n: int) -> tuple[tuple[float, ...], str]:
    if n < 2000:
        reason = f"With weaker L2 a head would learn {n:,} examples by heart; cross-validation chooses among these."
        return (1e-4, 1e-3, 0.01, 0.1), reason
    reason = f"With {n:,} examples weak L2 may do well too, so cross-validation chooses among many."
    return (1e-4, 1e-3, 0.01, 0.1, 1.0), reason


def _augmentation(*, photographs: bool) -> dict[str, tuple[object, str]]:
    if photographs:
        light = "Photographs, which many sizes suggest, are taken in all sorts of light."
        return {
            "augment_flip": (
                "horizontal",
                "The pictures' many sizes suggest photographs, which mirrored look as real.",
            ),
            "augment_rotation": (10.0, "A camera is rarely held quite level."),
            "augment_shift": (0.1, "What a photograph shows is rarely quite in the middle."),
            "augment_shear": (0.0, "A camera is seldom held so far aside that a picture would look like this."),
            "augment_zoom": (0.15, "What a photograph shows may be nearer or farther."),
            "augment_brightness": (0.1, light),
            "augment_contrast": (0.2, light),
        }
    alike = "Pictures of few sizes were probably all made in the same way."
    return {
        "augment_flip": (
            "none",
            "The pictures' few sizes suggest signs or scans, which mirrored may mean something else.",
        ),
        "augment_rotation": (5.0, "A little of it costs nothing and keeps the module from counting on exact angles."),
        "augment_shift": (0.05, "A little of it costs nothing and keeps the module from counting on exact places."),
        "augment_shear": (0.0, alike),
        "augment_zoom": (0.05, "A little of it costs nothing and keeps the module from counting on exact sizes."),
        "augment_brightness": (0.0, alike),
        "augment_contrast": (0.0, alike),
    }
