"""Modules that are networks of Keras: the backbone of one, and the facts that its layers tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from tlcore.modules.backbones.backbone import Backbone, known_groups
from tlcore.modules.graph.graph_split import GraphSplit, cut_keras, cut_keras_at_maps
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact

_OUTPUT = "feature_vector"


class KerasBackbone(Backbone):
    """A functional model of Keras's layers, so that each batch norm can be frozen or moved by itself.

    Attributes:
        network: one input to feature vectors, with its weights; each layer is called once.
        layers_of: the layers with variables of each layer group, from input to output.
    """

    def __init__(self, module: Module, network: keras.Model, layers_of: Mapping[str, Sequence[keras.Layer]]):
        super().__init__(module)
        self.network = network
        self.layers_of = layers_of
        self.set_trained_groups(())

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {name: [v for layer in layers for v in layer.variables] for name, layers in self.layers_of.items()}

    def set_trained_groups(self, names: Iterable[str]) -> None:
        names = known_groups(names, self.module)
        for group, layers in self.layers_of.items():
            for layer in layers:
                layer.trainable = group in names  # a batch norm that is not trainable never moves

    def cut(self, input_shape: tuple[int, ...]) -> GraphSplit:
        trained = [layer for layers in self.layers_of.values() for layer in layers if layer.trainable]
        moves = self.batch_norm == "update"
        cut = cut_keras(self.network, tf.TensorSpec((None, *input_shape)), trained, training=moves)
        return replace(cut, tail=lambda x, training=False: cut.tail(x, training=bool(training) and moves))

    def cut_at_maps(self, input_shape: tuple[int, ...]) -> GraphSplit:
        return cut_keras_at_maps(self.network, tf.TensorSpec((None, *input_shape)))

    def call(self, x, training=False):
        return self.network(x, training=bool(training) and self.batch_norm == "update")


def describe_network(network: keras.Model, layers_of: Mapping[str, Sequence[keras.Layer]]) -> dict:
    """What a network's layers tell of a module: the fields of a `Module` from `outputs` to `parameters`.

    Args:
        network: one input to feature vectors [n, d].
        layers_of: as `KerasBackbone` takes it.
    """
    size = network.output_shape[-1]
    return dict(
        outputs=(TensorFact(name=_OUTPUT, shape=(size,)),),
        output=(_OUTPUT,),
        feature_dim=size,
        groups=tuple(
            LayerGroup(
                name=name,
                variables=tuple(
                    VariableFact(name=variable.path, shape=tuple(variable.shape), trainable=variable.trainable)
                    for layer in layers
                    for variable in layer.variables
                ),
            )
            for name, layers in layers_of.items()
        ),
        trainable=True,
        batch_norm_update="trained",
        parameters=network.count_params(),
    )
