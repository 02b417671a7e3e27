"""A module made ready to train: a Keras 3 layer, whatever the module came from."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import keras
import tensorflow as tf

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.modalities.image.feeding import feed
from tlcore.modules.backbones.inner_outputs import inner_part, open_outputs
from tlcore.modules.backbones.loading import load_module
from tlcore.modules.builtin import efficientnet_lite0
from tlcore.modules.graph.graph_split import (
    CannotSplit,
    GraphSplit,
    cut_keras,
    cut_keras_at_maps,
    cut_saved_model,
    cut_saved_model_at_maps,
)
from tlcore.modules.module import Module, VariableFact


class Backbone(keras.layers.Layer):
    """A module as a layer: a batch of inputs → feature vectors, float32 [n, feature_dim].

    Images go in as float32 [n, height, width, 3] in 0…1, whatever values, channels, type and number of examples the
    module itself takes. All layer groups are frozen until `set_trained_groups`; call it before anything is traced or
    compiled, and leave the layer's own `trainable` alone.

    Attributes:
        module: its facts.
        groups: the variables of each layer group, moving statistics included, from input to output, in the order
            of the module's facts.
        batch_norm: "freeze": all moving statistics stay and batch norm uses them, also in training. "update":
            those of trained groups follow the data; only as far as `module.batch_norm_update` allows.
    """

    def __init__(self, module: Module):
        super().__init__(name="backbone", autocast=False)
        self.module = module
        self.batch_norm = "freeze"
        # XLA is many times slower than plain graphs on a CPU, and can't compile every SavedModel
        self.supports_jit = False
        self.built = True

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        raise NotImplementedError

    def set_trained_groups(self, names: Iterable[str]) -> None:
        """Trains these layer groups and freezes all others.

        Raises:
            KeyError: a name that is no layer group of the module; `runs.check_plan` tells people before.
        """
        raise NotImplementedError

    def cut(self, input_shape: tuple[int, ...]) -> GraphSplit:
        """The module in two parts: what comes before anything that trains, as `set_trained_groups` says, and the rest.

        The parts share the variables of this layer; the tail obeys `batch_norm`.

        Args:
            input_shape: of one input, all sizes known.

        Raises:
            CannotSplit: it has to run whole; the text is one sentence that says why.
        """
        raise CannotSplit("It is of a kind that can't be opened")

    def cut_at_maps(self, input_shape: tuple[int, ...]) -> GraphSplit:
        """The module in two parts: pictures to its last feature maps [n, h, w, c], and those to feature vectors.

        The parts share the variables of this layer, and are not for training.

        Args:
            input_shape: of one input, all sizes known.

        Raises:
            CannotSplit: it has no feature maps to be seen; the text is one sentence that says why.
        """
        raise CannotSplit("It is of a kind that can't be opened")

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.module.feature_dim)


def build_backbone(module: Module) -> Backbone:
    """A fresh `Backbone` of a module that is on this machine, with the module's own weights, all frozen.

    Raises:
        UserError: the module's files are gone or spoiled.
    """
    if module.source == "built-in":
        return KerasBackbone(module)
    return SavedModelBackbone(module)


class KerasBackbone(Backbone):
    """A built-in module: Keras code, so that each batch norm can be frozen or moved by itself."""

    def __init__(self, module: Module):
        super().__init__(module)
        self.network, self._layers_of = efficientnet_lite0.build()
        self.set_trained_groups(())

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {name: [v for layer in layers for v in layer.variables] for name, layers in self._layers_of.items()}

    def set_trained_groups(self, names: Iterable[str]) -> None:
        names = _known(names, self.module)
        for group, layers in self._layers_of.items():
            for layer in layers:
                layer.trainable = group in names  # a batch norm that is not trainable never moves

    def cut(self, input_shape: tuple[int, ...]) -> GraphSplit:
        trained = [layer for layers in self._layers_of.values() for layer in layers if layer.trainable]
        moves = self.batch_norm == "update"
        cut = cut_keras(self.network, tf.TensorSpec((None, *input_shape)), trained, training=moves)
        return replace(cut, tail=lambda x, training=False: cut.tail(x, training=bool(training) and moves))

    def cut_at_maps(self, input_shape: tuple[int, ...]) -> GraphSplit:
        return cut_keras_at_maps(self.network, tf.TensorSpec((None, *input_shape)))

    def call(self, x, training=False):
        return self.network(x, training=bool(training) and self.batch_norm == "update")


class SavedModelBackbone(Backbone):
    """A SavedModel, called as it is; Keras owns the very variables that its graph reads.

    Its own `regularization_losses` are left out: they cover the module's whole past training, not the plan's, and
    would pull at groups that are frozen.
    """

    def __init__(self, module: Module):
        super().__init__(module)
        self.loaded = load_module(workspace.folder("modules", module.id), module.name)
        self._inner = self._open_inner()
        self._groups = {
            group.name: [AdoptedVariable(self.loaded.variables[fact.name], fact) for fact in group.variables]
            for group in module.groups
        }
        self.set_trained_groups(())

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return dict(self._groups)

    def set_trained_groups(self, names: Iterable[str]) -> None:
        names = _known(names, self.module)
        self._trains_all = names == set(self.module.group_names)
        for group in self.module.groups:
            for fact, variable in zip(group.variables, self._groups[group.name], strict=True):
                variable.trainable = fact.trainable and group.name in names

    def cut(self, input_shape: tuple[int, ...]) -> GraphSplit:
        if self.batch_norm == "update":
            raise CannotSplit("All its moving statistics follow the data")
        spec = self._spec(input_shape)
        facts = [fact.name for group in self.module.groups for fact in group.variables]
        owned = [variable for group in self._groups.values() for variable in group]
        trained = [name for name, variable in zip(facts, owned, strict=True) if variable.trainable]
        return cut_saved_model(self.call, spec, self.loaded.variables, trained)

    def cut_at_maps(self, input_shape: tuple[int, ...]) -> GraphSplit:
        if self.loaded.why_not_trainable:  # gradients by what it computed would be as little as it promises
            raise CannotSplit(self.loaded.why_not_trainable.rstrip("."))
        return cut_saved_model_at_maps(self.call, self._spec(input_shape), self.loaded.variables)

    def _spec(self, input_shape: tuple[int, ...]) -> tf.TensorSpec:
        """What `call` takes, for the graph that is cut."""
        if self.module.batch_size:
            raise CannotSplit(f"It takes {self.module.batch_size} at a time")
        is_image = self.module.modality == "image"
        return tf.TensorSpec((None, *input_shape), tf.float32 if is_image else self.loaded.input.dtype)

    def call(self, x, training=False):
        # called for training, a SavedModel moves all its statistics, those of frozen groups too
        moves = bool(training) and self.batch_norm == "update" and self._trains_all
        dtype = self.loaded.input.dtype
        is_image = self.module.modality == "image"
        x = feed(x, self.module.picture, self.module.pixel_values, dtype) if is_image else tf.cast(x, dtype)
        size = self.module.batch_size
        if size is None or x.shape[0] == size:
            return self._vectors(x, moves)

        def one(x):
            return self._vectors(tf.repeat(x[None], size, axis=0), moves)[0]

        if x.shape[0] == 1:
            return one(x[0])[None]
        row = tf.TensorSpec((self.module.feature_dim,), tf.float32)
        return tf.map_fn(one, x, fn_output_signature=row, parallel_iterations=1)

    def _open_inner(self) -> Callable[[tf.Tensor], dict[str, tf.Tensor]] | None:
        """What gives the inner outputs that the feature vector is made of, if any."""
        own = [output.name for output in self.module.outputs]
        names = [name for name in self.module.output if name not in own]
        if not names:
            return None
        spec = tf.TensorSpec([self.module.batch_size, *self.module.input.shape], self.loaded.input.dtype)
        try:
            return inner_part(open_outputs(self.loaded, spec, own), names, self.loaded.variables)
        except KeyError as error:  # another TensorFlow may name what is in a graph in another way
            raise UserError(
                "The module's inner output is not found any more",
                f"{self.module.name} has no {error}",
                "Open the module again, and choose its output anew",
            ) from error

    def _vectors(self, x: tf.Tensor, moves: bool) -> tf.Tensor:
        is_own = self._inner is None or len(self.module.output) > 1
        outputs = (self.loaded(x, moves) if is_own else {}) | (self._inner(x) if self._inner else {})
        ranks = {fact.name: 1 + len(fact.shape) for fact in (*self.module.outputs, *self.module.inner_outputs)}
        vectors = [_pool(tf.cast(outputs[name], tf.float32), ranks[name]) for name in self.module.output]
        return tf.ensure_shape(tf.concat(vectors, axis=-1), (None, self.module.feature_dim))


class AdoptedVariable(keras.Variable):
    """A Keras variable that is a `tf.Variable` which was there before, instead of a copy of its value."""

    def __init__(self, variable: tf.Variable, fact: VariableFact):
        super().__init__(
            variable,
            dtype=variable.dtype.name,
            trainable=fact.trainable,
            autocast=False,
            name=fact.name.replace("/", "_"),
        )

    def _convert_to_tensor(self, value, dtype=None):
        # Keras's TensorFlow Variable keeps a tf.Variable that reaches its _initialize
        return value if isinstance(value, tf.Variable) else super()._convert_to_tensor(value, dtype)


def _known(names: Iterable[str], module: Module) -> set[str]:
    unknown = set(names := tuple(names)) - set(module.group_names)
    if unknown:
        raise KeyError(f"{module.name} has no layer group {sorted(unknown)}")
    return set(names)


def _pool(output: tf.Tensor, rank: int) -> tf.Tensor:
    """The average over all but the first and last axes; a bare number an example is a vector of one.

    The rank is given because a graph, of TensorFlow 1 above all, may not know it of its own output.
    """
    if rank == 1:
        return tf.reshape(output, (-1, 1))
    return tf.reduce_mean(output, list(range(1, rank - 1))) if rank > 2 else output
