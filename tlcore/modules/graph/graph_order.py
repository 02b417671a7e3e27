"""A graph of operations, walked: in which order variables meet the data, and where all data is in one tensor.

Everything here is about names: a node is an operation, a tensor is `node:number`. What graph it is of, TensorFlow's
or Keras's, does not matter.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Graph:
    """The operations that a model's outputs depend on.

    Attributes:
        order: their names, each after those whose outputs it takes.
        inputs: the tensors that each of them takes.
        entry: the tensor that the data comes in by.
        exits: the tensors that the outputs are.
        data: operations that work on data: on the entry, or on what was computed from it.
    """

    order: tuple[str, ...]
    inputs: Mapping[str, Sequence[str]]
    entry: str
    exits: tuple[str, ...]
    data: frozenset[str]


def make_graph(inputs: Mapping[str, Sequence[str]], entry: str, exits: Sequence[str]) -> Graph:
    """Puts the operations in order, from the outputs back to the input, depth first: each branch stays in one piece.

    Args:
        inputs: the tensors that each operation takes; more operations than the outputs need do no harm.
        entry: the tensor that the data comes in by.
        exits: the tensors that the outputs are.
    """
    order = _depth_first(inputs, [node_of(tensor) for tensor in exits])
    data = {node_of(entry)}
    for node in order:
        if any(node_of(tensor) in data for tensor in inputs[node]):
            data.add(node)
    return Graph(tuple(order), {node: inputs[node] for node in order}, entry, tuple(exits), frozenset(data))


def meeting_places(graph: Graph, variables: Mapping[str, str]) -> dict[str, int]:
    """For each variable where in `graph.order` it first meets data, itself or what was computed from it.

    Args:
        graph: of a model.
        variables: the variable's name by the operation that stands for it.

    Returns:
        Of the variables that the outputs depend on. One that an output depends on without any data is at the end.
    """
    carried: dict[str, tuple[str, ...]] = {}  # the variables behind a node that has met no data yet
    places: dict[str, int] = {}
    for place, node in enumerate(graph.order):
        met = [name for tensor in graph.inputs[node] for name in carried.get(node_of(tensor), ())]
        if node in variables:
            met = [variables[node]]
        if node in graph.data:
            for name in met:
                places.setdefault(name, place)
        else:
            carried[node] = tuple(dict.fromkeys(met))
    for names in carried.values():
        for name in names:
            places.setdefault(name, len(graph.order))
    return places


def boundaries(graph: Graph, start: int, stop: int) -> list[str]:
    """The tensors that everything computed from the input passes through, latest first.

    A tensor that all ways from input to output lead through is the only one in use at the moment when it has been
    computed, in whichever order the operations stand; so one sweep over any order finds all of them.

    Args:
        graph: of a model.
        start: only tensors that are there after the operation at this place in `graph.order`,
        stop: and before the one at this place.
    """
    last_use = {tensor: place for place, node in enumerate(graph.order) for tensor in graph.inputs[node]}
    last_use.update(dict.fromkeys(graph.exits, len(graph.order)))
    made: dict[str, list[str]] = {}
    for tensor in last_use:
        made.setdefault(node_of(tensor), []).append(tensor)
    live: set[str] = set()
    found: dict[str, None] = {}
    for place, node in enumerate(graph.order[:stop]):
        if node not in graph.data:
            continue
        live -= {tensor for tensor in live if last_use[tensor] <= place}
        live.update(made.get(node, ()))
        if place >= start and len(live) == 1:
            found[next(iter(live))] = None
    return list(reversed(found))


def ancestors(graph: Graph, tensors: Collection[str], stop: str = "") -> list[str]:
    """The operations that some tensors depend on, in order, as far back as the one that makes the tensor `stop`."""
    ends = {node_of(stop)} - {""}
    inputs = {node: () if node in ends else graph.inputs[node] for node in graph.order}
    return [node for node in _depth_first(inputs, [node_of(tensor) for tensor in tensors]) if node not in ends]


def node_of(tensor: str) -> str:
    return tensor.partition(":")[0]


def _depth_first(inputs: Mapping[str, Sequence[str]], outputs: Sequence[str]) -> list[str]:
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
            stack += [(node_of(tensor), False) for tensor in reversed(inputs[node])]
    return order
