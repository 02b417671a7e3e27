"""A model written in the reusable TF Hub form, so that it can be the module of another task."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import tensorflow as tf

Variables = Sequence[tf.Variable | keras.Variable]


def write_hub_module(
    folder: Path,
    call: Callable[[tf.Tensor, bool], object],
    input: tf.TensorSpec,
    *,
    variables: Variables,
    trainable_variables: Variables,
    regularization_losses: Sequence[Callable[[], tf.Tensor]] = (),
    signatures: Mapping[str, Callable] | None = None,
    assets: Sequence[Path] = (),
    resources: Sequence[object] = (),
) -> None:
    """Writes a SavedModel that `hub.load` and `tf.saved_model.load` open callable and trainable.

    The form is https://www.tensorflow.org/hub/reusable_saved_models: `__call__(inputs, training=False)`, traced
    for both values of `training`, with `variables`, `trainable_variables` and `regularization_losses` beside it.
    Keras 3's own export does not load back callable.

    Args:
        folder: is made, or filled when empty.
        call: takes a tensor and a Python bool for `training`; gives a tensor or a dict of tensors.
        input: shape, dtype and name of the tensor, the batch axis None.
        variables: all of the module's, as its user shall see them.
        trainable_variables: those of them that an optimizer may change.
        regularization_losses: functions without arguments, each giving a scalar.
        signatures: `tf.function`s with an input signature, by name, for serving.
        assets: files that are copied into `assets/`.
        resources: what else `call` and the signatures read: layers, tables.
    """
    function = tf.function(lambda inputs, training=False: call(inputs, training), autograph=False)
    for training in (True, False):
        function.get_concrete_function(input, training=training)
    root = tf.train.Checkpoint()
    root.__call__ = function
    root.variables = [_plain(variable) for variable in variables]
    root.trainable_variables = [_plain(variable) for variable in trainable_variables]
    root.regularization_losses = [tf.function(loss, input_signature=[]) for loss in regularization_losses]
    root.files = [tf.saved_model.Asset(str(path)) for path in assets]
    root.resources = list(resources)
    tf.saved_model.save(root, str(folder), signatures=dict(signatures or {}))


def _plain(variable: tf.Variable | keras.Variable) -> tf.Variable:
    return variable.value if isinstance(variable, keras.Variable) else variable
