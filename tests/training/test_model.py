"""The head starts as the probe, and is regularised as the plan says."""

import keras
import numpy as np
import pytest

from tlcore.plans import Plan
from tlcore.training.model import assign_values, build_head, named_variables, read_values
from tlcore.training.probe.probe import Probe
from tlcore.training.result_weights import head_probabilities, probe_head


@pytest.fixture
def probe():
    random = np.random.default_rng(0)
    scale = random.uniform(0.5, 2, 8).astype(np.float32)
    kernel = random.normal(size=(8, 3)).astype(np.float32)
    return Probe(random.normal(size=8).astype(np.float32), scale, kernel, np.ones(3, np.float32), 0.1)


def _features(n=20):
    return np.random.default_rng(1).normal(size=(n, 8)).astype(np.float32)


def test_a_linear_head_starts_as_the_probe(probe):
    logits = build_head(probe, Plan(dropout=0.5))(_features())
    np.testing.assert_allclose(keras.ops.softmax(logits), probe.probabilities(_features()), atol=1e-5)
    assert named_variables(build_head(probe, Plan()), None, ()).keys() == probe_head(probe).keys()


@pytest.mark.parametrize("hidden", [(), (16,), (16, 5)])
def test_the_head_without_tensorflow_gives_the_same(probe, hidden):
    head = build_head(probe, Plan(hidden_units=hidden, dropout=0.3, seed=3))
    weights = read_values(named_variables(head, None, ()))
    assert len(weights) == 2 + 2 * (1 + len(hidden))
    own = head_probabilities(weights, _features())
    np.testing.assert_allclose(own, keras.ops.softmax(head(_features())), atol=1e-5)


def test_standardisation_is_not_trained(probe):
    trained = build_head(probe, Plan(hidden_units=(4,))).trainable_variables
    assert [tuple(v.shape) for v in trained] == [(8, 4), (4,), (4, 3), (3,)]


def test_l1_and_l2_weigh_the_kernels_of_the_head(probe):
    head = build_head(probe, Plan(l1=0.5, l2=0.25))
    expected = 0.5 * np.abs(probe.kernel).sum() + 0.25 * (probe.kernel**2).sum()
    assert float(sum(head.losses)) == pytest.approx(expected, rel=1e-5)
    assert not build_head(probe, Plan()).losses


def test_dropout_comes_before_each_layer_of_the_head(probe):
    head = build_head(probe, Plan(hidden_units=(4,), dropout=0.5))
    kinds = [type(layer).__name__ for layer in head.layers]
    assert kinds == ["Standardise", "Dropout", "Dense", "Dropout", "Dense"]


def test_kept_values_of_other_variables_are_a_defect(probe):
    variables = named_variables(build_head(probe, Plan()), None, ())
    with pytest.raises(ValueError, match="bias"):
        assign_values(variables, {k: v for k, v in read_values(variables).items() if "bias" not in k})
