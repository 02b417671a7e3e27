"""A module made ready to train: a Keras 3 layer, whatever the module came from."""

from collections.abc import Iterable

import keras

from tlcore.modules.graph.graph_split import CannotSplit, GraphSplit
from tlcore.modules.module import Module


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
        raise CannotSplit("This kind of module can't be split")

    def cut_at_maps(self, input_shape: tuple[int, ...]) -> GraphSplit:
        """The module in two parts: pictures to its last feature maps [n, h, w, c], and those to feature vectors.

        The parts share the variables of this layer, and are not for training.

        Args:
            input_shape: of one input, all sizes known.

        Raises:
            CannotSplit: it has no feature maps to be seen; the text is one sentence that says why.
        """
        raise CannotSplit("This kind of module can't be split")

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.module.feature_dim)


def known_groups(names: Iterable[str], module: Module) -> set[str]:
    """The names of layer groups as a set.

    Raises:
        KeyError: one of them is none of the module's.
    """
    unknown = set(names := tuple(names)) - set(module.group_names)
    if unknown:
        raise KeyError(f"{module.name} has no layer group {sorted(unknown)}")
    return set(names)
