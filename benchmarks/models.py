"""The models that benchmarks run, in the forms that a user has them. Imports TensorFlow."""

from math import prod
from pathlib import Path

import keras
import tensorflow as tf

from tlcore.modules.providers.builtin import efficientnet_lite0
from tlcore.modules.savedmodel.write_hub_module import write_hub_module

SIDE = 224


def built_in_network() -> keras.Model:
    """EfficientNet-Lite0 as plain Keras, with its ImageNet weights: images in 0…1 → feature vectors."""
    return efficientnet_lite0.build()[0]


def mobilenet() -> keras.Model:
    """MobileNetV2 of keras.applications with weights by chance: images in 0…1 → feature vectors.

    Its batch norms get the statistics of pictures of coloured blotches: with those that it comes with, feature vectors
    are all alike but for rounding.
    """
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2((SIDE, SIDE, 3), include_top=False, weights=None, pooling="avg")
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momentum = norms[0].momentum
    for norm in norms:
        norm.momentum = 0.0
    network(keras.ops.image.resize(keras.random.uniform((32, 8, 8, 3)), (SIDE, SIDE)), training=True)
    for norm in norms:
        norm.momentum = momentum
    return network


def write_little_module(folder: Path, side: int) -> Path:
    """Two convolutions with weights by chance, as a hub SavedModel: images in 0…1 → 64 features."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((side, side, 3)),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(64, 3, strides=2, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    return write_saved_model(network, folder, side)


def write_saved_model(network: keras.Model, folder: Path, side: int = SIDE) -> Path:
    """A Keras model in the reusable TF Hub form."""
    write_hub_module(
        folder,
        lambda images, training: network(images, training=training),
        tf.TensorSpec((None, side, side, 3), tf.float32, name="images"),
        variables=network.variables,
        trainable_variables=network.trainable_variables,
        resources=[network],
    )
    return folder


def keras_of_saved_model(folder: Path) -> keras.Model:
    """A SavedModel in a Keras model, whose `predict` then runs it.

    A Lambda layer around the loaded object: `keras.layers.TFSMLayer` was tried too, and never was faster.
    """
    loaded = tf.saved_model.load(str(folder))
    inputs = keras.Input((SIDE, SIDE, 3))
    (features,) = loaded(tf.zeros((1, SIDE, SIDE, 3)), training=False).shape[1:]
    call = keras.layers.Lambda(lambda images: loaded(images, training=False), output_shape=(features,))
    return keras.Model(inputs, call(inputs))


def multiply_adds(network: keras.Model, side: int = SIDE) -> int:
    """What a picture's way through a network costs: the multiply-adds of its convolutions and dense layers."""
    convolutions = [layer for layer in network.layers if hasattr(layer, "kernel")]
    whole = keras.Model(network.inputs, [layer.output for layer in convolutions])
    total = 0
    for layer, shape in zip(convolutions, whole.compute_output_shape((1, side, side, 3)), strict=True):
        # a depthwise kernel's last axis is 1, another's the channels that come out
        total += prod(shape[1:-1]) * prod(layer.kernel.shape)
    return total
