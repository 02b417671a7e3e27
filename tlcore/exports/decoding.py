"""Pictures decoded and resized inside a TensorFlow graph, as `features.pixels.decode` does it outside."""

import tensorflow as tf

_BITS = 22  # of the fractions that Pillow multiplies eight-bit pixels with


def decode(encoded: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The bytes of JPEG, PNG, GIF (its first frame) or BMP files to pictures at a module's size.

    JPEG is decoded by libjpeg with its defaults, as Pillow does it; a PNG's alpha is laid on white. The difference
    from `features.pixels.decode` is that a turn noted in EXIF is not heeded.

    Args:
        encoded: string [n].
        height: in pixels.
        width: in pixels.

    Returns:
        uint8 [n, height, width, 3].
    """

    def one(content: tf.Tensor) -> tf.Tensor:
        picture = tf.case(
            [(tf.io.is_jpeg(content), lambda: _jpeg(content)), (_is_png(content), lambda: _png(content))],
            default=lambda: tf.io.decode_image(content, channels=3, expand_animations=False),
        )
        return resize(picture, height, width)

    # one picture at a time: a large one takes some hundred megabytes
    return tf.map_fn(
        one, encoded, fn_output_signature=tf.TensorSpec((height, width, 3), tf.uint8), parallel_iterations=1
    )


def resize(picture: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Pillow's bilinear resizing to the last bit, across and then down, each rounded to eight bits.

    Args:
        picture: uint8 [any height, any width, 3].
        height: in pixels.
        width: in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    size = tf.shape(picture)
    across = tf.einsum("ow,hwc->hoc", _fractions(size[1], width), tf.cast(picture, tf.float64))
    down = tf.einsum("oh,hwc->owc", _fractions(size[0], height), _eight_bits(across))
    return tf.ensure_shape(tf.cast(_eight_bits(down), tf.uint8), (height, width, 3))


def _fractions(before: tf.Tensor, after: int) -> tf.Tensor:
    """[after, before]: how much of each old pixel a new one has, in whole 2⁻²²; exact in float64 products.

    As `precompute_coeffs` and `normalize_coeffs_8bpc` in Pillow's src/libImaging/Resample.c.
    """
    before = tf.cast(before, tf.float64)
    scale = before / after
    reach = tf.maximum(scale, 1.0)
    centre = ((tf.range(after, dtype=tf.float64) + 0.5) * scale)[:, None]
    first = tf.maximum(tf.floor(centre - reach + 0.5), 0.0)
    end = tf.minimum(tf.floor(centre + reach + 0.5), before)
    pixel = tf.range(before, dtype=tf.float64)[None, :]
    weight = tf.maximum(1 - tf.abs((pixel - centre + 0.5) / reach), 0.0)
    weight = tf.where((pixel >= first) & (pixel < end), weight, 0.0)
    weight /= tf.reduce_sum(weight, axis=1, keepdims=True)
    return tf.floor(weight * 2**_BITS + 0.5)


def _eight_bits(sums: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(tf.floor((sums + 2 ** (_BITS - 1)) / 2**_BITS), 0, 255)


def _jpeg(content: tf.Tensor) -> tf.Tensor:
    return tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE")


def _is_png(content: tf.Tensor) -> tf.Tensor:
    return tf.equal(tf.strings.substr(content, 0, 4), b"\x89PNG")


def _png(content: tf.Tensor) -> tf.Tensor:
    """Alpha on white, as Pillow's src/libImaging/AlphaComposite.c does it."""
    picture = tf.cast(tf.io.decode_png(content, channels=4), tf.int32)
    colour, alpha = picture[..., :3], picture[..., 3:]
    # TensorFlow's own alpha for pictures of 1, 2 or 4 bits that have none is the highest number of so many bits
    bits = tf.cast(tf.io.decode_raw(tf.strings.substr(content, 24, 1), tf.uint8)[0], tf.int32)
    alpha = tf.where((bits < 8) & tf.reduce_all(alpha == tf.bitwise.left_shift(1, bits) - 1), 255, alpha)
    blend = 128 * (colour * alpha + 255 * (255 - alpha) + 128)
    return tf.cast((blend // 256 + blend) // 2**15, tf.uint8)
