"""A module as data: its handle, facts and layer groups, read without TensorFlow."""

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from tlcore.base import workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.base.rich_display import RichDisplay
from tlcore.modalities import MODALITIES, InputSpec, Values, find_modality, modalities
from tlcore.modules.choices import Choices

FACTS = "module.json"  # in a module's folder of the workspace


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VariableFact(_Frozen):
    """One variable of a module. `trainable` is False for moving statistics and other state."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def parameters(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


class LayerGroup(_Frozen):
    """A named, ordered set of variables that is frozen or trained as one."""

    name: str
    variables: tuple[VariableFact, ...]

    @property
    def parameters(self) -> int:
        """All values, moving statistics included."""
        return sum(variable.parameters for variable in self.variables)

    @property
    def trainable_parameters(self) -> int:
        """The values that an optimizer changes when the group trains."""
        return sum(variable.parameters for variable in self.variables if variable.trainable)


class TensorFact(_Frozen):
    """An input or output of a module: `shape` without the batch axis, None where any size goes."""

    name: str = ""
    shape: tuple[int | None, ...] = ()
    dtype: str = "float32"


class Module(RichDisplay, _Frozen):
    """A pretrained model as TF Hub means it. A fact that is not known is None or empty, never guessed.

    Attributes:
        id: its folder's name in the workspace; empty while it is not on this machine.
        handle: the URL, folder or built-in name that it is asked for by.
        choices: what of it was chosen when it was opened, as it stands in a handle behind a question mark.
        source: the name of the provider that builds it (`providers`).
        fingerprint: of its bytes; what features and runs depend on.
        input: its own tensor, for images (height, width, 3), or with other channels or axes.
        batch_size: how many examples it takes at once, where it takes no other number.
        value_range: what the module wants pixels to be; a `Backbone` always takes 0…1 and rescales.
        pixel_mean: of each channel, taken off the pixels after that; none where empty.
        pixel_std: what they are then divided by.
        channel_order: of the pixels' channels.
        values_source: what says so: "given"; "type", "graph", "statistics" or "pictures" (`find_pixel_values`);
            "publisher", "export" or "convention"; "assumed"; empty: it was opened when nobody asked.
        outputs: all it gives, by name; `output` is the one that becomes the feature vector (several:
            concatenated), averaged over all but its last axis.
        inner_outputs: tensors before its last layer, which can be its `output` too.
        answer: "softmax" or "sigmoid" where its usual output is a classifier's answer rather than features.
        feature_dim: length of the feature vector.
        groups: from input to output; empty while the module has not been opened.
        trainable: whether layer groups can be trained; `why_not_trainable` says why not.
        batch_norm_update: whether moving statistics can be moved: for the trained groups alone
            ("trained"), only when every group trains ("all"), or not ("never").
        parameters: all values; None while unknown.
        facts_source: where licence, training data and parameters were read.
    """

    id: str = ""
    name: str
    handle: str
    choices: str = ""
    source: str
    modality: str = MODALITIES[0]
    fingerprint: str = ""
    input: TensorFact = TensorFact()
    batch_size: int | None = None
    value_range: tuple[float, float] = (0.0, 1.0)
    pixel_mean: tuple[float, ...] = ()
    pixel_std: tuple[float, ...] = ()
    channel_order: Literal["RGB", "BGR"] = "RGB"
    values_source: str = ""
    outputs: tuple[TensorFact, ...] = ()
    output: tuple[str, ...] = ()
    inner_outputs: tuple[TensorFact, ...] = ()
    answer: Literal["softmax", "sigmoid", ""] = ""
    feature_dim: int | None = None
    groups: tuple[LayerGroup, ...] = ()
    trainable: bool | None = None
    why_not_trainable: str = ""
    batch_norm_update: Literal["trained", "all", "never"] = "never"
    parameters: int | None = None
    licence: str = ""
    training_data: str = ""
    description: str = ""
    facts_source: str = ""

    @property
    def local(self) -> bool:
        """Whether it is on this machine, opened, and ready to use."""
        return bool(self.id)

    @property
    def address(self) -> str:
        """The handle with its choices: what opens this very module again."""
        return f"{self.handle}{'&' if '?' in self.handle else '?'}{self.choices}" if self.choices else self.handle

    @property
    def values(self) -> Values | None:
        """What it expects the numbers of an item to be; None where it takes no items that are read."""
        modality = find_modality(self.modality)
        return modality.values_of(self) if modality else None

    @property
    def group_names(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.groups)

    def input_spec(self) -> InputSpec:
        """What an item is decoded to for it.

        Raises:
            UserError: it takes items of no modality that is read.
        """
        modality = find_modality(self.modality)
        if spec := modality and modality.input_spec(self):
            return spec
        nouns = " or ".join(each.noun.many for each in modalities())
        raise UserError(
            f"This module does not take {nouns}",
            f"{self.name} takes {self.modality or 'arrays'} of shape {self.input.shape}",
            f"Choose a module that takes {nouns}",
        )

    def is_as(self, choices: Choices) -> bool:
        """Whether it is used as somebody chose, who left open what is empty."""
        return (
            choices.output in ((), self.output)
            and choices.values in (None, self.values)
            and choices.input_shape in ((), self.input.shape)
        )

    def last_groups(self, count: int) -> tuple[str, ...]:
        """The names of the last `count` layer groups."""
        return self.group_names[max(0, len(self.groups) - count) :]

    def trainable_parameters(self, group_names: tuple[str, ...]) -> int:
        """How many values train when these groups do, without the head."""
        return sum(group.trainable_parameters for group in self.groups if group.name in group_names)


def read_module(folder: Path) -> Module:
    """The module that lies in a folder of the workspace, from its `module.json`.

    Raises:
        Damaged: it can't be read.
    """
    path = folder / FACTS
    facts = workspace.read_json(path)
    try:
        return Module.model_validate(facts)
    except ValidationError as error:
        raise Damaged(path, f"it is not the description of a module ({error.errors()[0]['msg']})") from None
