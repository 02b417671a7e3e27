"""A model is cut at the latest place before what trains where everything is in one tensor; its parts are the model."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.models import write_saved_model
from tests.modules import tiny
from tlcore.modules import open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.graph.graph_order import boundaries, make_graph
from tlcore.modules.graph.graph_split import CannotSplit, cut_saved_model, cut_saved_model_at_maps


def images(count=4, size=32):
    return np.random.default_rng(0).random((count, size, size, 3), np.float32)


@st.composite
def _graphs(draw):
    """Nodes 0…n-1, each taking some of those before it; the last is the output."""
    n = draw(st.integers(2, 12))
    return {f"{i}": [f"{j}:0" for j in draw(st.sets(st.integers(0, i - 1), min_size=1))] for i in range(1, n)}


@given(_graphs())
def test_boundaries_are_the_tensors_that_no_way_leads_around(inputs):
    last = f"{len(inputs)}:0"
    graph = make_graph({"0": [], **inputs}, "0:0", [last])

    def reaches(node, without):
        return node == "0" or any(reaches(t[:-2], without) for t in inputs[node] if t[:-2] != without)

    expected = {node for node in graph.order if node in ("0", last[:-2]) or not reaches(last[:-2], node)}
    found = boundaries(graph, 0, len(graph.order))
    assert {tensor[:-2] for tensor in found} == expected
    assert [graph.order.index(t[:-2]) for t in found] == sorted(
        (graph.order.index(t[:-2]) for t in found), reverse=True
    )


def check_parts(backbone, x, groups):
    """The parts give what the whole gives, and the same gradients to what trains."""
    backbone.set_trained_groups(groups)
    cut = backbone.cut(x.shape[1:])
    middle = cut.prefix(x)
    assert middle.shape == (len(x), *cut.shape)

    def gradients(call, given):
        with tf.GradientTape() as tape:
            vectors = call(given, training=True)
            loss = tf.reduce_sum(vectors * np.linspace(-1, 1, vectors.shape[1], dtype=np.float32))
        return vectors, tape.gradient(loss, [variable.value for variable in backbone.trainable_variables])

    whole, expected = gradients(backbone, x)
    parts, found = gradients(cut.tail, middle)
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6 * np.abs(whole).max())
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * np.abs(other).max())
    return cut


@pytest.mark.parametrize(
    ("last", "boundary"), [(1, "block_16_project_bn:0"), (2, "block_15_add:0"), (6, "block_11_add:0")]
)
def test_the_built_in_module_is_cut_before_its_first_trained_block(last, boundary):
    module = open_module("efficientnet-lite0")
    assert check_parts(build_backbone(module), images(), module.last_groups(last)).boundary == boundary


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_saved_model_is_cut(tmp_path, last):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    check_parts(build_backbone(module), images(4, 8), module.last_groups(last))


def test_a_saved_model_that_keras_made_is_cut_between_its_blocks(tmp_path):
    model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3))
    write_saved_model(model, tmp_path / "mobile", 32)
    module = open_module(str(tmp_path / "mobile"), value_range=(-1, 1))
    cut = check_parts(build_backbone(module), images(), module.last_groups(2))
    assert "block_15_add" in cut.boundary and cut.shape == (1, 1, 160)


def test_statistics_of_the_tails_own_layers_move_as_in_the_whole():
    module = open_module("efficientnet-lite0")
    after = []
    for is_cut in (False, True):
        backbone = build_backbone(module)
        backbone.batch_norm = "update"
        backbone.set_trained_groups(["top"])
        if is_cut:
            cut = backbone.cut((32, 32, 3))
            cut.tail(cut.prefix(images()), training=True)
        else:
            backbone(images(), training=True)
        after.append({name: [v.numpy() for v in group] for name, group in backbone.groups.items()})
    fresh = build_backbone(module).groups
    for group, values in after[0].items():
        changed = [(one != v.numpy()).any() for one, v in zip(values, fresh[group], strict=True)]
        assert changed == ([False, False, False, True, True] if group == "top" else [False] * len(changed))
        for one, other in zip(values, after[1][group], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5)


def test_what_cannot_be_cut_says_why(tmp_path):
    built_in = build_backbone(open_module("efficientnet-lite0"))
    built_in.set_trained_groups(["stem", "top"])
    with pytest.raises(CannotSplit, match="no frozen layers before"):
        built_in.cut((32, 32, 3))
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    backbone = build_backbone(module)
    backbone.set_trained_groups(module.group_names)
    backbone.batch_norm = "update"
    with pytest.raises(CannotSplit, match="moving statistics"):
        backbone.cut((8, 8, 3))


VECTORS = tf.TensorSpec((None, 3))


def _cut(call, spec=VECTORS, **variables):
    return cut_saved_model(call, spec, variables, ["last"])


def test_a_graph_is_cut_where_ways_meet_and_not_between():
    left, right, last = (tf.Variable(tf.eye(3) * number, name=f"v{number}") for number in (2.0, 3.0, 4.0))

    def call(x):
        x = tf.nn.relu(x @ left) + x @ right
        return (x * 2) @ last

    x = np.random.default_rng(0).random((5, 3), np.float32)
    cut = _cut(call, left=left, right=right, last=last)
    np.testing.assert_allclose(cut.prefix(x), 2 * (2 * x + 3 * x), rtol=1e-6)
    np.testing.assert_allclose(cut.tail(cut.prefix(x)), call(x), rtol=1e-6)
    with pytest.raises(CannotSplit, match="single tensor"):  # the input goes around what is frozen
        _cut(lambda x: (x @ left) @ last + x, left=left, last=last)


def test_tables_and_loops_before_and_after_the_cut_go_with_it():
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([0, 1], [1.0, 2.0]), 0.0)
    first, last = tf.Variable(tf.eye(3)), tf.Variable(tf.eye(3))

    def call(x):
        x = x @ first * table.lookup(tf.constant([1]))
        return tf.while_loop(lambda i, x: i < 2, lambda i, x: (i + 1, x @ last), (0, x))[1] + table.lookup(
            tf.constant([0])
        )

    x = np.random.default_rng(0).random((5, 3), np.float32)
    cut = _cut(call, first=first, last=last)
    gc.collect()  # what was traced to open the graph lies in cycles, and owns the loop's functions
    np.testing.assert_allclose(cut.prefix(x), 2 * x, rtol=1e-6)
    last.assign(tf.eye(3) * 3)
    np.testing.assert_allclose(cut.tail(cut.prefix(x)), 2 * 9 * x + 1, rtol=1e-6)


def test_a_tensor_without_a_row_for_each_example_is_no_boundary():
    first, last = tf.Variable(tf.eye(3)), tf.Variable(tf.eye(3))
    spec = tf.TensorSpec((None, 4, 3))

    def call(x):
        x = tf.reshape(tf.nn.relu(tf.einsum("nij,jk->nik", x, first)), (-1, 3))
        return tf.reduce_mean(tf.reshape(x @ last, (-1, 4, 3)), 1)

    cut = _cut(call, spec, first=first, last=last)
    assert cut.shape == (4, 3)


def test_random_operations_before_the_cut_are_refused_and_others_not():
    first, last = tf.Variable(tf.eye(3)), tf.Variable(tf.eye(3))
    with pytest.raises(CannotSplit, match="random"):
        _cut(lambda x: tf.nn.dropout(x @ first, 0.5) @ last, first=first, last=last)
    _cut(lambda x: tf.nn.dropout(x @ first @ last, 0.5), first=first, last=last)
    with pytest.raises(CannotSplit, match="string"):
        _cut(lambda x: x, tf.TensorSpec((None,), tf.string), first=first, last=last)


def check_maps(backbone, size):
    cut = backbone.cut_at_maps((size, size, 3))
    x = images(3, size)
    maps = cut.prefix(x)
    assert maps.shape == (3, *cut.shape)
    np.testing.assert_allclose(cut.tail(maps), backbone(x), rtol=1e-5, atol=1e-6)
    return cut


def test_the_built_in_module_opens_at_its_last_feature_maps():
    cut = check_maps(build_backbone(open_module("efficientnet-lite0")), 64)
    assert (cut.boundary, cut.shape) == ("top_relu:0", (2, 2, 1280))


def test_saved_models_open_at_their_last_feature_maps(tmp_path):
    model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg", input_shape=(64, 64, 3))
    write_saved_model(model, tmp_path / "mobile", 64)
    cut = check_maps(build_backbone(open_module(str(tmp_path / "mobile"), value_range=(-1, 1))), 64)
    assert cut.shape == (2, 2, 1280)
    tiny_backbone = build_backbone(open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny"))))
    assert check_maps(tiny_backbone, 8).shape == (8, 8, 4)


def test_what_does_not_end_in_feature_maps_says_so(tmp_path):
    patch, first, second, last = (tf.Variable(tf.eye(3)) for _ in range(4))
    variables = {"patch": patch, "first": first, "second": second, "last": last}
    spec = tf.TensorSpec((None, 4, 4, 3))

    def transformer(x):
        patches = tf.nn.relu(tf.einsum("nhwc,cd->nhwd", x, patch))
        x = tf.nn.relu(tf.einsum("nic,cd->nid", tf.reshape(patches, (-1, 16, 3)), first))
        return tf.reduce_mean(tf.nn.relu(tf.einsum("nic,cd->nid", x, second)), 1) @ last

    with pytest.raises(CannotSplit, match="feature maps"):
        cut_saved_model_at_maps(transformer, spec, variables)
    with pytest.raises(CannotSplit, match="variables"):
        cut_saved_model_at_maps(lambda x: tf.reduce_mean(x, [1, 2]), spec, {})
    serving = build_backbone(open_module(str(tiny.write_signature_only_module(tmp_path / "serving"))))
    with pytest.raises(CannotSplit, match="serving only"):
        serving.cut_at_maps((8, 8, 3))
