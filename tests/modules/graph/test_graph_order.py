import keras
import pytest
import tensorflow as tf

from tlcore.modules.graph.graph_split import order_variables
from tlcore.modules.layer_groups import name_groups

IMAGES = tf.TensorSpec((None, 32, 32, 3))


def order(call, variables, spec=IMAGES):
    return order_variables(call, spec, {variable.name: variable for variable in variables})


def test_order_is_that_of_the_data_not_of_the_list():
    first, second, third = (tf.Variable(tf.eye(3), name=name) for name in "abc")

    @tf.function
    def inner(x, weights):
        return tf.nn.relu(x @ weights)

    def call(x):
        x = tf.reshape(x, (-1, 3))
        return [inner(inner(x @ (2.0 * third), first), second)]

    assert order(call, [first, second, third]) == (["c:0", "a:0", "b:0"], [])


def test_a_branch_stays_in_one_piece():
    left_1, left_2, right_1, right_2 = (tf.Variable(tf.eye(3), name=name) for name in ("l1", "l2", "r1", "r2"))

    def call(x):
        x = tf.reshape(x, (-1, 3))
        return [tf.concat([x @ left_1 @ left_2, x @ right_1 @ right_2], -1)]

    assert order(call, [right_2, left_2, right_1, left_1])[0] == ["l1:0", "l2:0", "r1:0", "r2:0"]


def test_what_the_output_does_not_need_is_told_apart():
    used, other, state = (tf.Variable(tf.eye(3), name=name) for name in ("used", "other", "state"))

    def call(x):
        x = tf.reshape(x, (-1, 3))
        state.assign_add(tf.eye(3))
        tf.print(tf.reduce_sum(x @ other), output_stream="file:///dev/null")
        return [x @ used]

    assert order(call, [other, state, used]) == (["used:0"], ["other:0", "state:0"])


def test_variables_in_loops_branches_and_look_ups_are_found():
    table = tf.Variable(tf.ones((8, 3)), name="table")
    looped, chosen, last = (tf.Variable(tf.eye(3), name=name) for name in ("looped", "chosen", "last"))

    def call(ids):
        x = tf.gather(table, ids)
        x = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x @ looped), (0, x))[1]
        x = tf.cond(tf.reduce_sum(x) > 0, lambda: x @ chosen, lambda: x)
        return [x @ last]

    found = order(call, [last, chosen, looped, table], tf.TensorSpec((None,), tf.int32))
    assert found == (["table:0", "looped:0", "chosen:0", "last:0"], [])


def test_an_output_that_needs_no_input_has_its_variables_too():
    constant = tf.Variable(tf.eye(3), name="constant")
    assert order(lambda x: [constant + 1.0], [constant]) == (["constant:0"], [])


@pytest.mark.parametrize(
    ("build", "blocks", "first", "last"),
    [
        ("MobileNetV2", 16, ["Conv1", "bn_Conv1"], ["Conv_1", "Conv_1_bn"]),
        ("ResNet50", 16, ["conv1_conv", "conv1_bn"], ["conv5_block3_3_conv", "conv5_block3_3_bn"]),
        ("VGG16", 5, ["block1_conv1", "block1_conv2"], ["block5_conv1", "block5_conv2", "block5_conv3"]),
    ],
)
def test_networks_of_keras_have_their_blocks(build, blocks, first, last):
    model = getattr(keras.applications, build)(weights=None, include_top=False, input_shape=(32, 32, 3))
    variables = {variable.path: variable.value for variable in reversed(model.variables)}
    used, unused = order_variables(lambda x: [model(x, training=False)], IMAGES, variables)
    groups = [(group, [used[i].split("/")[0] for i in indices]) for group, indices in name_groups(used)]
    assert not unused
    assert sorted(used) == sorted(variables)
    assert [name for name, _ in groups if name.startswith("block")][-1] == f"block {blocks}"
    assert list(dict.fromkeys(groups[0][1]))[: len(first)] == first
    assert list(dict.fromkeys(groups[-1][1]))[-len(last) :] == last
    positions = {layer.name: position for position, layer in enumerate(model.layers)}
    if build != "ResNet50":  # its layers are listed across branches
        layers = [layer for _, members in groups for layer in dict.fromkeys(members)]
        assert layers == sorted(layers, key=positions.get)
