"""The linear probe is scikit-learn's logistic regression on standardised features, its strength chosen on val."""

import numpy as np
import pytest
import scipy.stats
from sklearn.linear_model import LogisticRegression

from tlcore.errors import UserError
from tlcore.plan import Plan
from tlcore.progress import Cancelled, Progress
from tlcore.training.probe import DEFAULT_C, choose_strength, fit_probe


def _data(classes=3, n=150, d=12, seed=0, noise=1.5):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    features = random.normal(0, noise, (n, d)) + random.normal(0, 1, (classes, d))[labels]
    features = (features * random.uniform(0.1, 50, d) + random.normal(0, 20, d)).astype(np.float32)
    splits = np.array(["train", "train", "val", "test"])[random.integers(0, 4, n)]
    return features, labels, splits


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_probabilities_are_those_of_scikit_learn(classes, weights):
    features, labels, splits = _data(classes)
    labels[:20] = 0
    probe = fit_probe(features, labels, splits, Plan(probe_c=(0.1,), class_weights=weights))
    train = splits == "train"
    x = (features.astype(np.float64) - features[train].mean(0, dtype=np.float64)) / features[train].std(
        0, dtype=np.float64
    )
    theirs = LogisticRegression(C=0.1, max_iter=1000, class_weight=None if weights == "none" else "balanced")
    theirs.fit(x[train], labels[train])
    assert probe.kernel.shape == (12, classes) and probe.bias.shape == (classes,)
    np.testing.assert_allclose(probe.probabilities(features), theirs.predict_proba(x), atol=1e-6)


def test_val_chooses_and_the_path_says_so():
    features, labels, splits = _data(noise=4)
    heard = []

    class Listener(Progress):
        def event(self, kind, **fields):
            heard.append((kind, fields))

    probe = fit_probe(features, labels, splits, Plan(probe_c=(10.0, 0.01, 0.1, 1.0)), Listener())
    assert [each["c"] for each in probe.path] == [0.01, 0.1, 1.0, 10.0]
    assert probe.c == choose_strength(probe.path)
    assert heard == [("strength", each) for each in probe.path]
    val = splits == "val"
    chosen = next(each for each in probe.path if each["c"] == probe.c)
    own = probe.probabilities(features[val])
    assert chosen["val_accuracy"] == pytest.approx((own.argmax(1) == labels[val]).mean())
    losses = -np.log(own[np.arange(val.sum()), labels[val]])
    assert chosen["val_loss"] == pytest.approx(losses.mean(), rel=1e-4)
    assert chosen["val_loss_error"] == pytest.approx(scipy.stats.sem(losses), rel=1e-3)


@pytest.mark.parametrize(("error", "chosen"), [(0.0, 1.0), (0.05, 0.1), (0.3, 0.01)])
def test_the_strongest_within_one_standard_error_of_the_lowest_val_loss_is_chosen(error, chosen):
    losses = {0.001: 0.9, 0.01: 0.6, 0.1: 0.44, 1.0: 0.4, 10.0: 0.43}
    path = [{"c": c, "val_loss": loss, "val_loss_error": error} for c, loss in losses.items()]
    assert choose_strength(path) == chosen


def test_of_equals_the_stronger_one_is_chosen():
    features, labels, splits = _data(2)
    features[:] = 1.0  # nothing to learn from: each strength gives the classes' shares
    probe = fit_probe(features, labels, splits, Plan(probe_c=(1.0, 0.1, 10.0)))
    assert len({each["val_loss"] for each in probe.path}) == 1
    assert probe.c == 0.1


def test_without_val_examples_it_is_the_strength_nearest_to_the_default():
    features, labels, splits = _data()
    splits[splits == "val"] = "train"
    assert fit_probe(features, labels, splits, Plan()).c == DEFAULT_C
    probe = fit_probe(features, labels, splits, Plan(probe_c=(5.0, 0.5)))
    assert probe.c == 0.5
    assert [(each["c"], each["val_loss"]) for each in probe.path] == [(0.5, None)]


def test_a_constant_feature_has_scale_one_and_does_no_harm():
    features, labels, splits = _data()
    features[:, 3] = 0.1
    features[:, 4] = 0.0
    probe = fit_probe(features, labels, splits, Plan())
    assert probe.scale[3] == 1 and probe.scale[4] == 1
    assert np.isfinite(probe.probabilities(features)).all()


def test_the_same_data_give_the_same_probe_to_the_last_bit():
    one, other = (fit_probe(*_data(), Plan()) for _ in range(2))
    for name in ("mean", "scale", "kernel", "bias"):
        assert (getattr(one, name) == getattr(other, name)).all()


def test_test_examples_do_not_matter():
    features, labels, splits = _data()
    probe = fit_probe(features, labels, splits, Plan())
    features[splits == "test"] = 1e6
    labels[splits == "test"] = 0
    assert (fit_probe(features, labels, splits, Plan()).kernel == probe.kernel).all()


def test_a_class_without_train_examples_is_never_predicted_but_has_its_place():
    features, labels, splits = _data(4)
    splits[(labels == 2) & (splits == "train")] = "test"
    probe = fit_probe(features, labels, splits, Plan(probe_c=(1.0,)), classes=5)
    probabilities = probe.probabilities(features)
    assert probabilities.shape == (150, 5)
    assert probabilities[:, [2, 4]].max() < 1e-6
    assert set(probabilities.argmax(1)) == {0, 1, 3}


def test_one_class_in_train_is_a_user_error():
    features, labels, splits = _data(2)
    splits[labels == 1] = "val"
    with pytest.raises(UserError, match="at least two classes"):
        fit_probe(features, labels, splits, Plan())


def test_cancel_ends_it_between_strengths():
    class Cancels(Progress):
        def request(self):
            return "cancel"

    with pytest.raises(Cancelled):
        fit_probe(*_data(), Plan(), Cancels())
