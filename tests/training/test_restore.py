"""A finished run's model is made again from its files, or a person reads why not."""

import keras
import numpy as np
import pytest

from tlcore.base.errors import UserError
from tlcore.features.inputs import load_inputs
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training import restore
from tlcore.training.result_weights import head_probabilities, read_weights
from tlcore.training.train import train_run

pytestmark = pytest.mark.usefixtures("helping")
PLAN = Plan(train_groups=("last",), hidden_units=(4,), head_epochs=1, epochs=1, batch_size=8, dropout=0.1)


@pytest.fixture(autouse=True)
def local(tiny_module, make_backbone, monkeypatch):
    monkeypatch.setattr(restore, "build_backbone", lambda module: make_backbone())
    monkeypatch.setattr("tlcore.runs.run.find_module", lambda ref: tiny_module if ref == "tiny" else None)


def test_the_model_is_the_one_that_was_trained(make_dataset, tiny_module, make_backbone):
    dataset, backbone = make_dataset(), make_backbone()
    run = create_run(dataset, tiny_module, PLAN)
    train_run(run, dataset, tiny_module, backbone=backbone)
    classifier = restore.load_classifier(run)
    images = np.asarray(load_inputs(dataset, IMAGE.spec_of((16, 16)))).astype(np.float32) / 255
    np.testing.assert_array_equal(classifier.backbone(images), backbone(images))
    assert classifier(images).shape == (len(images), 2)
    weights = read_weights(run)
    np.testing.assert_array_equal(classifier.head.layers[-1].kernel, weights["head/logits/kernel"])
    expected = head_probabilities(weights, np.asarray(backbone(images)))
    np.testing.assert_allclose(keras.ops.softmax(classifier(images)), expected, atol=1e-5)


def test_a_run_without_weights_is_a_user_error(make_dataset, tiny_module):
    run = create_run(make_dataset(), tiny_module, PLAN)
    with pytest.raises(UserError, match="no model yet"):
        restore.load_classifier(run)


def test_a_module_that_is_gone_or_another_is_a_user_error(make_dataset, tiny_module, make_backbone, monkeypatch):
    dataset = make_dataset()
    run = create_run(dataset, tiny_module, Plan())
    train_run(run, dataset, tiny_module, backbone=make_backbone())
    monkeypatch.setattr("tlcore.runs.run.find_module", lambda ref: None)
    with pytest.raises(UserError, match="module is gone"):
        restore.load_classifier(run)
    other = tiny_module.model_copy(update={"fingerprint": "other"})
    monkeypatch.setattr("tlcore.runs.run.find_module", lambda ref: other)
    with pytest.raises(UserError, match="has changed"):
        restore.load_classifier(run)
