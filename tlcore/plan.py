"""What to train and how, as plain data."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from tlcore.datasets.dataset import Dataset
from tlcore.errors import UserError
from tlcore.modules.module import Module

Share = Annotated[float, Field(ge=0, le=1)]


class Plan(BaseModel):
    """Stages in order, with all their settings, flat.

    The stages follow from the settings: the linear probe always; `head`, when `hidden_units` asks for hidden
    layers; `fine-tune`, when `train_groups` names layer groups. Unknown keys are refused by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seed: int = Field(
        0, ge=0, lt=2**31, description="What chance depends on: order of the data, dropout, augmentation."
    )
    class_weights: Literal["none", "balanced"] = Field("none", description="balanced: rare classes weigh more.")

    precision: Literal["fast", "f32"] = Field(
        "fast", description="Of the feature vectors that the head is fitted on; fast: bf16 where the processor has it."
    )

    probe_c: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0),
        min_length=1,
        description="Inverse strengths of L2 that the linear probe tries (scikit-learn's C); cross-validation chooses.",
    )

    hidden_units: tuple[Annotated[int, Field(ge=1, le=8192)], ...] = Field(
        (), max_length=4, description="Hidden layers between feature vector and classes; none: a linear head."
    )
    head_epochs: int = Field(
        20, ge=1, le=1000, description="Epochs of a head with hidden layers on kept feature vectors."
    )
    head_learning_rate: float = Field(1e-3, gt=0, le=10, description="Adam's learning rate for that.")

    train_groups: tuple[str, ...] = Field(
        (), description="Layer groups that are fine-tuned; none: the module stays frozen."
    )
    batch_norm: Literal["freeze", "update"] = Field(
        "freeze", description="Whether moving statistics of trained groups stay or follow the data."
    )
    epochs: int = Field(5, ge=1, le=1000, description="Epochs of fine-tuning.")
    batch_size: int = Field(32, ge=1, le=4096, description="Examples a step.")
    optimizer: Literal["sgd", "adam", "adamw", "rmsprop"] = Field("adamw", description="sgd has momentum 0.9.")
    learning_rate: float = Field(1e-4, gt=0, le=10, description="The highest learning rate of fine-tuning.")
    schedule: Literal["constant", "cosine"] = Field(
        "cosine", description="The course of the learning rate after its warm-up."
    )
    warmup: Share = Field(0.1, description="Share of the steps in which the learning rate rises from 0.")
    weight_decay: float = Field(1e-4, ge=0, le=1, description="Decoupled weight decay; adamw alone has it.")
    early_stopping: int = Field(
        0, ge=0, le=1000, description="Epochs without a better val loss before it stops; 0: never."
    )

    dropout: float = Field(0.0, ge=0, lt=1, description="Share of features dropped before each layer of the head.")
    l1: float = Field(0.0, ge=0, le=10, description="L1 penalty on the head's weights.")
    l2: float = Field(0.0, ge=0, le=10, description="L2 penalty on the head's weights.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Share of a label's weight spread over all classes.")

    augment_flip: Literal["none", "horizontal", "vertical", "both"] = Field("none", description="Mirrored at random.")
    augment_rotation: float = Field(0.0, ge=0, le=180, description="Turned by up to so many degrees either way.")
    augment_shift: Share = Field(0.0, description="Shifted by up to this share of each side.")
    augment_shear: float = Field(0.0, ge=0, le=45, description="Sheared by up to so many degrees.")
    augment_zoom: Share = Field(0.0, description="Zoomed in or out by up to this share.")
    augment_brightness: Share = Field(0.0, description="Brighter or darker by up to this share of full white.")
    augment_contrast: Share = Field(0.0, description="Contrast stronger or weaker by up to this share.")

    augment_copies: int = Field(
        0, ge=0, le=100, description="Copies of each picture made ahead and kept; 0: every epoch makes new ones."
    )

    _reasons: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of its stages in order."""
        head = ("head",) if self.hidden_units else ()
        fine_tune = ("fine-tune",) if self.train_groups else ()
        return ("probe", *head, *fine_tune)

    @property
    def reasons(self) -> dict[str, str]:
        """One sentence a setting, where `suggest_plan` made the plan; else empty."""
        return dict(self._reasons)

    @property
    def augments(self) -> bool:
        return self.augment_flip != "none" or any(
            getattr(self, name) > 0
            for name in type(self).model_fields
            if name.startswith("augment_") and name not in ("augment_flip", "augment_copies")
        )

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=1)

    def replace(self, **settings) -> "Plan":
        """The same plan with some settings changed, checked again."""
        return make_plan({**self.model_dump(), **settings})


def make_plan(settings: object) -> Plan:
    """A plan from plain data.

    Raises:
        UserError: a key that is unknown or a value that does not fit, by name.
    """
    if not isinstance(settings, dict):
        raise UserError("This is no plan", "A plan is one JSON object of settings", "Start from what `suggest` prints")
    unknown = sorted(set(settings) - set(Plan.model_fields))
    if unknown:
        raise UserError(
            "The plan has settings that are unknown",
            ", ".join(str(key)[:80] for key in unknown),
            f"Settings are: {', '.join(Plan.model_fields)}",
        )
    try:
        return Plan.model_validate(settings)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, each['loc']))}: {each['msg']} (it is {each['input']!r:.60})" for each in error.errors()
        ]
        raise UserError(
            "The plan has a setting that does not fit", "; ".join(wrong), "Correct it and try again"
        ) from None


def read_plan(path: Path) -> Plan:
    """A plan written out by `Plan.to_json`.

    Raises:
        UserError: the file can't be read, is no JSON, or holds something else than a plan.
    """
    try:
        settings = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError("The plan can't be read", f"{path}: {error.strerror}", "Give the path of a JSON file") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits and endless nesting too
        raise UserError(
            "The plan is no JSON", f"{path}: {error}", "Start from what `suggest --json` prints under “plan”"
        ) from None
    return make_plan(settings)


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
