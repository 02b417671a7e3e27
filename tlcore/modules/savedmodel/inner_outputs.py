"""Tensors inside a module that can serve as its feature vector, such as what comes before a classifier."""

import re
from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from tlcore.modules.graph.graph_order import boundaries, make_graph, node_of
from tlcore.modules.graph.opened_graph import OpenedGraph, open_graph
from tlcore.modules.module import TensorFact
from tlcore.modules.savedmodel.loading import LoadedModule

_LAYERS = {"MatMul", "BatchMatMulV2", "Conv2D", "DepthwiseConv2dNative", "Einsum", "FusedBatchNormV3"}
_CALLS = re.compile(r"(Func/)?((Stateful)?PartitionedCall(_\d+)?/)+(Func/)?|(input|output)/_\d+")
_ANSWERS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
_PASSED_ON = {"Identity", "Reshape", "Squeeze", "Cast", "EnsureShape"}
_MOST = 5
_LOOKED_AT = 60  # tensors, from the output back


def open_outputs(module: LoadedModule, input: tf.TensorSpec, names: Sequence[str]) -> OpenedGraph:
    """A module's graph, opened to the outputs of these names."""

    def call(x: tf.Tensor) -> list[tf.Tensor]:
        outputs = module(x)
        return [outputs[name] for name in names]

    return open_graph(call, input)


def inner_outputs(opened: OpenedGraph, exit: str, input: tf.TensorSpec) -> tuple[TensorFact, ...]:
    """The tensors that all data passes through between the first layer and the last, latest first, one of each shape.

    Args:
        opened: the module's graph.
        exit: the tensor of its that is the output.
        input: what it takes; all sizes but the batch axis known.
    """
    graph = make_graph(opened.graph.inputs, opened.graph.entry, [exit])
    layers = [place for place, node in enumerate(graph.order) if _is_layer(opened, node)]
    if not layers:
        return ()
    names = inner_names(opened)
    tensors = [each for each in boundaries(graph, layers[0], layers[-1]) if each in names][:_LOOKED_AT]
    found: list[TensorFact] = []
    for tensor, shape in zip(tensors, opened.row_shapes(tensors, input), strict=True):
        if shape is None or len(shape) not in (1, 3) or (found and found[-1].shape == shape):
            continue
        found.append(TensorFact(name=names[tensor], shape=shape))
        if len(found) == _MOST:
            break
    return tuple(found)


def inner_names(opened: OpenedGraph) -> dict[str, str]:
    """A short name for each tensor on the way from the input to the output; one that names several is nobody's."""
    short = {f"{node}:0": _CALLS.sub("", node) for node in opened.graph.order if node in opened.graph.data}
    counts: dict[str, int] = {}
    for name in short.values():
        counts[name] = counts.get(name, 0) + 1
    return {tensor: name for tensor, name in short.items() if name and counts[name] == 1}


def answer_of(opened: OpenedGraph, exit: str) -> str:
    """“softmax” or “sigmoid” where that is the last that an output goes through; else empty."""
    node = node_of(exit)
    while opened.ops[node] in _PASSED_ON:
        data = map(node_of, opened.graph.inputs[node])
        node = next((each for each in data if each in opened.graph.data), "")
        if not node:
            return ""
    return _ANSWERS.get(opened.ops[node], "")


def inner_part(
    opened: OpenedGraph, names: Sequence[str], variables: Mapping[str, tf.Variable]
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """A function of the module's input that gives inner outputs by name, and lets a tape know of the variables.

    Raises:
        KeyError: one of the names is no inner output.
    """
    tensors = {name: tensor for tensor, name in inner_names(opened).items()}
    part = opened.parts(opened.graph.entry, [tensors[name] for name in names], list(variables.values()))
    return lambda x: dict(zip(names, part(x), strict=True))


def _is_layer(opened: OpenedGraph, node: str) -> bool:
    return node in opened.graph.data and opened.ops[node] in _LAYERS
