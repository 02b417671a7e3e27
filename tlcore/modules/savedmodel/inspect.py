"""A SavedModel's facts: what goes in, what comes out, its layer groups in the order of the data."""

import pkgutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from tlcore.base.errors import UserError
from tlcore.modalities import find_modality, modality_of_input
from tlcore.modules.graph.graph_split import order_variables
from tlcore.modules.layer_groups import name_groups
from tlcore.modules.module import LayerGroup, TensorFact, VariableFact
from tlcore.modules.savedmodel.inner_outputs import answer_of, inner_outputs, inner_part, open_outputs
from tlcore.modules.savedmodel.loading import LoadedModule, first_line, load_module

_FEATURES = ("feature_vector", "image_feature_vector", "features", "pooled", "pooled_output", "embedding", "embeddings")
_ANSWERS = ("logit", "prob", "score", "class", "predict", "softmax")
_ANY_SIZE = 224  # the side of the pictures that a module of any size is tried with


def inspect_saved_model(
    folder: Path,
    name: str,
    *,
    output: Sequence[str] | None = None,
    input_shape: Sequence[int | None] | None = None,
    by_photographs: bool = True,
) -> dict:
    """Loads a SavedModel, runs it once on zeros, and opens its graph.

    Args:
        folder: where it lies, whole.
        name: what a person knows it by.
        output: which outputs become the feature vector; chosen when not given.
        input_shape: without the batch axis, where the module leaves sizes open.
        by_photographs: whether it is run on photographs where nothing else says which values it expects.

    Returns:
        Fields of a `Module`: modality, input, batch_size, those of its values where they are found out, outputs,
        output, inner_outputs, answer, feature_dim, groups, trainable, why_not_trainable, batch_norm_update, parameters.

    Raises:
        UserError: it can't be read, run or used, or the outputs or the shape do not fit it.
    """
    module = load_module(folder, name)
    shape = _input_shape(module.input, input_shape, name)
    outputs = _run_once(module, shape, name)
    spec = tf.TensorSpec([module.batch_size, *shape], module.input.dtype)
    modality = modality_of_input(shape, module.input.dtype.name)
    usual = _choose(outputs, None, name)
    answer, inner, inner_part = "", (), None
    if find_modality(modality):
        answer, inner, inner_part = _look_inside(module, spec, outputs, usual)
    chosen = _choose(outputs, output, name, inner) if output else usual

    def features(x):
        found = module(x)
        of_inner = [key for key in chosen if key not in outputs]
        found |= inner_part(of_inner)(x) if of_inner else {}
        return [found[key] for key in chosen]

    used, unused = order_variables(features, spec, module.variables)
    of_inner = {fact.name: fact.shape for fact in inner}
    trainable, why_not = set(), module.why_not_trainable
    if not why_not:
        offered = {key: module.variables[key] for key in used if key in module.trainable}
        trainable, why_not = _trainable(features, spec, offered)
    return {
        "modality": modality,
        "input": TensorFact(name=module.input.name or "", shape=shape, dtype=module.input.dtype.name),
        "batch_size": module.batch_size,
        **_found_values(modality, features, spec, module.variables, by_photographs),
        "outputs": tuple(
            TensorFact(name=key, shape=tuple(tensor.shape[1:]), dtype=tensor.dtype.name)
            for key, tensor in outputs.items()
        ),
        "output": chosen,
        "inner_outputs": inner,
        "answer": answer,
        "feature_dim": sum(_width(outputs[key].shape[1:] if key in outputs else of_inner[key]) for key in chosen),
        "groups": _groups(used, unused, trainable, module.variables),
        "trainable": not why_not,
        "why_not_trainable": why_not,
        "batch_norm_update": "all" if _can_move_state(module, spec, chosen, outputs, why_not) else "never",
        "parameters": sum(variable.shape.num_elements() for variable in module.variables.values()),
    }


def _input_shape(spec: tf.TensorSpec, given: Sequence[int | None] | None, name: str) -> tuple[int | None, ...]:
    own = None if spec.shape.rank is None else tuple(spec.shape.as_list()[1:])
    if given is None:
        if own is None:
            return () if spec.dtype == tf.string else (None, None, 3)
        return own
    given = tuple(given)
    fits = own is None or (
        len(own) == len(given) and all(a == b or a is None or b is None for a, b in zip(own, given, strict=True))
    )
    if not fits:
        raise UserError(
            "The module takes another input shape",
            f"{name} takes {own}, not {given}",
            f"Leave out the input shape, or give {own}",
        )
    return given if own is None else tuple(b if a is None else a for a, b in zip(own, given, strict=True))


def _run_once(module: LoadedModule, shape: tuple[int | None, ...], name: str) -> dict[str, tf.Tensor]:
    """What two examples of zeros give, or as many as it takes; the outputs that have a row for each."""
    sizes = [_ANY_SIZE if size is None else size for size in shape]
    count = module.batch_size or 2
    try:
        outputs = module(tf.zeros([count, *sizes], module.input.dtype))
    except Exception as error:  # it is another's program, and may fail in any way
        raise UserError(
            "The module can't be run",
            f"{name} on an input of shape {tuple(sizes)}: {first_line(error)}",
            "If the module needs inputs of another size, give the input shape",
        ) from error
    usable = {
        key: tensor
        for key, tensor in sorted(outputs.items())  # a signature's come in another order each time
        if isinstance(tensor, tf.Tensor) and tensor.dtype.is_floating and tensor.shape.rank and tensor.shape[0] == count
    }
    if not usable:
        raise UserError(
            "The module gives no feature vectors",
            f"None of the outputs of {name} has a row of numbers for each example ({', '.join(map(str, outputs))})",
            "Choose a module that ends in a feature vector",
        )
    return usable


def _look_inside(
    module: LoadedModule, spec: tf.TensorSpec, outputs: dict[str, tf.Tensor], usual: tuple[str, ...]
) -> tuple[str, tuple[TensorFact, ...], Callable | None]:
    """Whether the usual output is a classifier's answer; the inner outputs that there are; and what gives those."""
    try:
        opened = open_outputs(module, spec, list(outputs))
        exit = opened.graph.exits[list(outputs).index(usual[0])]
        sizes = [_ANY_SIZE if size is None else size for size in spec.shape[1:]]
        known = tf.TensorSpec([spec.shape[0], *sizes], spec.dtype)
        inner = inner_outputs(opened, exit, known)
    except Exception:  # what can be made of another's graph is not bounded, and its own outputs can be used without
        return "", (), None
    answer = answer_of(opened, exit)
    rows = outputs[usual[0]].numpy()
    if not answer and rows.ndim == 2 and rows.shape[1] > 1 and (rows >= 0).all() and np.allclose(rows.sum(1), 1, 1e-3):
        answer = "softmax"
    return answer, inner, lambda names: inner_part(opened, names, module.variables)


def _choose(
    outputs: dict[str, tf.Tensor], wanted: Sequence[str] | None, name: str, inner: Sequence[TensorFact] = ()
) -> tuple[str, ...]:
    if wanted:
        wanted = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        there = [*outputs, *(fact.name for fact in inner)]
        if unknown := [key for key in wanted if key not in there]:
            raise UserError(
                "The module has no such output", f"{name}: {', '.join(unknown)}", f"Its outputs are: {', '.join(there)}"
            )
        return wanted
    for key in (*_FEATURES, "default"):
        if key in outputs:
            return (key,)
    vectors = [key for key, tensor in outputs.items() if tensor.shape.rank == 2]
    plain = [key for key in vectors if not any(word in key.lower() for word in _ANSWERS)]
    return tuple((plain or vectors)[:1]) or tuple(outputs)


def _groups(used: list[str], unused: list[str], trainable: set[str], variables: dict) -> tuple[LayerGroup, ...]:
    named = name_groups([variables[name].name for name in used])
    groups = [(group, [used[index] for index in indices]) for group, indices in named]
    if unused:  # what the chosen outputs do not need lies at the end and never trains
        groups = groups or [("top", [])]
        groups[-1][1].extend(unused)
    return tuple(
        LayerGroup(
            name=group,
            variables=tuple(
                VariableFact(name=name, shape=tuple(variables[name].shape), trainable=name in trainable)
                for name in members
            ),
        )
        for group, members in groups
    )


def _trainable(features: Callable, spec: tf.TensorSpec, variables: dict[str, tf.Variable]) -> tuple[set[str], str]:
    """The names of the variables that gradients reach, and where there are none why; traced, not run."""
    reached = set()

    def gradients(x):
        with tf.GradientTape() as tape:
            outputs = features(x)
        found = tape.gradient(outputs, variables)
        reached.update(name for name, gradient in found.items() if gradient is not None)
        return outputs

    try:
        tf.function(gradients, autograph=False).get_concrete_function(spec)
    except Exception as error:  # an operation without a gradient, or without one that is still known
        return set(), f"TensorFlow can't compute its gradient ({first_line(error)})."
    return reached, "" if reached else "No gradient reaches its variables."


def _can_move_state(module: LoadedModule, spec: tf.TensorSpec, chosen, outputs, why_not: str) -> bool:
    return not why_not and all(key in outputs for key in chosen) and _moves_state(module, spec)


def _moves_state(module: LoadedModule, spec: tf.TensorSpec) -> bool:
    """Whether a call for training writes to variables, as batch norm does."""
    if not module.takes_training:
        return False
    graph = tf.function(lambda x: module(x, True), autograph=False).get_concrete_function(spec).graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return any(node.op.startswith("Assign") for node in nodes)


def _found_values(modality: str, call: Callable, spec: tf.TensorSpec, variables: dict, by_photographs: bool) -> dict:
    """The fields of a `Module` for the values that it expects, where they are found out."""
    entry = find_modality(modality)
    if entry is None or not entry.find_values:
        return {}
    sizes = [_ANY_SIZE if size is None else size for size in spec.shape[1:]]
    known = tf.TensorSpec([spec.shape[0], *sizes], spec.dtype)
    try:
        found = pkgutil.resolve_name(entry.find_values)(call, known, variables, by_photographs=by_photographs)
    except Exception:  # what another's graph makes of items is not bounded, and it can be used without this
        found = None
    if found is None:
        return {}
    values, source = found
    return {**values.fields, "values_source": source}


def _width(shape: Sequence[int]) -> int:
    return shape[-1] if len(shape) else 1
