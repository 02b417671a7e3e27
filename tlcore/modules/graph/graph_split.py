"""A model's graph, opened: the order of its variables, and the model in two parts. Imports TensorFlow."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

from tlcore.modules.graph.graph_order import Graph, ancestors, boundaries, make_graph, meeting_places
from tlcore.modules.graph.opened_graph import OpenedGraph, open_graph

_TRIES = 8  # boundaries that are tried, from the latest on
_MAP_RANK = 4  # of a batch of feature maps: [n, h, w, channels]
_NOWHERE = "No single tensor separates the frozen layers from the trained ones"
_NO_MAPS = "It does not end in feature maps"


class CannotSplit(Exception):
    """A model has to run whole; the text is one sentence that says why."""


@dataclass(frozen=True)
class GraphSplit:
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
    opened = open_graph(call, input)
    places = meeting_places(opened.graph, opened.stand_ins(variables))
    return sorted(places, key=places.get), [name for name in variables if name not in places]


def cut_saved_model(
    call: Callable[[tf.Tensor], tf.Tensor],
    input: tf.TensorSpec,
    variables: Mapping[str, tf.Variable],
    trained: Collection[str],
) -> GraphSplit:
    """Cuts any model's graph at the latest tensor that all data passes through before it meets a trained variable.

    The graph of the call is opened by TensorFlow's own inlining, and each part is imported as a function of one
    tensor that reads the very variables.

    Args:
        call: the model.
        input: what it takes: all sizes but the batch axis known.
        variables: by name.
        trained: the names of those that will be trained.

    Raises:
        CannotSplit: there is no such tensor.
    """
    opened, places = _open(call, input, variables)
    start, stop = _span(places, trained, len(opened.graph.order))
    found = boundaries(opened.graph, start, stop)[:_TRIES]
    for boundary, shape in zip(found, opened.row_shapes(found, input), strict=True):
        if opened.is_random(boundary):
            raise CannotSplit("There is a random operation before the first layers that are trained")
        if shape is not None:
            return _in_two(opened, boundary, shape, [variables[name] for name in trained])
    raise CannotSplit(_NOWHERE)


def cut_saved_model_at_maps(
    call: Callable[[tf.Tensor], tf.Tensor], input: tf.TensorSpec, variables: Mapping[str, tf.Variable]
) -> GraphSplit:
    """Cuts any model's graph at its last feature maps: the latest tensor [n, h, w, c] that all data passes through.

    It has to come after half of the variables, or it is not what the model ends in: a transformer's is its patches.

    Args:
        call: the model.
        input: what it takes: all sizes but the batch axis known.
        variables: by name.

    Raises:
        CannotSplit: there is no such tensor.
    """
    opened, places = _open(call, input, variables)
    found = boundaries(opened.graph, _middle(places), len(opened.graph.order))
    for boundary, shape in zip(found, opened.row_shapes(found, input), strict=True):
        if _is_map(shape):
            return _in_two(opened, boundary, shape)
    raise CannotSplit(_NO_MAPS)


def cut_keras(
    network: keras.Model, input: tf.TensorSpec, trained: Iterable[keras.Layer], *, training: bool
) -> GraphSplit:
    """The same for a functional model of Keras, whose parts share its layers: batch norm moves as in the whole.

    Args:
        network: in which each layer is called once.
        input: what it takes: all sizes but the batch axis known.
        trained: the layers that will be trained.
        training: whether the tail is called as for training.

    Raises:
        CannotSplit: there is no such tensor.
    """
    graph, tensors, places = _layers(network)
    start, stop = _span(places, [layer.name for layer in trained], len(graph.order))
    before = {op.name: op for op in network.operations}
    for boundary in boundaries(graph, start, stop)[:_TRIES]:
        if training and any(_draws(before[name]) for name in ancestors(graph, [boundary])):
            raise CannotSplit("There is a random operation before the first layers that are trained")
        if (cut := _keras_in_two(network, input, boundary, tensors[boundary])) is not None:
            return cut
    raise CannotSplit(_NOWHERE)


def cut_keras_at_maps(network: keras.Model, input: tf.TensorSpec) -> GraphSplit:
    """The same as `cut_saved_model_at_maps` for a functional model of Keras, in which each layer is called once."""
    graph, tensors, places = _layers(network)
    for boundary in boundaries(graph, _middle(places), len(graph.order)):
        if len(tensors[boundary].shape) == _MAP_RANK:
            cut = _keras_in_two(network, input, boundary, tensors[boundary])
            if cut is not None and _is_map(cut.shape):
                return cut
    raise CannotSplit(_NO_MAPS)


def _open(
    call: Callable[[tf.Tensor], tf.Tensor], input: tf.TensorSpec, variables: Mapping[str, tf.Variable]
) -> tuple[OpenedGraph, dict[str, int]]:
    """A model's graph, and where each variable meets data."""
    if not input.dtype.is_floating:
        raise CannotSplit(f"Its input is {input.dtype.name}; only modules with floating-point input can be split")
    opened = open_graph(lambda x: [call(x)], input)
    return opened, meeting_places(opened.graph, opened.stand_ins(variables))


def _in_two(
    opened: OpenedGraph, boundary: str, shape: tuple[int, ...], watched: Sequence[tf.Variable] = ()
) -> GraphSplit:
    prefix = opened.part(opened.graph.entry, boundary)
    tail = opened.part(boundary, opened.graph.exits[0], watched)
    return GraphSplit(boundary, shape, prefix, lambda x, training=False: tail(x))


def _layers(network: keras.Model) -> tuple[Graph, dict[str, keras.KerasTensor], dict[str, int]]:
    """A functional model's operations as a graph, its tensors by name, and where each layer with variables stands."""
    names = {id(tensor): f"{op.name}:{n}" for op in network.operations for n, tensor in enumerate(_flat(op.output))}
    tensors = {names[id(tensor)]: tensor for op in network.operations for tensor in _flat(op.output)}
    inputs = {
        op.name: [] if isinstance(op, keras.layers.InputLayer) else [names[id(tensor)] for tensor in _flat(op.input)]
        for op in network.operations
    }
    graph = make_graph(inputs, names[id(network.inputs[0])], [names[id(network.outputs[0])]])
    places = {op.name: graph.order.index(op.name) for op in network.operations if getattr(op, "variables", None)}
    return graph, tensors, places


def _keras_in_two(
    network: keras.Model, input: tf.TensorSpec, boundary: str, tensor: keras.KerasTensor
) -> GraphSplit | None:
    """A functional model cut at a tensor; None where that is not a row of floats for each example."""
    prefix = keras.Model(network.inputs[0], tensor)
    rows = tf.function(prefix, jit_compile=False)(tf.zeros([2, *input.shape[1:]], input.dtype))
    if not rows.dtype.is_floating or rows.shape.rank < 2 or rows.shape[0] != 2:
        return None
    tail = keras.Model(tensor, network.outputs[0])
    return GraphSplit(boundary, tuple(rows.shape[1:]), lambda x: prefix(x, training=False), tail)


def _span(places: Mapping[str, int], trained: Iterable[str], end: int) -> tuple[int, int]:
    """From where the first variables met data, to where the first that trains meets it."""
    stop = min((places[name] for name in trained if name in places), default=end)
    start = min(places.values(), default=end)
    if start >= stop:
        raise CannotSplit("There are no frozen layers before the first ones that are trained")
    return start, stop


def _middle(places: Mapping[str, int]) -> int:
    """Where half of the variables have met data."""
    if not places:
        raise CannotSplit("None of its variables can be found in its graph")
    return sorted(places.values())[len(places) // 2]


def _is_map(shape: tuple[int, ...] | None) -> bool:
    return shape is not None and len(shape) + 1 == _MAP_RANK and shape[0] * shape[1] > 1


def _draws(layer: object) -> bool:
    return any(variable.name == "seed_generator_state" for variable in getattr(layer, "variables", ()))


def _flat(tensors: object) -> list:
    return keras.tree.flatten(tensors)
