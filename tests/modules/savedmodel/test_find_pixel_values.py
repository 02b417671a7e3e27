"""Which values a module expects is read from its graph, its statistics and its features, and else left open."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.modalities.image.feeding import feed
from tlcore.modalities.image.image_input import image_input
from tlcore.modalities.image.pixel_values import NAMED, USUAL, PixelValues, parse_pixel_values
from tlcore.modules import find_module, open_module
from tlcore.modules.choices import Choices, split_choices
from tlcore.modules.savedmodel.find_pixel_values import _photographs, find_pixel_values

INPUT = tf.TensorSpec((None, 32, 32, 3), tf.float32)
PICTURE = image_input((32, 32, 3))
KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 16)).astype(np.float32)
UNIT, SIGNED, BYTES = USUAL[:3]


def convolved(x):
    return tf.nn.conv2d(x, KERNEL, 2, "SAME")


def found(call, **options):
    return find_pixel_values(
        lambda x: [tf.reduce_mean(call(x), [1, 2])], INPUT, options.pop("variables", {}), **options
    )


@pytest.mark.parametrize(
    ("prepare", "values"),
    [
        (lambda x: x / 255.0, BYTES),
        (lambda x: x / 127.5 - 1.0, BYTES),
        (lambda x: (x - 127.0) / 128.0, BYTES),
        (lambda x: tf.transpose(x / 255.0 - [0.485, 0.456, 0.406], (0, 1, 2, 3)) / [0.229, 0.224, 0.225], BYTES),
        (lambda x: x * 2.0 - 1.0, UNIT),
        (lambda x: (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], UNIT),
        (lambda x: x * 255.0 - [123.68, 116.78, 103.94], UNIT),
        (lambda x: x * 0.5 + 0.5, SIGNED),
        (lambda x: tf.reverse(x, [-1]) / 255.0, BYTES),
        (lambda x: x - [123.68, 116.779, 103.939], BYTES),
        (lambda x: x - [103.939, 116.779, 123.68], PixelValues((0.0, 255.0), order="BGR")),
    ],
)
def test_constants_before_the_first_layer_say_it(prepare, values):
    assert found(lambda x: convolved(prepare(x)), by_photographs=False) == (values, "graph")


@pytest.mark.parametrize(
    "prepare",
    [lambda x: x, lambda x: x * 3.7, lambda x: tf.image.per_image_standardization(x), lambda x: tf.nn.relu(x) / 255.0],
)
def test_what_says_nothing_is_left_open(prepare):
    assert found(lambda x: convolved(prepare(x)), by_photographs=False) is None


@pytest.mark.parametrize("values", USUAL, ids=lambda values: values.text)
def test_the_statistics_of_the_first_batch_norm_say_it(values):
    seen = convolved(feed(_photographs(PICTURE)[:12], PICTURE, values, tf.float32)).numpy()
    mean = tf.Variable(seen.mean((0, 1, 2)), trainable=False, name="bn/moving_mean")
    variance = tf.Variable(seen.var((0, 1, 2)), trainable=False, name="bn/moving_variance")

    def call(x):
        return tf.nn.relu((convolved(x) - mean) * tf.math.rsqrt(variance + 1e-3))

    variables = {"bn/moving_mean": mean, "bn/moving_variance": variance}
    assert found(call, variables=variables) == (values, "statistics")
    assert found(call, variables=variables, by_photographs=False) is None
    mean.assign(tf.fill(mean.shape, 0.1))
    variance.assign(tf.ones_like(variance))  # as nothing that was trained has them
    assert found(call, variables=variables) is None


def test_features_that_barely_vary_under_narrow_ranges_say_no():
    assert found(lambda x: tf.nn.relu(convolved(x) + 1000.0)) == (BYTES, "pictures")
    assert found(lambda x: tf.nn.relu(convolved(x))) is None


def test_a_type_of_whole_numbers_says_it():
    def call(x):
        return [tf.reduce_mean(tf.cast(x, tf.float32), [1, 2])]

    for dtype, ends in ((tf.uint8, (0, 255)), (tf.int8, (-128, 127)), (tf.int32, (0, 255))):
        values, source = find_pixel_values(call, tf.TensorSpec((None, 8, 8, 3), dtype), {})
        assert (values.value_range, source) == (ends, "type")


def test_what_was_found_or_chosen_stands_in_the_module_and_its_address(tmp_path):
    path = str(tiny.write_module_taking(tmp_path / "module", "0…255"))
    module = open_module(path)
    assert (module.value_range, module.values_source, module.address) == ((0.0, 255.0), "graph", path)
    other = open_module(f"{path}?value_range=-1,1")
    assert (other.value_range, other.values_source, other.handle) == ((-1.0, 1.0), "given", path)
    assert other.address == f"{path}?value_range=-1,1" and other.fingerprint != module.fingerprint
    named = open_module(path, value_range="imagenet")
    assert named.values == NAMED["imagenet"] and named.address.endswith("value_range=imagenet")
    for each in (module, other, named):
        assert open_module(each.id) == each
    assert open_module(path) == find_module(path) == module  # whatever was opened with other choices since
    assert find_module(other.address) == open_module(other.address) == other
    assert find_module(f"{path}?value_range=imagenet") == named
    assert find_module(f"{path}?value_range=0,7") is None
    with pytest.raises(UserError, match="not a pixel range"):
        open_module(f"{path}?value_range=white,black")


@given(
    st.sampled_from(["0,255", "-1,1", "imagenet", "caffe", "0,255,BGR", "-0.12345678,1.0000001"]),
    st.lists(st.text("ab/_-é", min_size=1)),
)
def test_choices_come_back_from_a_handle(text, output):
    assert parse_pixel_values(parse_pixel_values(text).text) == parse_pixel_values(text)
    choices = Choices(tuple(output), text, (224, 224, 3))
    for handle in ("https://tfhub.dev/google/x/1", "a folder/with names"):
        assert split_choices(f"{handle}?{choices.text}") == (handle, choices)
    assert split_choices(f"https://x.org/y?z=1&{choices.text}") == ("https://x.org/y?z=1", choices)


@pytest.mark.parametrize("text", ["", "1", "1,0", "0,0", "0,1,2", "0,nan", "black,white", "0,inf"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(UserError, match="not a pixel range"):
        parse_pixel_values(text)
