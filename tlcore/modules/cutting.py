"""A model's graph, opened: the order of its variables, and the model in two parts. Imports TensorFlow."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

# TensorFlow's own inlining, as it is used for constant folding: there is no public way to it
from tensorflow.python.framework import convert_to_constants

from tlcore.modules.graph_order import Graph, ancestors, boundaries, make_graph, meeting_places

_TRIES = 8  # boundaries that are tried, from the latest on
_NOWHERE = "No place in its graph, before the first layers that train, has all that was computed in one tensor"
_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "Bernoulli")


class NoCut(Exception):
    """A model has to run whole; the text is one sentence that says why."""


@dataclass(frozen=True)
class Cut:
    """A model in two parts, which share its variables: `tail(prefix(x))` is the model.

    Attributes:
        boundary: the name of the tensor between them.
        shape: of that tensor, without the batch axis.
        prefix: inputs [n, …] to the boundary tensor [n, *shape]; no variable of it trains.
        tail: the boundary tensor to feature vectors [n, d]; takes `training`.
    """

    boundary: str
    shape: tuple[int, ...]
    prefix: Callable[[tf.Tensor], tf.Tensor]
    tail: Callable[..., tf.Tensor]


def order_variables(
    call: Callable[[tf.Tensor], Sequence[tf.Tensor]], input: tf.TensorSpec, variables: Mapping[str, tf.Variable]
) -> tuple[list[str], list[str]]:
    """Orders a model's variables as data flows through its graph; a variable's place is where it first meets data.

    Args:
        call: the model.
        input: what it takes.
        variables: by name, in any order.

    Returns:
        The names of the variables that the outputs depend on, in order, and of those that they do not, as given.
    """
    opened = _open(call, input)
    places = meeting_places(opened.graph, opened.stand_ins(variables))
    return sorted(places, key=places.get), [name for name in variables if name not in places]


def cut_saved_model(
    call: Callable[[tf.Tensor], tf.Tensor],
    input: tf.TensorSpec,
    variables: Mapping[str, tf.Variable],
    trained: Collection[str],
) -> Cut:
    """Cuts any model's graph at the latest tensor that all data passes through before it meets a trained variable.

    The graph of the call is opened by TensorFlow's own inlining, and each part is imported as a function of one
    tensor that reads the very variables.

    Args:
        call: the model.
        input: what it takes: all sizes but the batch axis known.
        variables: by name.
        trained: the names of those that will be trained.

    Raises:
        NoCut: there is no such tensor.
    """
    if not input.dtype.is_floating:
        raise NoCut(f"It takes {input.dtype.name}, and is cut only where it takes numbers")
    opened = _open(lambda x: [call(x)], input)
    graph = opened.graph
    places = meeting_places(graph, opened.stand_ins(variables))
    start, stop = _span(places, trained, len(graph.order))
    for boundary in boundaries(graph, start, stop)[:_TRIES]:
        if opened.is_random(boundary):
            raise NoCut("Something random stands before the first layers that train")
        prefix = opened.part(graph.entry, boundary, ())
        if (shape := _row_shape(prefix, input)) is not None:
            break
    else:
        raise NoCut(_NOWHERE)
    tail = opened.part(boundary, graph.exits[0], [variables[name] for name in trained])
    return Cut(boundary, shape, prefix, lambda x, training=False: tail(x))


def cut_keras(network: keras.Model, input: tf.TensorSpec, trained: Iterable[keras.Layer], *, training: bool) -> Cut:
    """The same for a functional model of Keras, whose parts share its layers: batch norm moves as in the whole.

    Args:
        network: in which each layer is called once.
        input: what it takes: all sizes but the batch axis known.
        trained: the layers that will be trained.
        training: whether the tail is called as for training.

    Raises:
        NoCut: there is no such tensor.
    """
    names = {id(tensor): f"{op.name}:{n}" for op in network.operations for n, tensor in enumerate(_flat(op.output))}
    tensors = {names[id(tensor)]: tensor for op in network.operations for tensor in _flat(op.output)}
    inputs = {
        op.name: [] if isinstance(op, keras.layers.InputLayer) else [names[id(tensor)] for tensor in _flat(op.input)]
        for op in network.operations
    }
    graph = make_graph(inputs, names[id(network.inputs[0])], [names[id(network.outputs[0])]])
    places = {op.name: graph.order.index(op.name) for op in network.operations if getattr(op, "variables", None)}
    start, stop = _span(places, [layer.name for layer in trained], len(graph.order))
    before = {op.name: op for op in network.operations}
    for boundary in boundaries(graph, start, stop)[:_TRIES]:
        if training and any(_draws(before[name]) for name in ancestors(graph, [boundary])):
            raise NoCut("Something random stands before the first layers that train")
        prefix = keras.Model(network.inputs[0], tensors[boundary])
        if (shape := _row_shape(tf.function(prefix, jit_compile=False), input)) is not None:
            break
    else:
        raise NoCut(_NOWHERE)
    tail = keras.Model(tensors[boundary], network.outputs[0])
    return Cut(boundary, shape, lambda x: prefix(x, training=False), tail)


@dataclass(frozen=True)
class _Opened:
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

    def part(self, start: str, end: str, watched: Sequence[tf.Variable]) -> Callable[[tf.Tensor], tf.Tensor]:
        """What leads from one tensor to another, as a function; it lets a gradient tape know of some variables."""
        needed = set(ancestors(self.graph, [end], start))
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
            (result,) = tf.graph_util.import_graph_def(definition, {start: x, **given}, [end], name="")
            return result

        call.owner = self.traced
        return call


def _open(call: Callable[[tf.Tensor], Sequence[tf.Tensor]], input: tf.TensorSpec) -> _Opened:
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
    return _Opened(graph, definition, captured, traced)


def _span(places: Mapping[str, int], trained: Iterable[str], end: int) -> tuple[int, int]:
    """From where the first variables met data, to where the first that trains meets it."""
    stop = min((places[name] for name in trained if name in places), default=end)
    start = min(places.values(), default=end)
    if start >= stop:
        raise NoCut("No layers that stay frozen come before the first ones that train")
    return start, stop


def _row_shape(prefix: Callable[[tf.Tensor], tf.Tensor], input: tf.TensorSpec) -> tuple[int, ...] | None:
    """The shape of an example's row of floats; None when that is not what comes out."""
    rows = prefix(tf.zeros([2, *input.shape[1:]], input.dtype))
    return tuple(rows.shape[1:]) if rows.dtype.is_floating and rows.shape.rank > 1 and rows.shape[0] == 2 else None


def _draws(layer: object) -> bool:
    return any(variable.name == "seed_generator_state" for variable in getattr(layer, "variables", ()))


def _flat(tensors: object) -> list:
    return keras.tree.flatten(tensors)


def _full(tensor: str) -> str:
    return tensor if ":" in tensor else f"{tensor}:0"
