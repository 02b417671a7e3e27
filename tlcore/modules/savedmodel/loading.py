"""A SavedModel in memory, ready to be called, whatever form it has."""

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf
import tf_keras  # noqa: F401  (SavedModels that Keras 2 wrote with its optimizer load only with it)

from tlcore.base.errors import UserError

_TAGS = (None, ["serve"], [])  # None: the only graph there is; TensorFlow 1's modules have one without tags
_SIGNATURES = ("image_feature_vector", "default", "serving_default")  # the first that is there


class LoadedModule:
    """A SavedModel as a function of one tensor, its variables beside it.

    Attributes:
        loaded: what `tf.saved_model.load` gave; it must live as long as its variables are used.
        input: shape with the batch axis, dtype and name of the tensor that it takes.
        batch_size: the only number of examples that it takes at once; None: any.
        variables: all of them by name, each name and each variable once; the second of a name gets ` (2)` after it.
        trainable: the names of those that the module offers for training.
        why_not_trainable: empty where it can be trained.
        takes_training: whether it was traced for training too.
    """

    def __init__(self, loaded: object, name: str):
        self.loaded = loaded
        traces = _traces(loaded)
        self._signature = None if traces else _choose_signature(loaded, name)
        arguments = [list(trace.values()) for trace in traces]
        self.input, self._given = _find_input(arguments or [[self._signature.structured_input_signature[1]]], name)
        self.batch_size = None if self.input.shape.rank is None else self.input.shape[0]
        self.variables = _variables(loaded, self._signature)
        offered = {id(variable) for variable in _listed(loaded, "trainable_variables")}
        self.why_not_trainable = _why_not_trainable(loaded, bool(traces), bool(offered))
        self.trainable = {name for name, variable in self.variables.items() if id(variable) in offered}
        self._knows_training = any("training" in trace for trace in traces)
        self.takes_training = any(trace.get("training") is True for trace in traces)

    def __call__(self, x: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """All outputs by name; that of a module which gives a single tensor is called `default`."""
        given = tf.nest.map_structure(lambda spec: x if spec is self.input else tf.zeros([], spec.dtype), self._given)
        if self._signature is not None:
            return self._signature(**given)
        return _named(self.loaded(given, training=training) if self._knows_training else self.loaded(given))


def load_module(folder: Path, name: str) -> LoadedModule:
    """Loads a SavedModel whose files are all there.

    Args:
        folder: where it lies.
        name: what a person knows it by.

    Raises:
        UserError: TensorFlow can't read it, or it can't be used with one tensor for input.
    """
    problems = []
    for tags in _TAGS:
        try:
            loaded = tf.saved_model.load(str(folder), tags=tags)
        except Exception as error:  # what a spoiled file makes TensorFlow raise is not bounded
            problems.append(error)
            continue
        return LoadedModule(loaded, name)
    # of the tries with wrong tags nobody wants to hear
    problem = next((each for each in problems if "tags" not in str(each)), problems[0])
    detail = f"{name}: {first_line(problem)}"
    if "Op type not registered" in detail:
        raise UserError(
            "The module needs operations that are not installed",
            detail,
            "Modules for text often need the Python package tensorflow-text",
        ) from problem
    raise UserError(
        "TensorFlow can't read this module", detail, "The files may be incomplete; download or copy them again"
    ) from problem


def first_line(error: Exception) -> str:
    """What an error of TensorFlow says, in at most 300 characters."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip()[:300]


def _traces(loaded: object) -> list[dict]:
    """The arguments by name that the module's call was traced for; none where it can't be called."""
    function = loaded.__call__ if callable(loaded) else None
    traces = []
    for trace in getattr(function, "concrete_functions", ()):
        args, kwargs = trace.structured_input_signature
        bound = inspect.signature(function).bind_partial(*args, **kwargs)
        bound.apply_defaults()
        traces.append(dict(bound.arguments))
    return traces


def _choose_signature(loaded: object, name: str) -> Callable:
    signatures = getattr(loaded, "signatures", {})
    for key in (*_SIGNATURES, *signatures):
        if key in signatures:
            return signatures[key]
    raise UserError(
        "This SavedModel can't be used",
        f"{name} is not callable and has no serving signature",
        "Ask its author for one in TF Hub's format: https://www.tensorflow.org/hub/reusable_saved_models",
    )


def _find_input(traces: Sequence[list], name: str) -> tuple[tf.TensorSpec, object]:
    """The spec of the one input, and the argument that it is in: itself, or a dict or list around it.

    Beside a picture there may be switches, numbers of no shape such as a flag for training, which are left off. Of
    several traces it is the one that leaves the most sizes open.

    Args:
        traces: of each its arguments; all of a signature's are one, by name.
        name: what a person knows the module by.
    """
    found, tensors = [], []
    for arguments in traces:
        tensors = [each for each in tf.nest.flatten(arguments) if isinstance(each, tf.TensorSpec)]
        inputs = [spec for spec in tensors if not (spec.dtype.is_bool and spec.shape.rank == 0)]
        if len(inputs) == 1 and tf.nest.flatten(arguments[:1]) == tensors:
            found.append((inputs[0], arguments[0]))
    if not found:
        taken = ", ".join(f"{spec.name} {_shape_in_words(spec)}" for spec in tensors[:8])
        raise UserError(
            "This module does not take exactly one input",
            f"{name} takes {len(tensors)}: {taken or 'no tensor'}",
            "Choose a module with a single input, or save the part that takes the examples as a SavedModel of its own",
        )
    return min(found, key=lambda pair: _known_sizes(pair[0]))


def _known_sizes(spec: tf.TensorSpec) -> int:
    return -1 if spec.shape.rank is None else sum(size is not None for size in spec.shape)


def _shape_in_words(spec: tf.TensorSpec) -> str:
    sides = "of any shape" if spec.shape.rank is None else " × ".join(str(side or "any") for side in spec.shape[1:])
    return f"({sides or 'a number'}, {spec.dtype.name})"


def _variables(loaded: object, signature: Callable | None) -> dict[str, tf.Variable]:
    listed = [*_listed(loaded, "variables"), *_listed(loaded, "trainable_variables")]
    for trace in [signature] if signature is not None else loaded.__call__.concrete_functions:
        listed += trace.variables  # what it reads, though it may list none
    counts: Counter[str] = Counter()
    named = {}
    for variable in {id(variable): variable for variable in listed}.values():
        name = variable.name.removesuffix(":0")
        counts[name] += 1
        named[name if counts[name] == 1 else f"{name} ({counts[name]})"] = variable
    return named


def _listed(loaded: object, attribute: str) -> list[tf.Variable]:
    return [each for each in tf.nest.flatten(getattr(loaded, attribute, None) or []) if isinstance(each, tf.Variable)]


def _why_not_trainable(loaded: object, is_callable: bool, offers_variables: bool) -> str:
    if is_callable and offers_variables:
        return ""
    if is_callable:
        return "It offers no variables for training."
    if "default" in getattr(loaded, "signatures", {}):
        return "It is in the format of TensorFlow 1, which can't be trained any more."
    return "It was saved for serving only, without what training needs."


def _named(outputs: object) -> dict[str, tf.Tensor]:
    """Nested outputs, flat: names of dicts and places in lists, joined by `/`."""
    if isinstance(outputs, dict):
        items = list(outputs.items())
    elif isinstance(outputs, list | tuple):
        items = list(enumerate(outputs))
    else:
        return {"default": outputs}
    return {
        f"{key}" if name == "default" and not isinstance(value, dict) else f"{key}/{name}": tensor
        for key, value in items
        if value is not None
        for name, tensor in _named(value).items()
    }
