"""What to train and how, as plain data."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from tlcore.base.errors import UserError
from tlcore.base.rich_display import RichDisplay

# From 1e-4 to 1, to three digits: with whole decades the one-standard-error rule lands far from the best
QUARTER_DECADES = tuple(float(f"{10 ** (-4 + quarter / 4):.3g}") for quarter in range(17))
Share = Annotated[float, Field(ge=0, le=1)]

# What switches augmentation off, for `Plan(**…)` and `Plan.replace(**…)`
NO_AUGMENTATION = {
    "augment_flip": "none",
    "augment_rotation": 0.0,
    "augment_shift": 0.0,
    "augment_shear": 0.0,
    "augment_zoom": 0.0,
    "augment_brightness": 0.0,
    "augment_contrast": 0.0,
}


class Plan(RichDisplay, BaseModel):
    """Stages in order, with all their settings, flat.

    The stages follow from the settings: the linear probe always; `head`, when `hidden_units` asks for hidden
    layers; `fine-tune`, when `train_groups` names layer groups. Unknown keys are refused by name. The defaults are
    what `suggest_plan` gives where nothing about the data asks for something else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seed: int = Field(0, ge=0, lt=2**31, description="Random seed of the order of the data, dropout and augmentation.")
    class_weights: Literal["none", "balanced"] = Field("none", description="balanced: rare classes weigh more.")

    precision: Literal["fast", "f32"] = Field(
        "fast",
        description="Precision of the feature vectors that the head is fitted on; fast: bf16 where it is supported.",
    )

    probe_c: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        QUARTER_DECADES,
        min_length=1,
        description="Inverse L2 strengths to try for the linear probe (scikit-learn's C); cross-validation chooses.",
    )

    hidden_units: tuple[Annotated[int, Field(ge=1, le=8192)], ...] = Field(
        (), max_length=4, description="Sizes of hidden layers between feature vector and classes; none: a linear head."
    )
    head_epochs: int = Field(
        20, ge=1, le=1000, description="Epochs of training a head with hidden layers on kept feature vectors."
    )
    head_learning_rate: float = Field(
        1e-3, gt=0, le=10, description="Adam's learning rate for a head with hidden layers."
    )

    train_groups: tuple[str, ...] = Field(
        (), description="Layer groups that are fine-tuned; none: the module stays frozen."
    )
    batch_norm: Literal["freeze", "update"] = Field(
        "freeze", description="Whether the moving statistics of trained groups stay fixed or are updated."
    )
    epochs: int = Field(5, ge=1, le=1000, description="Epochs of fine-tuning.")
    batch_size: int = Field(32, ge=1, le=4096, description="Examples per step.")
    optimizer: Literal["sgd", "adam", "adamw", "rmsprop"] = Field("adamw", description="sgd has momentum 0.9.")
    learning_rate: float = Field(1e-4, gt=0, le=10, description="The highest learning rate of fine-tuning.")
    schedule: Literal["constant", "cosine"] = Field("cosine", description="Learning-rate schedule after the warm-up.")
    warmup: Share = Field(0.1, description="Share of the steps over which the learning rate rises from 0.")
    weight_decay: float = Field(1e-4, ge=0, le=1, description="Decoupled weight decay; only for adamw.")
    early_stopping: int = Field(
        0,
        ge=0,
        le=1000,
        description="Epochs without a lower val loss (after temperature scaling) before training stops; 0: never.",
    )

    dropout: float = Field(0.0, ge=0, lt=1, description="Share of features dropped before each layer of the head.")
    l1: float = Field(0.0, ge=0, le=10, description="L1 penalty on the head's weights.")
    l2: float = Field(0.0, ge=0, le=10, description="L2 penalty on the head's weights.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Share of a label's weight spread over all classes.")

    augment_flip: Literal["none", "horizontal", "vertical", "both"] = Field(
        "horizontal", description="Mirrored at random."
    )
    augment_rotation: float = Field(10.0, ge=0, le=180, description="Rotated by up to this many degrees either way.")
    augment_shift: Share = Field(0.1, description="Shifted by up to this share of each side.")
    augment_shear: float = Field(0.0, ge=0, le=45, description="Sheared by up to this many degrees.")
    augment_zoom: Share = Field(0.15, description="Zoomed in or out by up to this share.")
    augment_brightness: Share = Field(0.1, description="Brighter or darker by up to this share of full white.")
    augment_contrast: Share = Field(0.2, description="Contrast stronger or weaker by up to this share.")

    augment_copies: int = Field(
        0,
        ge=0,
        le=100,
        description="Augmented copies of each example that are made once and kept; 0: new ones in every epoch.",
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

    def with_reasons(self, reasons: dict[str, str]) -> "Plan":
        """The same plan with a sentence a setting."""
        plan = self.model_copy()
        plan._reasons = dict(reasons)
        return plan

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
        raise UserError(
            "This is not a plan",
            "A plan is one JSON object of settings",
            "Start from what `suggest --json` prints under “plan”",
        )
    unknown = sorted(set(settings) - set(Plan.model_fields))
    if unknown:
        raise UserError(
            "The plan has unknown settings",
            ", ".join(str(key)[:80] for key in unknown),
            f"The settings are: {', '.join(Plan.model_fields)}",
        )
    try:
        return Plan.model_validate(settings)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, each['loc']))}: {each['msg']} (it is {each['input']!r:.60})" for each in error.errors()
        ]
        raise UserError("The plan has an invalid setting", "; ".join(wrong), "Correct it and try again") from None


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
            "The plan is not valid JSON", f"{path}: {error}", "Start from what `suggest --json` prints under “plan”"
        ) from None
    return make_plan(settings)
