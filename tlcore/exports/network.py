"""A run's model as one Keras model, items in and probabilities out: what is converted. Imports TensorFlow."""

import keras
import numpy as np

from tlcore.modalities import only_tensor
from tlcore.modules.backbones.keras_backbone import KerasBackbone
from tlcore.runs import Run
from tlcore.training.restore import load_classifier
from tlcore.training.result_weights import head_layers, module_of, read_weights


def build_network(run: Run) -> keras.Model:
    """The model of a finished run, always as for prediction.

    Of a built-in module all of it is Keras's own layers, so that its file needs nothing of ours.

    Returns:
        float32 [n, …], pictures [n, h, w, 3] in 0…1, → probabilities [n, classes].

    Raises:
        UserError: the run's module is gone.
    """
    backbone = load_classifier(run).backbone
    ((name, tensor),) = backbone.module.input_spec().items()
    items = keras.Input(tensor.shape, name=name)
    module = backbone.network if isinstance(backbone, KerasBackbone) else backbone
    x = module(items, training=False)
    for layer, values in _head(read_weights(run)):
        x = layer(x)
        layer.set_weights(values)
    return keras.Model(items, x, name="classifier")


def _head(weights: dict[str, np.ndarray]) -> list[tuple[keras.layers.Layer, list[np.ndarray]]]:
    """The head's layers, each with its values.

    Standardising is a convolution of one pixel: where weights are in 8 bits each feature then keeps a scale of its own,
    while in a matrix product those that hardly vary would take most of the digits of all.
    """
    scale, mean = (weights[f"head/standardise/{part}"].astype(np.float64) for part in ("scale", "mean"))
    size = len(scale)
    layers = [
        (keras.layers.Reshape((1, 1, size), name="as_pixel"), []),
        (keras.layers.DepthwiseConv2D(1, name="standardise"), [(1 / scale).reshape(1, 1, size, 1), -mean / scale]),
        (keras.layers.Reshape((size,), name="as_vector"), []),
    ]
    for name, values in head_layers(weights).items():
        activation = "softmax" if name == "logits" else "relu"
        layers.append((keras.layers.Dense(len(values[1]), activation, name=name), list(values)))
    return layers


def as_inputs(run: Run, items: np.ndarray) -> np.ndarray:
    """Decoded items as the network takes them, float32: pictures in 0…1."""
    return items.astype(np.float32) / only_tensor(module_of(run).input_spec()).divisor
