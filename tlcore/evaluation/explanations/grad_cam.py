"""Grad-CAM: where in a picture a class is seen. Imports TensorFlow."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tlcore.training.model import Classifier


def open_grad_cam(classifier: Classifier, input_shape: tuple[int, ...]) -> Callable[[np.ndarray, int], np.ndarray]:
    """Gets a classifier ready to say what in its last feature maps speaks for a class.

    R. R. Selvaraju et al., Grad-CAM: Visual explanations from deep networks via gradient-based localization (2017),
    arXiv:1610.02391: each map counts by the mean gradient of the class's logit with respect to it; what speaks against
    the class is left out.

    Args:
        classifier: of pictures.
        input_shape: of one picture, all sizes known.

    Returns:
        A function of a picture, uint8 (*input_shape), and a class's label, to float32 (h, w) of the feature maps' size.

    Raises:
        CannotSplit: the module has no feature maps to be seen.
    """
    cut = classifier.backbone.cut_at_maps(input_shape)

    @tf.function(
        input_signature=[tf.TensorSpec((1, *input_shape), tf.uint8), tf.TensorSpec((), tf.int32)],
        jit_compile=False,
        autograph=False,
    )
    def compute(pictures, label):
        maps = cut.prefix(tf.cast(pictures, tf.float32) / 255.0)
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logit = classifier.head(cut.tail(maps, training=False), training=False)[:, label]
        weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
        return tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps, tf.float32), axis=-1))[0]

    return lambda picture, label: compute(picture[None], label).numpy()
