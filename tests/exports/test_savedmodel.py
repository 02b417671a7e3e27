"""An exported model says elsewhere what it says here, and can be the module of the next run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.little_run import SIZE, little_dataset, tiny_module, trained_run
from tests.exports.readme_code import readme_program
from tlcore.datasets import import_dataset
from tlcore.evaluation import run_results
from tlcore.evaluation.new_files import predict_files
from tlcore.evaluation.predictions import class_columns
from tlcore.exports import export_run
from tlcore.features import inputs
from tlcore.modules import find_module, open_module
from tlcore.training.result_weights import head_probabilities, read_weights

_AFTER_README = """
import json, sys
encoded = [open(path, "rb").read() for path in sys.argv[1:]]
result = model.signatures["serving_default"](encoded=tf.constant(encoded))
assert not any(name.split(".")[0] == "tlcore" for name in sys.modules)
print(json.dumps([result["probabilities"].numpy().tolist(), result["feature_vector"].numpy().tolist(), names]))
"""


@pytest.fixture(scope="module")
def _export(_made, tmp_path_factory):
    """Made once, and only read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCORE_HOME", str(_made.home))
        return Path(export_run(_made.run, "savedmodel", tmp_path_factory.mktemp("savedmodel") / "out")["path"])


@pytest.fixture
def run(made):
    return made.run


@pytest.fixture
def dataset(made):
    return made.dataset


@pytest.fixture
def export(made, _export) -> Path:
    return _export


def test_plain_tensorflow_gives_the_runs_own_probabilities(run, dataset, export, tmp_path):
    """By the program that the README has, without tlcore."""
    ids = dataset.examples["id"].tolist()[:7]
    shutil.copy(dataset.file(ids[0]), tmp_path / "picture.jpg")
    command = [sys.executable, "-c", readme_program(export) + _AFTER_README, *(str(dataset.file(id)) for id in ids)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    of_readme, document = done.stdout.splitlines()
    probabilities, vectors, names = json.loads(document)
    predictions = run_results.run_predictions(run)
    assert of_readme == f"{run.class_names[predictions.predicted[0]]} (1, 2)"
    assert np.abs(np.array(probabilities) - predictions.probabilities[:7]).max() < 1e-5
    np.testing.assert_allclose(vectors, run_results.features_of(run, "trained")[1][:7], rtol=1e-4, atol=1e-5)
    assert names == ["ants", "bees, & more", ""]


def test_saved_model_cli_lists_it(export):
    cli = Path(sys.executable).with_name("saved_model_cli")
    done = subprocess.run([cli, "show", "--dir", export, "--all"], check=True, capture_output=True, text=True)
    shown = done.stdout
    for part in ("inputs['encoded']", "DT_STRING", "outputs['probabilities']", "shape: (-1, 2)"):
        assert part in shown
    assert "outputs['feature_vector']" in shown and "'__call__'" in shown


def test_tf_hub_loads_it_callable_and_trainable(run, export):
    import tensorflow as tf
    import tensorflow_hub as hub

    module = hub.load(str(export))
    images = tf.constant(np.random.default_rng(0).random((3, SIZE, SIZE, 3)), tf.float32)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(module(images, training=False) ** 2)
    gradients = tape.gradient(total, module.trainable_variables)
    assert len(module.trainable_variables) == 8 and all(gradient is not None for gradient in gradients)
    assert len(module.variables) == 12 and len(module.regularization_losses) == 0
    moving = [variable for variable in module.variables if "moving" in variable.name]
    before = [variable.numpy() for variable in moving]
    module(images, training=False)
    assert all(np.array_equal(a, b) for a, b in zip(before, moving, strict=True))
    module(images, training=True)
    assert len(moving) == 4 and not any(np.array_equal(a, b) for a, b in zip(before, moving, strict=True))


def test_it_is_the_module_of_the_next_run(run, export, make_images, tmp_path):
    from tlcore.modules.build import build_backbone
    from tlcore.training.restore import load_classifier

    before = find_module(run.record["module"]["id"])
    module = open_module(str(export))
    assert module.group_names == before.group_names
    for old, new in zip(before.groups, module.groups, strict=True):
        assert new.variables == old.variables
    assert module.trainable and module.value_range == (0, 1) and module.input.shape == (SIZE, SIZE, 3)
    assert module.feature_dim == before.feature_dim and module.fingerprint != before.fingerprint

    images = np.random.default_rng(0).random((4, SIZE, SIZE, 3)).astype(np.float32)
    trained = load_classifier(run).backbone
    np.testing.assert_allclose(build_backbone(module)(images), trained(images), rtol=1e-5, atol=1e-6)

    following = trained_run(little_dataset(make_images, tmp_path / "b", {"x": 14, "y": 10, "z": 8}), module, groups=1)
    again = open_module(export_run(following, "savedmodel", tmp_path / "again")["path"])
    assert again.group_names == before.group_names


def test_readme_says_what_it_was_made_from(run, export):
    text = (export / "README.md").read_text(encoding="utf-8")
    entry = run.metrics["test"]
    for part in (run.id, "ants, bees", run.record["module"]["name"], run.record["dataset"]["fingerprint"]):
        assert part in text
    assert f"| this model | test | {entry['accuracy']:.3f} |" in text and "block 2, top fine-tuned" in text


def test_a_probes_export_has_the_module_as_it_came(make_images, tmp_path):
    import tensorflow as tf

    run = trained_run(little_dataset(make_images, tmp_path), tiny_module(tmp_path))
    model = tf.saved_model.load(export_run(run, "savedmodel", tmp_path / "out")["path"])
    images = np.random.default_rng(0).random((2, SIZE, SIZE, 3)).astype(np.float32)
    as_it_came = tf.saved_model.load(str(tmp_path / "tiny"))
    np.testing.assert_allclose(model(images), as_it_came(images), rtol=1e-5, atol=1e-6)


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize("groups", [0, 3])
def test_photographs_get_the_runs_own_probabilities(real_data, tmp_path, groups):
    """The built-in module on ants and bees, every third batch of them; the head was fitted in bf16."""
    import tensorflow as tf

    dataset = import_dataset(real_data / "data" / "ants-bees.zip", name="ants and bees")
    run = trained_run(dataset, find_module("efficientnet-lite0"), groups, learning_rate=1e-4, precision="fast")
    model = tf.saved_model.load(export_run(run, "savedmodel", tmp_path / "out")["path"])
    predictions = run_results.run_predictions(run)
    assert run.out_of_fold == (() if groups else ("val",))
    by_folds = np.isin(predictions.splits, run.out_of_fold)  # which is not what the model itself says of them
    by_model = head_probabilities(read_weights(run), run_results.features_of(run, "trained")[1])
    expected = np.where(by_folds[:, None], by_model, predictions.probabilities)
    for start in range(0, len(predictions), 3 * inputs.BATCH):
        some = slice(start, start + inputs.BATCH)
        files = [dataset.file(id) for id in predictions.ids[some]]
        encoded = tf.constant([file.read_bytes() for file in files])
        served = model.signatures["serving_default"](encoded=encoded)["probabilities"].numpy()
        assert np.abs(served - expected[some]).max() < 1e-3
        table = predict_files(run, files)
        assert np.abs(table[class_columns(run.class_names)].to_numpy() - expected[some]).max() < 1e-3
    assert open_module(str(tmp_path / "out")).group_names == find_module("efficientnet-lite0").group_names
