"""Pictures made into the tensor that a module takes. Imports TensorFlow."""

import tensorflow as tf

from tlcore.modalities.image.image_input import ImageInput
from tlcore.modalities.image.pixel_values import PixelValues

_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601, as Pillow's and TensorFlow's own grey


def feed(pictures: tf.Tensor, picture: ImageInput, values: PixelValues, dtype: tf.DType) -> tf.Tensor:
    """Pictures with the channels, values, layout and type that a module takes.

    Args:
        pictures: float32 [n, h, w, 3], RGB in 0…1.
        picture: how a picture goes in.
        values: what pixels are to be.
        dtype: of the input.
    """
    if picture.channels == 1:
        pictures = tf.reduce_sum(pictures * tf.constant(_LUMINANCE), axis=-1, keepdims=True)
    elif values.order == "BGR":
        pictures = tf.reverse(pictures, [-1])
    low, high = values.value_range
    pictures = pictures * (high - low) + low
    if values.mean:
        pictures = (pictures - tf.constant(values.mean)) / tf.constant(values.std)
    if not dtype.is_floating:
        pictures = tf.round(pictures)
    if picture.layout == "HW":
        pictures = pictures[..., 0]
    elif picture.layout == "CHW":
        pictures = tf.transpose(pictures, (0, 3, 1, 2))
    return tf.cast(pictures, dtype)
