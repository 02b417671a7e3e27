"""Modules that are SavedModels, whoever wrote them: the backbone of one."""

from collections.abc import Callable, Iterable

import keras
import tensorflow as tf

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.modalities import find_modality
from tlcore.modules.backbones.backbone import Backbone, known_groups
from tlcore.modules.graph.graph_split import CannotSplit, GraphSplit, cut_saved_model, cut_saved_model_at_maps
from tlcore.modules.module import Module, VariableFact
from tlcore.modules.savedmodel.inner_outputs import inner_part, open_outputs
from tlcore.modules.savedmodel.loading import load_module


class SavedModelBackbone(Backbone):
    """A SavedModel, called as it is; Keras owns the very variables that its graph reads.

    Its own `regularization_losses` are left out: they cover the module's whole past training, not the plan's, and
    would pull at groups that are frozen.
    """

    def __init__(self, module: Module):
        super().__init__(module)
        self._modality = find_modality(module.modality)
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
        names = known_groups(names, self.module)
        self._trains_all = names == set(self.module.group_names)
        for group in self.module.groups:
            for fact, variable in zip(group.variables, self._groups[group.name], strict=True):
                variable.trainable = fact.trainable and group.name in names

    def cut(self, input_shape: tuple[int, ...]) -> GraphSplit:
        if self.batch_norm == "update":
            raise CannotSplit("All its moving statistics are updated in training")
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
            raise CannotSplit(f"It takes exactly {self.module.batch_size} at a time")
        return tf.TensorSpec((None, *input_shape), tf.float32 if self._modality else self.loaded.input.dtype)

    def call(self, x, training=False):
        # called for training, a SavedModel moves all its statistics, those of frozen groups too
        moves = bool(training) and self.batch_norm == "update" and self._trains_all
        dtype = self.loaded.input.dtype
        x = self._modality.feed(x, self.module, dtype) if self._modality else tf.cast(x, dtype)
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
                "The module's inner output can't be found",
                f"{self.module.name} has no {error}",
                "Open the module again and choose another output",
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


def _pool(output: tf.Tensor, rank: int) -> tf.Tensor:
    """The average over all but the first and last axes; a bare number an example is a vector of one.

    The rank is given because a graph, of TensorFlow 1 above all, may not know it of its own output.
    """
    if rank == 1:
        return tf.reshape(output, (-1, 1))
    return tf.reduce_mean(output, list(range(1, rank - 1))) if rank > 2 else output
