"""A run's model as one Keras model, pictures in and probabilities out: what is converted. Imports TensorFlow."""

import keras
import numpy as np

from tlcore.features.pixels import image_size
from tlcore.modules.backbone import KerasBackbone
from tlcore.runs import Run
from tlcore.training.restore import load_classifier
from tlcore.training.weights import head_layers, read_weights

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
    layer = backbone.network if isinstance(backbone, KerasBackbone) else backbone
    x = layer(images, training=False)
    for dense, values in _dense_layers(read_weights(run)):
        x = dense(x)
        dense.set_weights(values)
    return keras.Model(images, x, name="classifier")


def _dense_layers(weights: dict[str, np.ndarray]) -> list[tuple[keras.layers.Dense, list[np.ndarray]]]:
    """The head's layers with their values. Standardising is part of the first: in whole numbers none could divide."""
    scale, mean = (weights[f"head/standardise/{part}"].astype(np.float64) for part in ("scale", "mean"))
    layers = []
    for name, (kernel, bias) in head_layers(weights).items():
        if not layers:
            kernel = kernel / scale[:, None]
            bias = bias - mean @ kernel
        layer = keras.layers.Dense(len(bias), "softmax" if name == "logits" else "relu", name=name)
        layers.append((layer, [kernel, bias]))
    return layers


def unit(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures as the network takes them: float32 in 0…1."""
    return pictures.astype(np.float32) / 255
