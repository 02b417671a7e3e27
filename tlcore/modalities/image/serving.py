"""Pictures decoded and resized inside a TensorFlow graph, as `resizing.decode` does it outside."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tlcore.modalities.image import exif_turns
from tlcore.modalities.modality import Range

_BITS = 15  # of the whole numbers that stand for fractions of pixels
_MOST_SHIFT = 21


def decode(encoded: tf.Tensor, height: int, width: int, values: Range | None = None) -> tf.Tensor:
    """The bytes of JPEG, PNG, GIF (its first frame) or BMP files to pictures at a module's size.

    A JPEG is decoded at the same scale; a PNG's alpha is laid on white; a turn noted in EXIF is heeded. The difference
    from `resizing.decode` is that JPEGs in CMYK have other colours.

    Args:
        encoded: string [n].
        height: in pixels.
        width: in pixels.
        values: the range that PNGs of 16 bits are scaled by, as `resizing.decode` takes it.

    Returns:
        uint8 [n, height, width, 3].
    """

    def one(content: tf.Tensor) -> tf.Tensor:
        turn = exif_turns.orientation(content)
        picture = tf.case(
            [
                (tf.io.is_jpeg(content), lambda: _jpeg(content, turn, height, width)),
                (_is_png(content), lambda: _png(content, values)),
            ],
            default=lambda: tf.io.decode_image(content, channels=3, expand_animations=False),
        )
        return resize(exif_turns.turned(picture, turn), height, width)

    # one picture at a time: a large one takes some hundred megabytes
    return tf.map_fn(
        one, encoded, fn_output_signature=tf.TensorSpec((height, width, 3), tf.uint8), parallel_iterations=1
    )


def resize(picture: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The bilinear resizing of `resizing` to the last bit: down, then across, each rounded to eight bits.

    Args:
        picture: uint8 [any height, any width, 3].
        height: in pixels.
        width: in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    size = tf.shape(picture)
    fractions, one = _fractions(size[0], height)
    down = _eight_bits(tf.einsum("oh,hwc->owc", fractions, tf.cast(picture, tf.float64)), one)
    fractions, one = _fractions(size[1], width)
    across = _eight_bits(tf.einsum("ow,hwc->hoc", fractions, down), one)
    return tf.ensure_shape(tf.cast(across, tf.uint8), (height, width, 3))


def _fractions(before: tf.Tensor, after: int) -> tuple[tf.Tensor, tf.Tensor]:
    """How much of each old pixel a new one has, [after, before] in whole numbers, and which number stands for all.

    As `precompute_coefficients` and its normaliser to 16 bits in the Rust crate fast_image_resize: that number is the
    power of two with which the largest fraction has just fifteen bits. All products and sums are exact in float64.
    """
    before = tf.cast(before, tf.float64)
    scale = before / after
    centre = (tf.range(after, dtype=tf.float64) + 0.5) * scale - 0.5
    pixel = tf.range(before, dtype=tf.float64)
    weight = tf.maximum(1 - tf.abs((pixel[None, :] - centre[:, None]) * (1 / tf.maximum(scale, 1.0))), 0.0)
    weight /= tf.reduce_sum(weight, axis=1, keepdims=True)
    shifts = 2.0 ** np.arange(1, _MOST_SHIFT + 1)
    too_large = tf.floor(tf.reduce_max(weight) * shifts + 0.5) >= 2.0**_BITS
    one = 2.0 ** tf.reduce_sum(tf.cast(~too_large, tf.float64))
    return tf.floor(weight * one + 0.5), one


def _eight_bits(sums: tf.Tensor, one: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(tf.floor((sums + one / 2) / one), 0, 255)


def _jpeg(content: tf.Tensor, turn: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """At an eighth, a quarter or a half where that, turned, is no smaller than the size on either side."""
    shape = tf.io.extract_jpeg_shape(content)[:2]
    upright = tf.where(exif_turns.lies(turn), shape[::-1], shape)
    room = tf.minimum(upright[0] // height, upright[1] // width)

    def at(scale: int) -> Callable[[], tf.Tensor]:
        return lambda: tf.io.decode_jpeg(content, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE")

    return tf.case([(room >= scale, at(scale)) for scale in (8, 4, 2)], default=at(1))


def _is_png(content: tf.Tensor) -> tf.Tensor:
    return tf.equal(tf.strings.substr(content, 0, 4), b"\x89PNG")


def _png(content: tf.Tensor, values: Range | None) -> tf.Tensor:
    if values is None:
        return _png_in_8_bits(content)
    deep = tf.equal(tf.strings.substr(content, 24, 1), b"\x10")
    return tf.cond(deep, lambda: _deep_png(content, values), lambda: _png_in_8_bits(content))


def _deep_png(content: tf.Tensor, values: Range) -> tf.Tensor:
    """Grey or colours in 16 bits, scaled as `value_range.to_8_bits` does it."""
    low, high = values
    deep = tf.io.decode_png(content, channels=4, dtype=tf.uint16)
    colour = tf.cast(deep[..., :3], tf.float64)
    colour = tf.clip_by_value(tf.floor((colour - low) * (255 / (high - low)) + 0.5), 0, 255)
    is_grey = tf.equal(tf.strings.substr(content, 25, 1), b"\0")  # of which no number is taken for transparent
    alpha = tf.where(is_grey, 255, tf.cast(deep[..., 3:], tf.int32) // 256)
    return _on_white(tf.cast(colour, tf.int32), alpha)


def _png_in_8_bits(content: tf.Tensor) -> tf.Tensor:
    picture = tf.cast(tf.io.decode_png(content, channels=4), tf.int32)
    colour, alpha = picture[..., :3], picture[..., 3:]
    # TensorFlow's own alpha for pictures of 1, 2 or 4 bits that have none is the highest number of so many bits
    bits = tf.cast(tf.io.decode_raw(tf.strings.substr(content, 24, 1), tf.uint8)[0], tf.int32)
    alpha = tf.where((bits < 8) & tf.reduce_all(alpha == tf.bitwise.left_shift(1, bits) - 1), 255, alpha)
    return _on_white(colour, alpha)


def _on_white(colour: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """As Pillow's src/libImaging/AlphaComposite.c does it."""
    blend = 128 * (colour * alpha + 255 * (255 - alpha) + 128)
    return tf.cast((blend // 256 + blend) // 2**15, tf.uint8)
