"""A module is fed as it wants, whatever it takes: by TensorFlow, by OpenVINO, in training and in exports alike."""

import numpy as np
import pytest
import tensorflow as tf

from tests.evaluation.little_run import little_dataset, trained_run
from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.exports import export_run
from tlcore.features.extract import extract_features, module_pass
from tlcore.features.inputs import load_inputs
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.modalities.image.image_input import image_input
from tlcore.modules import open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.graph.graph_split import CannotSplit
from tlcore.modules.savedmodel.loading import load_module

KINDS = [*tiny.TAKEN]


def opened(folder, kind, **choices):
    return open_module(str(tiny.write_module_taking(folder / "module", kind)), **choices)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_input_gets_the_same_pictures(tmp_path, kind):
    values = (-1, 1) if kind == "−1…1" else None
    module = opened(tmp_path, kind, value_range=values)
    pictures = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), np.uint8)
    expected = tiny.given_by_module_taking(pictures.astype(np.float32) / 255, kind)
    backbone = build_backbone(module)
    close = {"rtol": 2e-3} if kind == "float16" else {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(backbone(pictures.astype(np.float32) / 255), expected, **close)
    frozen = module_pass(module, precision="f32", backbone=backbone)
    ((rows,),) = frozen.run([pictures], len(pictures))
    assert frozen.engine == "OpenVINO"
    np.testing.assert_allclose(rows, expected, **close)
    np.testing.assert_allclose(frozen._in_tensorflow()(pictures)[0], expected, **close)


@pytest.mark.parametrize("kind", ["uint8", "channels first", "uint8, grey, one at a time"])
def test_training_predictions_and_the_export_go_by_the_same_input(make_images, tmp_path, kind):
    dataset = little_dataset(make_images, tmp_path)
    module = opened(tmp_path, kind)
    pictures = np.asarray(load_inputs(dataset, IMAGE.spec_of((8, 8))))
    expected = tiny.given_by_module_taking(pictures.astype(np.float32) / 255, kind)
    np.testing.assert_allclose(extract_features(dataset, module), expected, rtol=1e-5, atol=1e-6)
    run = trained_run(dataset, module, groups=1)
    assert run.metrics["val"]["n"] > 0
    export_run(run, "savedmodel", tmp_path / "out")  # compared with the run before it is offered
    again = tf.saved_model.load(str(tmp_path / "out"))
    images = pictures[:3].astype(np.float32) / 255
    weights = build_backbone(open_module(str(tmp_path / "out")))
    np.testing.assert_allclose(again(images), weights(images), rtol=1e-5, atol=1e-6)
    assert open_module(str(tmp_path / "out")).values_source == "export"


@pytest.mark.parametrize("kind", KINDS)
def test_a_module_is_cut_whatever_it_takes_but_a_fixed_number(tmp_path, kind):
    module = opened(tmp_path, kind, value_range=(-1, 1) if kind == "−1…1" else None)
    backbone = build_backbone(module)
    backbone.set_trained_groups(module.last_groups(1))
    if module.batch_size:
        with pytest.raises(CannotSplit, match="at a time"):
            backbone.cut((8, 8, 3))
        return
    cut = backbone.cut((8, 8, 3))
    images = np.random.default_rng(0).random((3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(cut.tail(cut.prefix(images)), backbone(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((224, 224, 3), "float32", (224, 224, 3, "HWC")),
        ((None, None, 3), "uint8", (None, None, 3, "HWC")),
        ((None, None, None), "float32", (None, None, 3, "HWC")),
        ((3, 224, 224), "float32", (224, 224, 3, "CHW")),
        ((1, 28, 28), "float32", (28, 28, 1, "CHW")),
        ((28, 28, 1), "float16", (28, 28, 1, "HWC")),
        ((28, 28), "float32", (28, 28, 1, "HW")),
        ((224, 224, 4), "float32", None),
        ((43844, 1), "float32", None),
        ((128,), "int32", None),
        ((224, 224, 3), "string", None),
        ((), "string", None),
    ],
)
def test_what_an_input_says_of_pictures(shape, dtype, expected):
    assert image_input(shape, dtype) == expected


def saved(folder, spec, call):
    root = tf.train.Checkpoint(weight=tf.Variable(1.0))
    serve = tf.function(lambda inputs: call(inputs) * root.weight, input_signature=[spec], autograph=False)
    root.__call__ = serve
    tf.saved_model.save(root, str(folder))
    return folder


PICTURE = tf.TensorSpec((None, 8, 8, 3), tf.float32, name="image")


@pytest.mark.parametrize(
    "spec",
    [{"image": PICTURE}, [PICTURE], {"image": PICTURE, "training": tf.TensorSpec((), tf.bool, name="training")}],
    ids=["dict", "list", "switch"],
)
def test_a_picture_inside_a_dict_or_list_is_found(tmp_path, spec):
    def call(inputs):
        image = inputs[0] if isinstance(inputs, list | tuple) else inputs["image"]
        if isinstance(inputs, dict) and "training" in inputs:
            image = tf.cond(inputs["training"], lambda: image * 0.0, lambda: image)
        return tf.reduce_mean(image, [1, 2])

    module = open_module(str(saved(tmp_path / "module", spec, call)))
    images = np.random.default_rng(0).random((3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(build_backbone(module)(images), images.mean((1, 2)), rtol=1e-5)


def test_several_inputs_are_refused_by_their_names(tmp_path):
    spec = {"image": PICTURE, "box": tf.TensorSpec((None, 4), tf.float32, name="box")}
    folder = saved(
        tmp_path / "module", spec, lambda inputs: tf.reduce_mean(inputs["image"], [1, 2]) + inputs["box"][:, :3]
    )
    with pytest.raises(UserError, match=r"takes 2: .*box \(4, float32\).*image \(8 × 8 × 3, float32\)"):
        load_module(folder, "two")


def test_a_module_that_was_not_known_to_take_pictures_is_looked_at_again(tmp_path, monkeypatch):
    from tlcore.base import workspace

    module = opened(tmp_path, "grey")
    path = workspace.folder("modules", module.id) / "module.json"
    workspace.write_json(path, {**workspace.read_json(path), "modality": ""})
    again = open_module(module.handle)
    assert again.id != module.id and again.modality == "image"
    assert open_module(module.handle) == again
