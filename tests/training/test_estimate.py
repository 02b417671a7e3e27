"""The time a run will take is taken from earlier ones, and said to be a guess where there are none."""

import json

import numpy as np
import pytest

from tlcore.features.extract import keep_features
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training.estimate import estimate_seconds

FINE = Plan(train_groups=("last",), epochs=10)


@pytest.fixture
def dataset(make_dataset):
    return make_dataset({"train": 200, "val": 50, "test": 50}, size=4)


@pytest.fixture
def remember(dataset, tiny_module):
    """Writes a run that trained at some speed."""

    def go(plan, images_per_second, examples_per_second=None):
        run = create_run(dataset, tiny_module, plan)
        events = [{"time": 0.0, "event": "stage", "name": "features"}]
        for done in range(0, 301, 50):
            step = {"event": "step", "done": done, "total": 300, "unit": "images", "name": "feature vectors"}
            events.append({"time": 5 + done / images_per_second, **step})
        for epoch in range(1, 4 if examples_per_second else 1):
            event = {"event": "epoch", "stage": "fine-tune", "epoch": epoch, "examples_per_second": examples_per_second}
            events.append({"time": 100.0 + epoch, **event})
        (run.folder / "events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events))

    return go


def test_without_earlier_runs_it_is_a_guess_and_grows_with_the_work(dataset, tiny_module):
    seconds, basis = estimate_seconds(dataset, tiny_module, Plan())
    assert seconds > 0 and "guess" in basis
    fine, _ = estimate_seconds(dataset, tiny_module, FINE)
    everything, _ = estimate_seconds(dataset, tiny_module, Plan(train_groups=("first", "last"), epochs=10))
    hidden, _ = estimate_seconds(dataset, tiny_module, Plan(hidden_units=(10,)))
    assert seconds < hidden and seconds < fine < everything


def test_a_larger_module_takes_longer(dataset, tiny_module):
    large = tiny_module.model_copy(update={"parameters": 8_000_000_000})
    assert estimate_seconds(dataset, large, FINE)[0] > 5 * estimate_seconds(dataset, tiny_module, FINE)[0]


def test_earlier_runs_of_the_same_groups_are_what_it_is_taken_from(dataset, tiny_module, remember):
    remember(FINE, images_per_second=60, examples_per_second=2)
    seconds, basis = estimate_seconds(dataset, tiny_module, FINE)
    assert "guess" not in basis and "earlier runs" in basis
    epochs = 10 * (200 / 2 + 50 / 60)
    assert epochs < seconds < epochs + 40


def test_training_other_groups_is_a_guess_from_the_modules_speed(dataset, tiny_module, remember):
    remember(Plan(), images_per_second=3)
    seconds, basis = estimate_seconds(dataset, tiny_module, FINE)
    assert "speed" in basis and "guess" in basis
    assert seconds > 10 * 200 / 3
    _, basis = estimate_seconds(dataset, tiny_module, Plan())
    assert "guess" not in basis


def test_kept_feature_vectors_cost_nothing(dataset, tiny_module, remember):
    remember(Plan(), images_per_second=1)
    before, _ = estimate_seconds(dataset, tiny_module, Plan())
    keep_features(dataset, tiny_module, dataset.examples["sha256"].tolist(), np.zeros((300, 8), np.float32))
    after, _ = estimate_seconds(dataset, tiny_module, Plan())
    assert before > 300 > 10 > after
