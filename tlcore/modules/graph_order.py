"""A SavedModel's graph, opened: in which order its variables meet the data."""

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

# TensorFlow's own inlining, as it is used for constant folding: there is no public way to it
from tensorflow.python.framework import convert_to_constants


def order_variables(
    call: Callable[[tf.Tensor], Sequence[tf.Tensor]], input: tf.TensorSpec, variables: Mapping[str, tf.Variable]
) -> tuple[list[str], list[str]]:
    """Orders a model's variables as data flows through its graph.

    The graph is walked from the outputs back to the input, depth first, so that each branch stays in one piece; a
    variable's place is that of the first operation where it meets data.

    Args:
        call: the model.
        input: what it takes.
        variables: by name, in any order.

    Returns:
        The names of the variables that the outputs depend on, in order, and of those that they do not, as given.
    """
    traced = tf.function(lambda x: list(call(x)), autograph=False).get_concrete_function(input)
    graph = convert_to_constants._run_inline_graph_optimization(
        traced, lower_control_flow=False, aggressive_inlining=True
    )
    inputs = {node.name: [_node(name) for name in node.input if not name.startswith("^")] for node in graph.node}
    order = _depth_first(inputs, [_node(output.name) for output in traced.outputs])
    data = {traced.inputs[0].op.name}
    for name in order:
        if any(source in data for source in inputs[name]):
            data.add(name)
    names = {id(variable.handle): name for name, variable in variables.items()}
    captured = {
        placeholder.op.name: names[id(handle)] for handle, placeholder in traced.graph.captures if id(handle) in names
    }
    places = _meeting_places(order, inputs, data, captured)
    return sorted(places, key=places.get), [name for name in variables if name not in places]


def _depth_first(inputs: dict[str, list[str]], outputs: list[str]) -> list[str]:
    """Nodes that the outputs depend on, each after its inputs."""
    order: list[str] = []
    seen: set[str] = set()
    stack = [(output, False) for output in reversed(outputs)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(source, False) for source in reversed(inputs[node])]
    return order


def _meeting_places(
    order: list[str], inputs: dict[str, list[str]], data: set[str], captured: dict[str, str]
) -> dict[str, int]:
    """For each variable where in `order` it first meets data, itself or what was computed from it."""
    carried: dict[str, tuple[str, ...]] = {}  # the variables behind a node that has met no data yet
    places: dict[str, int] = {}
    for place, node in enumerate(order):
        variables = [name for source in inputs[node] for name in carried.get(source, ())]
        if node in captured:
            variables = [captured[node]]
        if node in data:
            for name in variables:
                places.setdefault(name, place)
        else:
            carried[node] = tuple(dict.fromkeys(variables))
    for variables in carried.values():  # an output that depends on no data
        for name in variables:
            places.setdefault(name, len(order))
    return places


def _node(tensor: str) -> str:
    return tensor.split(":")[0]
