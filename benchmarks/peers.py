"""The peers, in plain code as a user would write it, with `tf.data` at its best. Imports TensorFlow."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

BATCH = 32
_AUTOTUNE = tf.data.AUTOTUNE


def pixels_as_dataset(pixels: np.ndarray, labels: np.ndarray | None = None) -> tf.data.Dataset:
    """Pixels in memory, uint8, and their labels: float32 in 0…1, in batches, ahead."""

    def scale(batch, *labels):
        scaled = tf.cast(batch, tf.float32) / 255
        return (scaled, *labels) if labels else scaled

    data = tf.data.Dataset.from_tensor_slices(pixels if labels is None else (pixels, labels))
    return data.batch(BATCH).map(scale, num_parallel_calls=_AUTOTUNE).prefetch(_AUTOTUNE)


def files_as_dataset(files: Sequence[str], side: int) -> tf.data.Dataset:
    """JPEG files: decoded, resized, float32 in 0…1, in batches, ahead."""

    def read(file):
        picture = tf.io.decode_jpeg(tf.io.read_file(file), channels=3)
        return tf.image.resize(picture, (side, side)) / 255

    return (
        tf.data.Dataset.from_tensor_slices(list(files))
        .map(read, num_parallel_calls=_AUTOTUNE)
        .batch(BATCH)
        .prefetch(_AUTOTUNE)
    )


def tutorial(folder: Path, base: keras.Model, side: int, epochs: int) -> tuple[float, np.ndarray]:
    """Transfer learning as the tutorials have it: frozen base, Dense, Adam, some epochs of `fit` from files.

    Args:
        folder: holds train, val and test, a folder a class in each.
        base: images in 0…1 to feature vectors.
        side: of the pictures that it takes.
        epochs: how many.

    Returns:
        Accuracy on test, and its confusion matrix, rows true.
    """
    train, val, test = (
        keras.utils.image_dataset_from_directory(
            folder / split, image_size=(side, side), batch_size=BATCH, shuffle=split == "train", seed=0, verbose=False
        )
        for split in ("train", "val", "test")
    )
    classes = len(train.class_names)
    base.trainable = False
    inputs = keras.Input((side, side, 3))
    x = base(keras.layers.Rescaling(1 / 255)(inputs), training=False)
    model = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    model.fit(train.prefetch(_AUTOTUNE), validation_data=val.prefetch(_AUTOTUNE), epochs=epochs, verbose=0)
    labels = np.concatenate([labels for _, labels in test])
    predictions = model.predict(test.prefetch(_AUTOTUNE), verbose=0).argmax(axis=1)
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (labels, predictions), 1)
    return float((labels == predictions).mean()), matrix
