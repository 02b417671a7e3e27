"""The model that is trained: a backbone and a head. Imports TensorFlow."""

import keras
import numpy as np

from tlcore.modules.backbones.backbone import Backbone
from tlcore.modules.graph.graph_split import GraphSplit
from tlcore.plans import Plan
from tlcore.training.probe.probe import Probe


class Standardise(keras.layers.Layer):
    """(x − mean) / scale with the probe's numbers, which no training changes."""

    def __init__(self, mean: np.ndarray, scale: np.ndarray):
        super().__init__(name="standardise")
        self.mean = self.add_weight(shape=mean.shape, trainable=False, name="mean", initializer=_constant(mean))
        self.scale = self.add_weight(shape=scale.shape, trainable=False, name="scale", initializer=_constant(scale))
        self.built = True

    def call(self, x):
        return (x - self.mean) / self.scale


def build_head(probe: Probe, plan: Plan) -> keras.Sequential:
    """The new layers: standardised feature vectors, hidden layers where the plan has some, logits.

    Without hidden layers it starts as the probe. With some, its start depends on the plan's seed, and the stage
    `head` trains it.

    Returns:
        float32 [n, d] to logits [n, classes].
    """
    features, classes = probe.kernel.shape
    layers = [Standardise(probe.mean, probe.scale)]
    for number, units in enumerate(plan.hidden_units):
        layers += _dropout(plan, number)
        layers.append(
            keras.layers.Dense(
                units,
                activation="relu",
                kernel_initializer=keras.initializers.HeNormal(seed=plan.seed + number),
                kernel_regularizer=_penalty(plan),
                name=f"hidden_{number}",
            )
        )
    layers += _dropout(plan, len(plan.hidden_units))
    if plan.hidden_units:
        start = {"kernel_initializer": keras.initializers.GlorotUniform(seed=plan.seed)}
    else:
        kernel, bias = probe.head
        start = {"kernel_initializer": _constant(kernel), "bias_initializer": _constant(bias)}
    layers.append(keras.layers.Dense(classes, kernel_regularizer=_penalty(plan), name="logits", **start))
    head = keras.Sequential(layers, name="head")
    head.build((None, features))
    return head


class Classifier(keras.Model):
    """Backbone and head: images float32 [n, h, w, 3] in 0…1 → logits [n, classes].

    Attributes:
        backbone: images to feature vectors.
        head: feature vectors to logits.
    """

    def __init__(self, backbone: Backbone, head: keras.Sequential):
        super().__init__(name="classifier")
        self.backbone = backbone
        self.head = head
        self.built = True

    def call(self, images, training=False):
        return self.head(self.backbone(images, training=training), training=training)


class TailClassifier(Classifier):
    """What a classifier does after a cut: boundary tensor [n, …] → logits [n, classes], by the same variables."""

    def __init__(self, backbone: Backbone, head: keras.Sequential, cut: GraphSplit):
        super().__init__(backbone, head)
        self._cut = cut

    def call(self, boundary, training=False):
        return self.head(self._cut.tail(boundary, training=training), training=training)


def named_variables(head: keras.Sequential, backbone: Backbone | None, groups: tuple[str, ...]) -> dict:
    """What a run changes, by the names under which it is kept: all of the head, all of its trained groups."""
    names = {f"head/{layer.name}/{v.name}": v for layer in head.layers for v in layer.weights if "seed" not in v.name}
    for group in backbone.module.groups if groups else ():
        if group.name in groups:
            for fact, variable in zip(group.variables, backbone.groups[group.name], strict=True):
                names[f"module/{group.name}/{fact.name}"] = variable
    return names


def read_values(variables: dict) -> dict[str, np.ndarray]:
    """Copies of the variables' values."""
    return {name: variable.numpy().copy() for name, variable in variables.items()}


def assign_values(variables: dict, values: dict[str, np.ndarray]) -> None:
    """Puts kept values back: exactly the same names, or it is a defect."""
    if variables.keys() != values.keys():
        raise ValueError(f"The variables differ from those that were saved: {sorted(variables.keys() ^ values.keys())}")
    for name, variable in variables.items():
        variable.assign(values[name])


def _dropout(plan: Plan, number: int) -> list[keras.layers.Layer]:
    return [keras.layers.Dropout(plan.dropout, seed=plan.seed + number)] if plan.dropout else []


def _penalty(plan: Plan) -> keras.regularizers.Regularizer | None:
    return keras.regularizers.L1L2(plan.l1, plan.l2) if plan.l1 or plan.l2 else None


def _constant(values: np.ndarray):
    return lambda shape, dtype=None: keras.ops.convert_to_tensor(values, dtype=dtype)
