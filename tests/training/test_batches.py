"""Order and learning rate are functions of seed, epoch and step alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tlcore.plans import Plan
from tlcore.training.batches import Batches, rows_of
from tlcore.training.optimizers import WarmupSchedule, build_optimizer


def _batches(seed, n=23):
    return Batches(rows_of(np.arange(n, dtype=np.float32)[:, None]), np.arange(n) % 3, 3, 5, seed)


def test_each_example_comes_once_an_epoch_in_an_order_of_its_own():
    batches = _batches(seed=1)
    assert len(batches) == 5 and batches.examples == 23
    orders = []
    for epoch in (0, 1):
        orders.append(np.concatenate([inputs[:, 0] for inputs, _ in batches.epoch(epoch)]))
        assert sorted(orders[-1]) == list(range(23))
    assert (orders[0] != orders[1]).any()


def test_the_order_depends_on_seed_and_epoch_alone():
    one, same, other = _batches(seed=1), _batches(seed=1), _batches(seed=2)
    list(same.epoch(7))
    assert (one.order(0) == same.order(0)).all()
    assert (one.order(0) != other.order(0)).any()
    assert (_batches(seed=None).order(3) == np.arange(23)).all()


def test_labels_stay_with_their_inputs():
    for inputs, labels in _batches(seed=3).epoch(2):
        assert (labels.argmax(axis=1) == inputs[:, 0] % 3).all()


def test_inputs_are_read_ahead_and_let_go_when_nobody_wants_them():
    read, closed, ahead = [], [], threading.Event()

    def inputs(parts, epoch):
        try:
            for part in parts:
                read.append(len(part))
                if len(read) > 1:
                    ahead.set()
                yield part
        finally:
            closed.append(True)

    epoch = Batches(inputs, np.zeros(100, int), 1, 5).epoch(0)
    next(epoch)
    assert ahead.wait(30)
    epoch.close()
    assert len(read) < 20 and closed


def test_an_interruption_while_reading_ahead_is_heard_as_one(monkeypatch):
    """Also when it comes as the thread is waited for, which then is still at work."""
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def inputs(parts, epoch):
        try:
            yield parts[0]
            begun.set()
            go_on.wait(30)
            yield parts[1]
        finally:
            closed.set()

    def interrupted(self, wait=True, **more):
        raise KeyboardInterrupt

    epoch = Batches(inputs, np.zeros(100, int), 1, 5).epoch(0)
    next(epoch)
    assert begun.wait(30)
    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "shutdown", interrupted)
        with pytest.raises(KeyboardInterrupt):
            epoch.close()
    assert not closed.is_set()
    go_on.set()
    assert closed.wait(30)


def test_a_defect_while_reading_ahead_is_heard():
    def inputs(parts, epoch):
        yield parts[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Batches(inputs, np.zeros(100, int), 1, 5).epoch(0))


def test_the_learning_rate_rises_then_stays_or_falls_to_nothing():
    rates = [float(WarmupSchedule(0.5, 100, 0.1, "cosine")(step)) for step in range(101)]
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) * 0.05, rtol=1e-5)
    assert max(rates) == pytest.approx(0.5)
    assert rates[55] == pytest.approx(0.25, rel=1e-3)
    assert rates[99] > 0 and rates[100] == pytest.approx(0, abs=1e-7)
    assert all(later < earlier for earlier, later in zip(rates[10:], rates[11:], strict=False))
    constant = [float(WarmupSchedule(0.5, 100, 0.1, "constant")(step)) for step in (0, 9, 50, 99)]
    np.testing.assert_allclose(constant, [0.05, 0.5, 0.5, 0.5], rtol=1e-5)


@pytest.mark.parametrize("warmup", [0.0, 1.0])
def test_no_warm_up_and_nothing_else_are_carried_out(warmup):
    rates = [float(WarmupSchedule(0.5, 4, warmup, "constant")(step)) for step in range(4)]
    assert rates == pytest.approx([0.5] * 4 if warmup == 0 else [0.125, 0.25, 0.375, 0.5])


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", "SGD"), ("adam", "Adam"), ("adamw", "AdamW"), ("rmsprop", "RMSprop")]
)
def test_optimizers_are_those_of_the_plan(name, kind):
    optimizer = build_optimizer(Plan(optimizer=name, learning_rate=0.3, warmup=0, weight_decay=0.02), steps=10)
    assert type(optimizer).__name__ == kind
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    assert optimizer.weight_decay == (0.02 if name == "adamw" else None)
    assert name != "sgd" or optimizer.momentum == 0.9
