"""The turn that EXIF notes of a picture, read and undone inside a TensorFlow graph."""

import tensorflow as tf

_ORIENTATION = 0x0112  # the tag's number; CIPA DC-008, Exif 3.0, 4.6.5
_MOST_TAGS = 512


def orientation(content: tf.Tensor) -> tf.Tensor:
    """How a JPEG or PNG lies, int32 from 1 (upright) to 8; 1 too where nothing is noted or it can't be read.

    Args:
        content: string [], the bytes of a file.
    """
    file = tf.io.decode_raw(content, tf.uint8)
    start = tf.case(
        [(tf.io.is_jpeg(content), lambda: _in_jpeg(file)), (_has(file, 0, b"\x89PNG"), lambda: _in_png(file))],
        default=lambda: -1,
    )
    return tf.cond(start < 0, lambda: 1, lambda: _noted(file, start))


def lies(turn: tf.Tensor) -> tf.Tensor:
    """Whether an orientation swaps height and width."""
    return turn >= 5


def turned(picture: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """A picture [h, w, 3] of an orientation, upright."""
    picture = tf.cond(lies(turn), lambda: tf.transpose(picture, (1, 0, 2)), lambda: picture)
    picture = tf.cond(_is_any(turn, 2, 3, 6, 7), lambda: picture[:, ::-1], lambda: picture)
    return tf.cond(_is_any(turn, 3, 4, 7, 8), lambda: picture[::-1], lambda: picture)


def _in_jpeg(file: tf.Tensor) -> tf.Tensor:
    """Where a JPEG's EXIF data begin; -1: nowhere before its pixels."""

    def is_before(at, found):
        marker = _at(file, at + 1)
        return (found < 0) & (at + 4 < tf.size(file)) & (_at(file, at) == 0xFF) & (marker != 0xDA) & (marker != 0xD9)

    def step(at, found):
        is_exif = (_at(file, at + 1) == 0xE1) & _has(file, at + 4, b"Exif\0\0")
        return at + 2 + tf.maximum(_number(file, at + 2, 2, False), 2), tf.where(is_exif, at + 10, found)

    return tf.while_loop(is_before, step, (2, -1))[1]


def _in_png(file: tf.Tensor) -> tf.Tensor:
    """Where a PNG's EXIF data begin; -1: nowhere."""

    def is_before(at, found):
        return (found < 0) & (at >= 0) & (at + 12 <= tf.size(file))

    def step(at, found):
        length = _number(file, at, 4, False)
        following = tf.where((length >= 0) & (length < tf.size(file)), at + 12 + length, -1)
        return following, tf.where(_has(file, at + 4, b"eXIf"), at + 8, found)

    return tf.while_loop(is_before, step, (8, -1))[1]


def _noted(file: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    """The orientation in EXIF data, a TIFF header and a list of tags, that begin somewhere."""
    little = _has(file, start, b"II")
    first = start + tf.clip_by_value(_number(file, start + 4, 4, little), 0, tf.size(file))
    count = tf.minimum(_number(file, first, 2, little), _MOST_TAGS)
    tags = first + 2 + 12 * tf.range(count)
    found = tf.boolean_mask(tags, _number(file, tags, 2, little) == _ORIENTATION)
    turn = tf.cond(tf.size(found) > 0, lambda: _number(file, found[0] + 8, 2, little), lambda: 1)
    known = (little | _has(file, start, b"MM")) & (turn >= 1) & (turn <= 8)
    return tf.where(known, turn, 1)


def _number(file: tf.Tensor, at: tf.Tensor, size: int, little: bool | tf.Tensor) -> tf.Tensor:
    """The whole number of so many bytes at a place, or at each of several."""
    places = range(size)
    as_little = sum(_at(file, at + place) * 256**place for place in places)
    as_big = sum(_at(file, at + place) * 256 ** (size - 1 - place) for place in places)
    return tf.where(little, as_little, as_big)


def _at(file: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """The byte at a place, or at each of several; that at an end beyond it."""
    return tf.cast(tf.gather(file, tf.clip_by_value(at, 0, tf.size(file) - 1)), tf.int32)


def _has(file: tf.Tensor, at: tf.Tensor, expected: bytes) -> tf.Tensor:
    """Whether these bytes stand at a place."""
    return tf.reduce_all(_at(file, at + tf.range(len(expected))) == tf.constant(list(expected)))


def _is_any(turn: tf.Tensor, *orientations: int) -> tf.Tensor:
    return tf.reduce_any(turn == tf.constant(orientations))
