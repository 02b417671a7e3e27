"""The graph of any call, inlined, and what leads from one of its tensors to another. Imports TensorFlow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import tensorflow as tf

# TensorFlow's own inlining, as it is used for constant folding: there is no public way to it
from tensorflow.python.framework import convert_to_constants

from tlcore.modules.graph.graph_order import Graph, ancestors, make_graph

_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "Bernoulli")


@dataclass(frozen=True)
class OpenedGraph:
    """The inlined graph of a call, and what it reads from outside.

    Attributes:
        graph: its operations by name.
        definition: the same as TensorFlow has it.
        captured: by the name of the placeholder, the handle or tensor that it stands for.
        traced: the call itself; TensorFlow forgets the functions that the definition names when it is gone.
    """

    graph: Graph
    definition: tf.compat.v1.GraphDef
    captured: dict[str, tf.Tensor]
    traced: object

    @cached_property
    def ops(self) -> dict[str, str]:
        """What kind each operation is of, by its name."""
        return {node.name: node.op for node in self.definition.node}

    def stand_ins(self, variables: Mapping[str, tf.Variable]) -> dict[str, str]:
        """The variable's name by the placeholder that stands for it."""
        names = {id(variable.handle): name for name, variable in variables.items()}
        return {node: names[id(handle)] for node, handle in self.captured.items() if id(handle) in names}

    def is_random(self, tensor: str) -> bool:
        """Whether chance has a part in a tensor; a function within the graph counts as all that it may call."""
        needed = set(ancestors(self.graph, [tensor]))
        nodes = [node for node in self.definition.node if node.name in needed]
        if any(value.HasField("func") for node in nodes for value in node.attr.values()):
            nodes += [node for function in self.definition.library.function for node in function.node_def]
        return any(word in node.op and not node.op.startswith("Stateless") for node in nodes for word in _RANDOM)

    def part(self, start: str, end: str, watched: Sequence[tf.Variable] = ()) -> Callable[[tf.Tensor], tf.Tensor]:
        """What leads from one tensor to another, as a function; it lets a gradient tape know of some variables."""
        return self._function(start, [end], watched, lambda found: found[0])

    def parts(
        self, start: str, ends: Sequence[str], watched: Sequence[tf.Variable] = ()
    ) -> Callable[[tf.Tensor], list[tf.Tensor]]:
        """The same to several tensors."""
        return self._function(start, list(ends), watched, list)

    def row_shapes(self, tensors: Sequence[str], input: tf.TensorSpec) -> list[tuple[int, ...] | None]:
        """The shape of an example's row in each of some tensors; None where that is not a row of floats an example."""
        if not tensors:
            return []

        def shapes(found: Sequence[tf.Tensor]) -> list[tf.Tensor]:
            return [tf.shape(tensor) if tensor.dtype.is_floating else tf.zeros(0, tf.int32) for tensor in found]

        measured = self._function(self.graph.entry, tensors, (), shapes)(tf.zeros([2, *input.shape[1:]], input.dtype))
        sizes = [tuple(shape.numpy().tolist()) for shape in measured]
        return [each[1:] if len(each) > 1 and each[0] == 2 else None for each in sizes]

    def _function(
        self, start: str, ends: Sequence[str], watched: Sequence[tf.Variable], result: Callable
    ) -> Callable[[tf.Tensor], object]:
        needed = set(ancestors(self.graph, ends, start))
        outside = {name: tensor for name, tensor in self.captured.items() if name in needed}
        definition = tf.compat.v1.GraphDef()
        definition.versions.CopyFrom(self.definition.versions)
        definition.library.CopyFrom(self.definition.library)
        for node in self.definition.node:
            if node.name in needed - outside.keys():
                definition.node.add().CopyFrom(node)

        @tf.function(autograph=False, jit_compile=False)
        def call(x):
            for variable in watched:
                variable.read_value()
            graph = tf.compat.v1.get_default_graph()
            given = {f"{name}:0": graph.capture(tensor) for name, tensor in outside.items()}
            return result(tf.graph_util.import_graph_def(definition, {start: x, **given}, list(ends), name=""))

        call.owner = self.traced
        return call


def open_graph(call: Callable[[tf.Tensor], Sequence[tf.Tensor]], input: tf.TensorSpec) -> OpenedGraph:
    """Opens what a call computes, by TensorFlow's own inlining.

    Args:
        call: of one tensor.
        input: what it takes.
    """
    traced = tf.function(lambda x: list(call(x)), autograph=False).get_concrete_function(input)
    definition = convert_to_constants._run_inline_graph_optimization(
        traced, lower_control_flow=False, aggressive_inlining=True
    )
    for node in definition.node:
        taken = [tensor for tensor in node.input if not tensor.startswith("^")]
        del node.input[:]
        node.input.extend(taken)
    inputs = {node.name: [_full(tensor) for tensor in node.input] for node in definition.node}
    graph = make_graph(inputs, traced.inputs[0].name, [output.name for output in traced.outputs])
    captured = {placeholder.op.name: handle for handle, placeholder in traced.graph.captures}
    return OpenedGraph(graph, definition, captured, traced)


def _full(tensor: str) -> str:
    return tensor if ":" in tensor else f"{tensor}:0"
