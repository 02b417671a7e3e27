"""Grad-CAM: where in a picture a class is seen. Imports TensorFlow."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tlcore.modalities import ItemTensor
from tlcore.training.model import Classifier


def open_grad_cam(classifier: Classifier, tensor: ItemTensor) -> Callable[[np.ndarray, int], np.ndarray]:
    """Gets a classifier ready to say what in its last feature maps speaks for a class.

    R. R. Selvaraju et al., Grad-CAM: Visual explanations from deep networks via gradient-based localization (2017),
    arXiv:1610.02391: each map counts by the mean gradient of the class's logit with respect to it; what speaks against
    the class is left out.

    Args:
        classifier: whose module has feature maps [n, h, w, c].
        tensor: of one item, as it is decoded.

    Returns:
        A function of a decoded item and a class's label, to float32 (h, w) of the feature maps' size.

    Raises:
        CannotSplit: the module has no feature maps to be seen.
    """
    cut = classifier.backbone.cut_at_maps(tensor.shape)

    @tf.function(
        input_signature=[tf.TensorSpec((1, *tensor.shape), tensor.dtype), tf.TensorSpec((), tf.int32)],
        jit_compile=False,
        autograph=False,
    )
    def compute(items, label):
        maps = cut.prefix(tf.cast(items, tf.float32) / tensor.divisor)
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logit = classifier.head(cut.tail(maps, training=False), training=False)[:, label]
        weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
        return tf.nn.relu(tf.reduce_sum(tf.cast(weights * maps, tf.float32), axis=-1))[0]

    return lambda item, label: compute(item[None], label).numpy()
