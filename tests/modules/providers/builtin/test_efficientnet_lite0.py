import zipfile

import numpy as np
import pytest
from PIL import Image

from tlcore.modules import default_module
from tlcore.modules.providers import provider_of
from tlcore.modules.providers.builtin import efficientnet_lite0, torch_legacy_reader

STAGES = [(1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)]


@pytest.fixture(scope="module")
def network():
    return efficientnet_lite0.build()


@pytest.fixture(scope="module")
def tensors():
    return torch_legacy_reader.efficientnet_lite0_weights()


def test_the_committed_facts_are_what_the_code_generates():
    assert provider_of("built-in").known() == (efficientnet_lite0.describe(),), (
        "run: python -m tlcore.modules.providers.builtin.efficientnet_lite0"
    )


def test_the_facts_are_those_of_the_network(network):
    model, groups = network
    module = default_module()
    assert module.group_names == ("stem", *(f"block {number}" for number in range(1, 17)), "top")
    assert sum(group.parameters for group in module.groups) == module.parameters == 4_694_024 - 1280 * 1000 - 1000
    assert model.output_shape == (None, module.feature_dim)
    assert sum(len(layers) for layers in groups.values()) == sum(bool(layer.weights) for layer in model.layers)


def test_every_tensor_is_used_once_and_only_the_classifier_is_left(network, tensors):
    names = [
        efficientnet_lite0._torch_name(group, layer.name) for group, layers in network[1].items() for layer in layers
    ]
    left = {name for name in tensors if name.rpartition(".")[0] not in names}
    assert len(set(names)) == len(names)
    assert left == {"_fc.weight", "_fc.bias"}


def test_it_computes_what_the_paper_says_written_independently(network, tensors):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 40, 3))
    expected = forward((pixels - 127.0) / 128.0, tensors)
    found = network[0](pixels.astype(np.float32) / 255, training=False).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-3, rtol=1e-3)


def forward(x, tensors):
    """EfficientNet-Lite0 in numpy, float64, from PyTorch's tensors as they are."""
    x = relu6(norm(convolve(x, tensors["_conv_stem.weight"], 2), tensors, "_bn0"))
    number = 0
    for repeats, _, stride, expansion in STAGES:
        for repeat in range(repeats):
            name, shortcut = f"_blocks.{number}.", x
            if expansion > 1:
                x = relu6(norm(convolve(x, tensors[name + "_expand_conv.weight"], 1), tensors, name + "_bn0"))
            step = stride if repeat == 0 else 1
            x = relu6(norm(convolve(x, tensors[name + "_depthwise_conv.weight"], step), tensors, name + "_bn1"))
            x = norm(convolve(x, tensors[name + "_project_conv.weight"], 1), tensors, name + "_bn2")
            x = x + shortcut if x.shape == shortcut.shape and step == 1 else x
            number += 1
    return relu6(norm(convolve(x, tensors["_conv_head.weight"], 1), tensors, "_bn1")).mean((1, 2))


def convolve(x, kernel, stride):
    """SAME as TensorFlow has it: output size ⌈size / stride⌉, the odd row of zeros after. Kernel (out, in, h, w)."""
    size = kernel.shape[2]
    out = [-(-length // stride) for length in x.shape[1:3]]
    pads = [max((o - 1) * stride + size - n, 0) for o, n in zip(out, x.shape[1:3], strict=True)]
    x = np.pad(x, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2))[:, ::stride, ::stride]
    depthwise = kernel.shape[1] == 1
    return np.einsum(
        "nhwcij,cij->nhwc" if depthwise else "nhwcij,ocij->nhwo", windows, kernel[:, 0] if depthwise else kernel
    )


def norm(x, tensors, name):
    scale = tensors[name + ".weight"] / np.sqrt(tensors[name + ".running_var"].astype(float) + 1e-3)
    return (x - tensors[name + ".running_mean"]) * scale + tensors[name + ".bias"]


def relu6(x):
    return np.clip(x, 0, 6)


@pytest.mark.real_data
def test_with_its_classifier_it_knows_ants_from_bees(network, tensors, real_data):
    ant, bee = 310, 309  # of ImageNet's classes
    images, truth = [], []
    with zipfile.ZipFile(real_data / "data" / "ants-bees.zip") as archive:
        files = [name for name in archive.namelist() if name.lower().endswith(".jpg") and "__MACOSX" not in name]
        for name in files[:: len(files) // 48]:
            picture = Image.open(archive.open(name)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
            images.append(np.asarray(picture, np.float32) / 255)
            truth.append(ant if "ant" in name.split("/")[-2] else bee)
    features = network[0].predict_on_batch(np.stack(images))
    logits = features @ tensors["_fc.weight"].T + tensors["_fc.bias"]
    top5 = np.argsort(logits)[:, -5:]
    in_top5 = np.mean([label in row for label, row in zip(truth, top5, strict=True)])
    right_of_two = np.mean(np.where(logits[:, ant] > logits[:, bee], ant, bee) == truth)
    assert in_top5 > 0.8
    assert right_of_two > 0.95
