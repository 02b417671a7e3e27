"""The heat lies where the class is decided, by each method, and covering it costs what was measured."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from benchmarks.models import write_saved_model
from tests.evaluation.little_run import trained_run
from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset
from tlcore.evaluation.explanations.explain import DRAWS, Explainer
from tlcore.evaluation.explanations.files import explain_to
from tlcore.evaluation.explanations.grad_cam import open_grad_cam
from tlcore.evaluation.new_files import predict_files
from tlcore.modalities import ItemTensor
from tlcore.modalities.image.resizing import decode
from tlcore.modules import open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.savedmodel.write_hub_module import write_hub_module
from tlcore.training.model import Classifier

SIZE = 32
CORNERS = {"top left": (slice(2, 10), slice(2, 10)), "bottom right": (slice(22, 30), slice(22, 30))}


def spotted(colour: tuple[int, int, int], corner: str = "top left", seed: int = 0) -> np.ndarray:
    """Dark noise with a spot of a colour in one corner."""
    picture = np.random.default_rng(seed).integers(0, 30, (SIZE, SIZE, 3)).astype(np.uint8)
    picture[CORNERS[corner]] = colour
    return picture


@pytest.fixture
def dataset(tmp_path):
    """The class is the colour of a spot, wherever it is."""
    for name, colour in (("red", (230, 20, 20)), ("green", (20, 230, 20))):
        (tmp_path / "spots" / name).mkdir(parents=True)
        for number in range(16):
            picture = spotted(colour, list(CORNERS)[number % 2], seed=number)
            Image.fromarray(picture).save(tmp_path / "spots" / name / f"{name}-{number}.png")
    return import_dataset(tmp_path / "spots", name="spots")


def write_colour_module(folder, *, serving_only=False):
    """Two feature maps, one that sees red and one that sees green, and their means."""
    eye = tf.Variable([[2.0, -2.0], [-2.0, 2.0], [0.0, 0.0]], name="stem/kernel")
    grow = tf.Variable(tf.ones(2), name="top/scale")

    def call(images, training):
        return tf.reduce_mean(tf.nn.relu(tf.tensordot(images, eye, 1) - 0.3) * grow, [1, 2])

    if serving_only:
        root = tf.train.Checkpoint(eye=eye, grow=grow)
        serve = tf.function(lambda images: {"pooled": call(images, False)}, input_signature=[tiny.IMAGES])
        tf.saved_model.save(root, str(folder), signatures={"serving_default": serve})
    else:
        write_hub_module(folder, call, tiny.IMAGES, variables=[eye, grow], trainable_variables=[eye, grow])
    return folder


@pytest.fixture
def explainer(dataset, tmp_path):
    module = open_module(str(write_colour_module(tmp_path / "colours")), input_shape=(SIZE, SIZE, 3))
    return Explainer(trained_run(dataset, module, probe_c=(1.0,)))


@pytest.mark.parametrize("method", ["Grad-CAM", "occlusion"])
@pytest.mark.parametrize("corner", CORNERS)
def test_the_heat_is_in_the_corner_that_decides_and_covering_it_costs_more_than_elsewhere(explainer, corner, method):
    names = explainer.run.class_names
    found = explainer.explain(spotted((230, 20, 20), corner), method=method)
    assert names[found.label] == "red" and found.method == method
    inside = np.zeros((SIZE, SIZE), bool)
    rows, columns = CORNERS[corner]
    inside[max(0, rows.start - 4) : rows.stop + 4, max(0, columns.start - 4) : columns.stop + 4] = True
    assert found.heat.max() == pytest.approx(1, abs=0.05) and found.heat[~inside].max(initial=0) < 0.5
    assert found.heat[CORNERS[corner]].mean() > 4 * found.heat[~inside].mean()
    assert 0 < found.share < 0.21
    assert found.lost > found.lost_at_random.mean() and found.lost > 0.02
    assert len(found.lost_at_random) == DRAWS and found.covered.shape == (1 + DRAWS, SIZE, SIZE, 3)


def test_what_was_lost_is_what_the_run_says_of_the_covered_picture(explainer, tmp_path):
    found = explainer.explain(spotted((230, 20, 20)))
    Image.fromarray(spotted((230, 20, 20))).save(tmp_path / "as it is.png")
    Image.fromarray(found.covered[0]).save(tmp_path / "covered.png")
    predictions = predict_files(explainer.run, [tmp_path / "as it is.png", tmp_path / "covered.png"])["red"]
    assert found.lost == pytest.approx(1 - predictions[1] / predictions[0], abs=1e-4)


def test_another_class_is_explained_by_what_speaks_for_it(explainer):
    picture = spotted((230, 20, 20))
    picture[CORNERS["bottom right"]] = (20, 200, 20)
    label = explainer.run.class_names.index("green")
    heat = explainer.explain(picture, label).heat
    assert heat[CORNERS["bottom right"]].mean() > 0.8 and heat[CORNERS["top left"]].max() < 0.1


def test_a_class_that_is_seen_nowhere_has_nothing_to_cover(explainer):
    found = explainer.explain(spotted((230, 20, 20)), explainer.run.class_names.index("green"), method="Grad-CAM")
    assert not found.heat.any() and found.lost is None and not len(found.covered)


def test_a_class_that_is_not_there_is_refused(explainer):
    with pytest.raises(UserError, match="no such class"):
        explainer.explain(spotted((230, 20, 20)), 2)


def test_a_module_for_serving_only_gets_occlusion_and_says_why(dataset, tmp_path):
    module = open_module(str(write_colour_module(tmp_path / "c", serving_only=True)), input_shape=(SIZE, SIZE, 3))
    explainer = Explainer(trained_run(dataset, module, probe_c=(1.0,)))
    found = explainer.explain(spotted((230, 20, 20)))
    assert found.method == "occlusion" and "serving only" in explainer.why_occlusion
    assert found.heat[CORNERS["top left"]].mean() > 2 * found.heat[CORNERS["bottom right"]].mean()
    with pytest.raises(UserError, match="no feature maps"):
        explainer.explain(spotted((230, 20, 20)), method="Grad-CAM")


def test_a_fine_tuned_run_is_explained_by_its_trained_module(dataset, tmp_path):
    module = open_module(str(write_colour_module(tmp_path / "colours")), input_shape=(SIZE, SIZE, 3))
    run = trained_run(dataset, module, 2, probe_c=(1.0,), epochs=3)
    found = Explainer(run).explain(spotted((230, 20, 20)))
    Image.fromarray(spotted((230, 20, 20))).save(tmp_path / "new.png")
    (predictions,) = predict_files(run, [tmp_path / "new.png"])[list(run.class_names)].to_numpy()
    np.testing.assert_allclose(found.probabilities, predictions, atol=1e-5)


def test_a_hub_modules_grad_cam_is_that_of_the_same_network_in_keras(tmp_path):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Conv2D(6, 3, strides=2, activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    maps = keras.layers.Conv2D(5, 3, activation="relu", padding="same")(x)
    network = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
    write_saved_model(network, tmp_path / "hub", 24)
    head = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3)])
    backbone = build_backbone(open_module(str(tmp_path / "hub")))
    grad_cam = open_grad_cam(Classifier(backbone, head), ItemTensor((24, 24, 3), "uint8", 255.0))
    picture = np.random.default_rng(0).integers(0, 256, (24, 24, 3)).astype(np.uint8)
    for label in range(3):
        with tf.GradientTape() as tape:
            seen = keras.Model(inputs, maps)(picture[None] / np.float32(255))
            tape.watch(seen)
            logit = head(tf.reduce_mean(seen, [1, 2]))[0, label]
        slopes = tape.gradient(logit, seen).numpy()[0]
        expected = np.maximum((slopes.mean(axis=(0, 1)) * seen.numpy()[0]).sum(axis=-1), 0)
        np.testing.assert_allclose(grad_cam(picture, label), expected, atol=1e-5)


def test_an_explanation_lies_in_files_of_the_pictures_shape(explainer, dataset, tmp_path):
    wide = np.concatenate([spotted((230, 20, 20)), spotted((0, 0, 0), seed=2)], axis=1)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    (tmp_path / "out").mkdir()
    document = explain_to(tmp_path / "out", explainer, file=str(tmp_path / "wide.png"))
    names = {"picture.png", "heat.png", "covered.png", "random-0.png", "random-1.png", "random-2.png"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    for name in names:
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.size == (448, 224), name
    with Image.open(tmp_path / "out" / "heat.png") as heat:
        heat = np.asarray(heat)
    assert heat[30:140, 30:140].mean() > 4 * heat[:, 224:].mean()
    random, voices = document["random"], document["voices"]
    assert random["low"] <= random["mean"] <= random["high"] and len(random["shown"]) == 3
    assert random["below"] <= random["draws"] == DRAWS
    assert voices["in_favour"] + voices["opposed"] + voices["offset"] == pytest.approx(voices["logit"], abs=5e-3)
    assert {voice["id"] for voice in voices["speak_for"]} <= set(dataset.examples["id"])


def test_an_example_is_explained_by_its_id_and_a_missing_one_is_a_clear_word(explainer, dataset, tmp_path):
    id = dataset.examples["id"].iat[0]
    document = explain_to(tmp_path, explainer, example=id, label=1)
    expected = explainer.explain(decode(dataset.file(id), SIZE, SIZE), 1)
    assert document["label"] == 1 and document["lost"] == expected.lost
    with pytest.raises(UserError, match="not in the dataset any more"):
        explain_to(tmp_path, explainer, example="nothing")
