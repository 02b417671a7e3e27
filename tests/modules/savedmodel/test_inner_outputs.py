"""A classifier's answer is known as one, and what comes before its last layer can be used instead."""

import numpy as np
import pytest
import tensorflow as tf

from tests.evaluation.little_run import little_dataset, trained_run
from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.exports import export_run
from tlcore.modules import describe, open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.descriptions import answer_note
from tlcore.modules.savedmodel.write_hub_module import write_hub_module

HIDDEN = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
ANSWER = np.random.default_rng(1).normal(size=(6, 2)).astype(np.float32)


def write_classifier(folder, last=tf.nn.softmax):
    """As Teachable Machine's: feature maps, pooled [n, 4], a hidden layer [n, 6], two probabilities."""
    mix, hidden, top = (
        tf.Variable(value, name=f"{name}/kernel")
        for name, value in (("stem", tiny.MIX), ("hidden", HIDDEN), ("top", ANSWER))
    )

    def call(images, training):
        x = tf.nn.relu(tf.nn.conv2d(images, mix[None, None], 1, "SAME"))
        pooled = tf.reduce_mean(x, [1, 2], name="pooled")
        return last(tf.nn.relu(pooled @ hidden, name="hidden") @ top)

    variables = [mix, hidden, top]
    write_hub_module(folder, call, tiny.IMAGES, variables=variables, trainable_variables=variables)
    return str(folder)


class Heard(Progress):
    def __init__(self):
        self.lines = []

    def event(self, kind, **fields):
        if kind == "log":
            self.lines.append(fields["message"])


def test_an_answer_is_pointed_out_and_what_comes_before_it_offered(tmp_path):
    heard = Heard()
    module = open_module(write_classifier(tmp_path / "classifier"), progress=heard)
    assert (module.answer, module.feature_dim) == ("softmax", 2)
    assert "2 numbers that sum to one" in answer_note(module) and heard.lines == [answer_note(module)]
    shapes = [fact.shape for fact in module.inner_outputs]
    assert shapes[:2] == [(6,), (4,)] and (224, 224, 4) in shapes
    document = describe(module)
    assert document["notes"] == [answer_note(module)]
    assert [each["shape"] for each in document["inner_outputs"]] == [list(shape) for shape in shapes]


def test_one_number_between_0_and_1_is_an_answer_too(tmp_path):
    module = open_module(write_classifier(tmp_path / "classifier", tf.sigmoid))
    assert module.answer == "sigmoid" and "between 0 and 1" in answer_note(module)
    assert answer_note(open_module(write_classifier(tmp_path / "plain", tf.identity))) == ""


def test_a_run_goes_by_an_inner_output_to_its_end_and_its_export(tmp_path, make_images):
    usual = open_module(write_classifier(tmp_path / "classifier"))
    pooled = next(fact.name for fact in usual.inner_outputs if fact.shape == (4,))
    module = open_module(usual.id, output=pooled, input_shape=(12, 12, 3))
    assert (module.output, module.feature_dim, module.trainable) == ((pooled,), 4, True)
    assert answer_note(module) == ""
    assert module.batch_norm_update == "never"
    images = np.random.default_rng(2).random((5, 12, 12, 3)).astype(np.float32)
    expected = np.maximum(images @ np.array(tiny.MIX, np.float32), 0).mean((1, 2))
    np.testing.assert_allclose(build_backbone(module)(images), expected, rtol=1e-5, atol=1e-6)
    trains = {fact.name: fact.trainable for group in module.groups for fact in group.variables}
    assert trains == {"stem/kernel": True, "hidden/kernel": False, "top/kernel": False}
    run = trained_run(little_dataset(make_images, tmp_path), module, groups=1)
    assert run.metrics["val"]["accuracy"] > 0.5
    export_run(run, "savedmodel", tmp_path / "out")


def test_inner_and_own_outputs_can_be_joined(tmp_path):
    usual = open_module(write_classifier(tmp_path / "classifier"))
    hidden = usual.inner_outputs[0].name
    module = open_module(f"{usual.handle}?output={hidden}&output=default")
    images = np.random.default_rng(2).random((5, 224, 224, 3)).astype(np.float32)[:2]
    vectors = build_backbone(module)(images).numpy()
    assert vectors.shape == (2, 8)
    np.testing.assert_allclose(vectors[:, 6:].sum(axis=1), 1, rtol=1e-5)
    with pytest.raises(UserError, match="no such output.*nothing"):
        open_module(usual.id, output="nothing")
