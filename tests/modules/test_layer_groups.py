from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.modules.layer_groups import name_groups


def groups_of(*names):
    """Group names, each with the layers (paths) in it."""
    return {
        group: list(dict.fromkeys(names[i].rpartition("/")[0] for i in indices))
        for group, indices in name_groups(names)
    }


LAYERS = st.sampled_from(
    ["", "conv", "scope/conv_1", "block_1/conv", "block_1/bn", "block_2_expand", "net/block1/unit_2/a", "Mixed_5b/x"]
)
LEAVES = st.sampled_from(["kernel", "kernel:0", "bias", "gamma", "beta", "moving_mean:0", "weights"])
NAMES = st.lists(st.one_of(st.text(max_size=12), st.builds("{}/{}".format, LAYERS, LEAVES)), max_size=40)


@given(NAMES)
def test_groups_partition_all_variables(names):
    indices = [index for _, members in name_groups(names) for index in members]
    assert sorted(indices) == list(range(len(names)))


@given(NAMES)
def test_group_names_are_stem_blocks_and_top_in_order_and_never_empty(names):
    found = name_groups(names)
    blocks = [name for name, _ in found if name.startswith("block ")]
    expected = ["stem", *blocks, "top"]
    assert [name for name, _ in found] == [name for name in expected if name in dict(found)]
    numbers = [int(block.removeprefix("block ")) for block in blocks]
    assert numbers == list(range(1, len(blocks) + 1))
    assert all(members == sorted(members) and members for _, members in found)


@given(NAMES.map(lambda names: list(dict.fromkeys(name for name in names if "/" in name and ":" not in name))))
def test_variables_of_one_layer_are_never_parted(names):
    group_of = {index: group for group, members in name_groups(names) for index in members}
    groups = {(names[index].rpartition("/")[0], group) for index, group in group_of.items() if names[index][0] != "/"}
    assert max(Counter(layer for layer, _ in groups).values(), default=1) == 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ("Conv1/kernel:0", "bn_Conv1/gamma:0", "block_1_expand/kernel:0", "block_1_expand_BN/gamma:0")
            + ("block_16_project_BN/beta:0", "Conv_1/kernel:0", "Conv_1_bn/gamma:0"),
            {
                "stem": ["Conv1", "bn_Conv1"],
                "block 1": ["block_1_expand", "block_1_expand_BN"],
                "block 2": ["block_16_project_BN"],
                "top": ["Conv_1", "Conv_1_bn"],
            },
        ),
        (
            ("MobilenetV2/Conv/weights", "MobilenetV2/expanded_conv/depthwise/depthwise_weights")
            + ("MobilenetV2/expanded_conv_1/expand/weights", "MobilenetV2/expanded_conv_3/depthwise/depthwise_weights")
            + ("MobilenetV2/expanded_conv_3/depthwise/BatchNorm/gamma", "MobilenetV2/Conv_1/weights"),
            {
                "stem": ["MobilenetV2/Conv", "MobilenetV2/expanded_conv/depthwise"],
                "block 1": ["MobilenetV2/expanded_conv_1/expand"],
                "block 2": ["MobilenetV2/expanded_conv_3/depthwise", "MobilenetV2/expanded_conv_3/depthwise/BatchNorm"],
                "top": ["MobilenetV2/Conv_1"],
            },
        ),
        (
            ("resnet_v2_50/conv1/weights", "resnet_v2_50/block1/unit_1/bottleneck_v2/conv1/weights")
            + ("resnet_v2_50/block1/unit_2/bottleneck_v2/preact/gamma", "resnet_v2_50/block2/unit_1/x/weights")
            + ("resnet_v2_50/postnorm/gamma",),
            {
                "stem": ["resnet_v2_50/conv1"],
                "block 1": ["resnet_v2_50/block1/unit_1/bottleneck_v2/conv1"],
                "block 2": ["resnet_v2_50/block1/unit_2/bottleneck_v2/preact"],
                "block 3": ["resnet_v2_50/block2/unit_1/x"],
                "top": ["resnet_v2_50/postnorm"],
            },
        ),
        (
            ("efficientnet-b0/stem/conv2d/kernel", "efficientnet-b0/blocks_0/conv2d/kernel")
            + ("efficientnet-b0/blocks_3/conv2d/kernel", "efficientnet-b0/head/conv2d/kernel"),
            {
                "stem": ["efficientnet-b0/stem/conv2d"],
                "block 1": ["efficientnet-b0/blocks_0/conv2d"],
                "block 2": ["efficientnet-b0/blocks_3/conv2d"],
                "top": ["efficientnet-b0/head/conv2d"],
            },
        ),
        (
            ("InceptionV3/Conv2d_1a_3x3/weights", "InceptionV3/Mixed_5b/Branch_0/Conv2d_0a_1x1/weights")
            + ("InceptionV3/Mixed_5b/Branch_1/Conv2d_0a_1x1/weights", "InceptionV3/Mixed_5c/Branch_0/x/weights"),
            {
                "stem": ["InceptionV3/Conv2d_1a_3x3"],
                "block 1": [
                    "InceptionV3/Mixed_5b/Branch_0/Conv2d_0a_1x1",
                    "InceptionV3/Mixed_5b/Branch_1/Conv2d_0a_1x1",
                ],
                "block 2": ["InceptionV3/Mixed_5c/Branch_0/x"],
            },
        ),
        (
            ("conv1_conv/kernel", "conv2_block1_1_conv/kernel", "conv2_block2_1_bn/gamma", "pool2_conv/kernel")
            + ("conv3_block1_1_conv/kernel", "predictions/kernel"),
            {
                "stem": ["conv1_conv"],
                "block 1": ["conv2_block1_1_conv"],
                "block 2": ["conv2_block2_1_bn", "pool2_conv"],
                "block 3": ["conv3_block1_1_conv"],
                "top": ["predictions"],
            },
        ),
        (
            ("bert/embeddings/word/embeddings", "bert/encoder/layer_0/attention/query/kernel")
            + ("bert/encoder/layer_0/output/norm/gamma", "bert/encoder/layer_11/intermediate/dense/kernel")
            + ("bert/pooler/kernel",),
            {
                "stem": ["bert/embeddings/word"],
                "block 1": ["bert/encoder/layer_0/attention/query", "bert/encoder/layer_0/output/norm"],
                "block 2": ["bert/encoder/layer_11/intermediate/dense"],
                "top": ["bert/pooler"],
            },
        ),
        (
            ("block1_conv1/kernel", "block1_conv2/bias", "block2_conv1/kernel"),
            {"block 1": ["block1_conv1", "block1_conv2"], "block 2": ["block2_conv1"]},
        ),
        (
            ("conv2d/kernel", "batch_normalization/gamma", "batch_normalization/moving_mean", "conv2d_1/kernel")
            + ("conv2d_1/bias", "dense/kernel"),
            {"stem": ["conv2d", "batch_normalization"], "block 1": ["conv2d_1"], "top": ["dense"]},
        ),
    ],
    ids=["keras", "slim", "resnet v2", "efficientnet", "inception", "resnet", "bert", "vgg", "plain layers"],
)
def test_the_names_that_modules_have_give_their_blocks(names, expected):
    assert groups_of(*names) == expected


def test_variables_without_any_path_are_layers_by_their_order():
    assert [members for _, members in name_groups(["kernel:0", "bias:0", "kernel:0", "kernel:0", "gamma:0"])] == [
        [0, 1],
        [2],
        [3, 4],
    ]


def test_one_layer_alone_is_the_top():
    assert name_groups(["embeddings"]) == [("top", [0])]
    assert name_groups([]) == []
