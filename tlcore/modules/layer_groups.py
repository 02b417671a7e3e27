"""Layer groups by name: variables in the order of the data → stem, block 1 … n, top."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# A layer's path up to its last numbered block: block_16_expand, conv2_block1_1_conv, block1/unit_1/bottleneck_v2,
# expanded_conv_3/depthwise, Mixed_5b/Branch_0, blocks_3/conv2d, encoder/layer_11/attention
_BLOCK = re.compile(
    r".*(?:block|unit|stage|layer|cell|mixed|expanded_conv|residual)s?[_/-]?\d+[a-z]?(?![a-z0-9])", re.IGNORECASE
)
_NORM = {"gamma", "moving_mean", "moving_variance"}


class _Layer(NamedTuple):
    path: str
    indices: list[int]
    leaves: set[str]

    @property
    def block(self) -> str:
        match = _BLOCK.match(self.path)
        return match[0] if match else ""

    @property
    def is_norm(self) -> bool:
        return bool(self.leaves & _NORM) and not self.leaves & {"kernel", "weights"}


def name_groups(names: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Divides variables into layer groups.

    Numbered blocks in the names make the groups, the innermost that says so: `block_16`, `conv2_block1`,
    `block1/unit_1`, `Mixed_5b`. What comes before the first is the stem, what comes after the last the top, what lies
    between belongs to the block before it. Names without such blocks: each layer is a group, together with the batch
    norm that follows it; the first is the stem, the last the top.

    Args:
        names: of all variables, in the order in which data reaches them, such as
            `MobilenetV2/expanded_conv_3/depthwise/depthwise_weights`. They may repeat.

    Returns:
        Each group's name and its variables as indices into `names`, ascending; groups in the order of their first
        layers. Each index is in exactly one; variables of one layer are never parted.
    """
    layers = _layers(names)
    blocks = list(dict.fromkeys(layer.block for layer in layers if layer.block))
    if len(blocks) >= 2:
        return _by_blocks(layers, blocks)
    return _by_layers(layers)


def _layers(names: Sequence[str]) -> list[_Layer]:
    """Variables that share a path are one layer; one whose name is there already begins another."""
    layers: list[_Layer] = []
    latest: dict[str, _Layer] = {}
    for index, name in enumerate(names):
        path, _, leaf = name.rpartition("/")
        leaf = leaf.split(":")[0]
        layer = latest.get(path)
        # without any path, only neighbours can be of one layer
        if layer is None or leaf in layer.leaves or (not path and layer is not layers[-1]):
            layer = latest[path] = _Layer(path, [], set())
            layers.append(layer)
        layer.indices.append(index)
        layer.leaves.add(leaf)
    return layers


def _by_blocks(layers: list[_Layer], blocks: list[str]) -> list[tuple[str, list[int]]]:
    last = max(position for position, layer in enumerate(layers) if layer.block)
    members: dict[str, list[int]] = {"stem": [], **{block: [] for block in blocks}, "top": []}
    current = "stem"
    for position, layer in enumerate(layers):
        current = layer.block or ("top" if position > last else current)
        members[current] += layer.indices
    names = {block: f"block {number}" for number, block in enumerate(blocks, 1)}
    return [(names.get(key, key), sorted(indices)) for key, indices in members.items() if indices]


def _by_layers(layers: list[_Layer]) -> list[tuple[str, list[int]]]:
    units: list[list[_Layer]] = []
    for layer in layers:
        if units and layer.is_norm and not any(other.is_norm for other in units[-1]):
            units[-1].append(layer)
        else:
            units.append([layer])
    last = len(units) - 1
    named = []
    for position, unit in enumerate(units):
        name = "top" if position == last else "stem" if position == 0 else f"block {position}"
        named.append((name, sorted(index for layer in unit for index in layer.indices)))
    return named
