"""A run's model as one Keras model, pictures in and probabilities out: what is converted. Imports TensorFlow."""

import keras
import numpy as np

from tlcore.features.pixels import image_size
from tlcore.modules.backbones.backbone import KerasBackbone
from tlcore.runs import Run
from tlcore.training.restore import load_classifier
from tlcore.training.result_weights import head_layers, read_weights

INPUT = "images"


def build_network(run: Run) -> keras.Model:
    """The model of a finished run, always as for prediction.

    Of a built-in module all of it is Keras's own layers, so that its file needs nothing of ours.

    Returns:
        float32 images [n, h, w, 3] in 0…1 → probabilities [n, classes].

    Raises:
        UserError: the run's module is gone.
    """
    backbone = load_classifier(run).backbone
    images = keras.Input((*image_size(backbone.module), 3), name=INPUT)
    module = backbone.network if isinstance(backbone, KerasBackbone) else backbone
    x = module(images, training=False)
    for layer, values in _head(read_weights(run)):
        x = layer(x)
        layer.set_weights(values)
    return keras.Model(images, x, name="classifier")


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


def unit(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures as the network takes them: float32 in 0…1."""
    return pictures.astype(np.float32) / 255
