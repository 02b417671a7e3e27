"""Steps are those of Keras's own `fit`, one at a time or many in one call."""

import keras
import numpy as np
import pytest

from tlcore.plans import Plan
from tlcore.training.batches import Batches, rows_of
from tlcore.training.model import build_head
from tlcore.training.optimizers import build_optimizer
from tlcore.training.probe.probe import Probe
from tlcore.training.train_step import Stepper, Sums

WEIGHTS = {0: 0.5, 1: 1.0, 2: 2.0}


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    return random.normal(size=(44, 8)).astype(np.float32), random.integers(0, 3, 44)


def _head(plan):
    random = np.random.default_rng(1)
    numbers = [random.normal(size=shape).astype(np.float32) for shape in (8, (8, 3), 3)]
    return build_head(Probe(numbers[0], np.full(8, 1.5, np.float32), *numbers[1:], 0.1), plan)


@pytest.mark.parametrize("steps_per_execution", [1, 3, 32])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("hidden", [(), (6,)])
def test_weights_and_losses_are_those_of_keras_fit(data, steps_per_execution, optimizer, hidden):
    inputs, labels = data
    plan = Plan(
        optimizer=optimizer, learning_rate=0.05, weight_decay=0.01, l2=0.01, hidden_units=hidden, label_smoothing=0.1
    )
    batches = Batches(rows_of(inputs), labels, 3, 8, seed=4)
    ours, theirs = _head(plan), _head(plan)
    stepper_optimizer = build_optimizer(plan, 18)
    stepper_optimizer.build(ours.trainable_variables)
    stepper = Stepper(ours, stepper_optimizer, 0.1, WEIGHTS, steps_per_execution)
    theirs.compile(
        build_optimizer(plan, 18),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        metrics=[keras.metrics.CategoricalCrossentropy(from_logits=True, name="log_loss"), "accuracy"],
        jit_compile=False,
    )
    for epoch in range(3):
        total = sum(stepper.train(batches.epoch(epoch)), Sums())
        order = batches.order(epoch)
        history = theirs.fit(
            inputs[order], np.eye(3)[labels[order]], batch_size=8, class_weight=WEIGHTS, shuffle=False, verbose=0
        ).history
        assert total.examples == 44
        assert total.log_loss == pytest.approx(history["log_loss"][0], rel=1e-4)
        assert total.accuracy == pytest.approx(history["accuracy"][0], rel=1e-5)
        assert stepper.learning_rate == pytest.approx(float(build_optimizer(plan, 18)._learning_rate(6 * epoch + 5)))
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)
    judged = sum((sums for sums, _ in stepper.evaluate(batches.epoch(0))), Sums())
    assert judged.log_loss == pytest.approx(
        theirs.evaluate(inputs, np.eye(3)[labels], verbose=0, return_dict=True)["log_loss"], rel=1e-4
    )


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_scaled_losses_give_the_same_weights_and_pass_over_steps_that_overflow(data, optimizer):
    inputs, labels = data
    inputs[7] = np.inf  # its gradients are no numbers, whatever the scale
    batches = Batches(rows_of(inputs), labels, 3, 44, seed=4)
    plan = Plan(optimizer=optimizer, learning_rate=0.05, l2=0.01)
    head = _head(plan)
    stepped = build_optimizer(plan, 18, mixed=True)
    stepped.build(head.trainable_variables)
    before = [each.numpy() for each in head.weights]
    list(Stepper(head, stepped, 0.0, None).train(batches.epoch(0)))
    for mine, other in zip(head.weights, before, strict=True):
        np.testing.assert_array_equal(mine, other)
    ours, theirs = _head(plan), _head(plan)
    batches = Batches(rows_of(inputs.clip(-9, 9)), labels, 3, 8, seed=4)
    for model, mixed in ((ours, True), (theirs, False)):
        stepped = build_optimizer(plan, 18, mixed=mixed)
        stepped.build(model.trainable_variables)
        stepper = Stepper(model, stepped, 0.0, None)
        for epoch in range(3):
            list(stepper.train(batches.epoch(epoch)))
        assert stepper.learning_rate == pytest.approx(float(build_optimizer(plan, 18)._learning_rate(17)))
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("dtype", "divisor"), [("uint8", 255.0), ("float16", 1.0)])
def test_inputs_reach_the_model_as_float32_divided_by_what_their_tensor_says(dtype, divisor):
    inputs = np.array([[0, 1, 255, 3]], dtype)
    seen = []

    class Look(keras.Model):
        def call(self, x, training=False):
            seen.append(x.dtype.name)
            return x[:, :2] + x[:, 2:] * 0

    optimizer = keras.optimizers.SGD()
    sums, _ = next(
        Stepper(Look(), optimizer, 0.0, None, divisor=divisor).evaluate([(inputs, np.eye(2, dtype=np.float32)[:1])])
    )
    assert set(seen) == {"float32"}
    assert sums.log_loss == pytest.approx(np.log1p(np.exp(1 / divisor)), rel=1e-3)
