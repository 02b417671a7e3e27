"""The linear probe is scikit-learn's logistic regression on standardised features, its strength cross-validated."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from sklearn.linear_model import LogisticRegression

import tlcore.training.probe.probe as probe_file
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.plans import Plan
from tlcore.training.probe import logistic
from tlcore.training.probe.probe import assign_folds, choose_strength, fit_probe
from tlcore.training.temperature import at_temperature, caution


def _data(classes=3, n=150, d=12, seed=0, noise=1.5):
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    features = random.normal(0, noise, (n, d)) + random.normal(0, 1, (classes, d))[labels]
    features = (features * random.uniform(0.1, 50, d) + random.normal(0, 20, d)).astype(np.float32)
    splits = np.array(["train", "train", "val", "test"])[random.integers(0, 4, n)]
    return features, labels, splits


def _standardised(features, rows):
    x = features.astype(np.float64)
    return (x - x[rows].mean(0)) / x[rows].std(0)


def _theirs(x, labels, rows, c, weights="none"):
    """scikit-learn's probabilities for all of x, fitted on some rows; `weights` are those of all rows."""
    fit = LogisticRegression(C=c, tol=1e-8, max_iter=10_000, class_weight=weights if weights != "none" else None)
    return fit.fit(x[rows], labels[rows])


def _as_solved(probe):
    """The same before its temperature, as scikit-learn has it."""
    return replace(probe, temperature=1.0)


SHAPES = [(600, 12), (600, 60), (300, 400), (200, 100)]
CLOSE = {"rtol": 0, "atol": 1.5e-3}


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("weights", ["none", "balanced"])
@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("c", [0.0001, 0.003, 0.1])
def test_probabilities_are_those_of_scikit_learn(classes, weights, n, d, c):
    features, labels, splits = _data(classes, n, d)
    labels[: n // 5] = 0
    probe = fit_probe(features, labels, splits, Plan(probe_c=(c,), class_weights=weights))
    train = splits == "train"
    x = _standardised(features, train)
    assert probe.kernel.shape == (d, classes) and probe.bias.shape == (classes,)
    for ours, rows in ((probe, np.isin(splits, ["train", "val"])), (probe.start, train)):
        theirs = _theirs(x, labels, rows, c, weights).predict_proba(x)
        np.testing.assert_allclose(_as_solved(ours).probabilities(features), theirs, **CLOSE)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_strength_so_weak_that_scikit_learn_as_it_comes_falls_short_is_solved_too(classes):
    features, labels, splits = _data(classes, 300, 400)
    train = splits == "train"
    x = _standardised(features, train)
    best = _theirs(x, labels, train, 10.0).predict_proba(x)
    as_it_comes = LogisticRegression(C=10.0, max_iter=1000).fit(x[train], labels[train]).predict_proba(x)
    probe = _as_solved(fit_probe(features, labels, splits, Plan(probe_c=(10.0,))).start)
    assert abs(probe.probabilities(features) - best).max() < max(1e-3, abs(as_it_comes - best).max())


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_out_of_fold_probabilities_are_those_of_a_fit_without_the_fold(classes, n, d, weights):
    features, labels, splits = _data(classes, n, d)
    probe = fit_probe(features, labels, splits, Plan(probe_c=(0.01, 0.1), class_weights=weights))
    fitted = np.isin(splits, ["train", "val"])
    x = _standardised(features, splits == "train")[fitted]
    own = labels[fitted]
    if weights == "balanced":
        counts = np.bincount(own, minlength=classes)
        weights = {label: len(own) / (np.count_nonzero(counts) * counts[label]) for label in np.unique(own)}
    assert len(probe.folds) == len(probe.out_of_fold) == len(own)
    for fold in range(5):
        theirs = _theirs(x, own, probe.folds != fold, probe.c, weights)
        np.testing.assert_allclose(
            probe.out_of_fold[probe.folds == fold][:, theirs.classes_],
            at_temperature(theirs.predict_proba(x[probe.folds == fold]), probe.temperature),
            **CLOSE,
        )


@pytest.mark.parametrize("with_val", [True, False])
def test_the_path_has_the_losses_of_what_was_left_out_and_reports_val(with_val):
    features, labels, splits = _data(noise=4)
    if not with_val:
        splits[splits == "val"] = "test"
    heard = []

    class Listener(Progress):
        def event(self, kind, **fields):
            heard.append((kind, fields))

    probe = fit_probe(features, labels, splits, Plan(probe_c=(1.0, 0.01, 0.1)), Listener())
    assert [each["c"] for each in probe.path] == [0.01, 0.1, 1.0]
    assert probe.c == choose_strength(probe.path)
    assert [fields for kind, fields in heard if kind == "strength"] == list(probe.path)
    chosen = next(each for each in probe.path if each["c"] == probe.c)
    of_train = _as_solved(probe.of_train)
    answers = {split: of_train.probabilities(features[splits == split]) for split in ("train", "val")}
    if not with_val:
        assert probe.start is None
        answers["cv"] = at_temperature(probe.out_of_fold, 1 / probe.temperature)
        answers.pop("val")
    for prefix, predictions in answers.items():
        true = labels[splits == ("train" if prefix == "cv" else prefix)]
        losses = -np.log(predictions[np.arange(len(true)), true])
        assert chosen[f"{prefix}_loss"] == pytest.approx(losses.mean(), rel=1e-3)
        assert chosen[f"{prefix}_accuracy"] == pytest.approx((predictions.argmax(1) == true).mean())
        if prefix == "cv":
            assert chosen["cv_loss_error"] == pytest.approx(scipy.stats.sem(losses), rel=1e-2)


def test_its_temperature_is_that_of_the_answers_out_of_fold():
    features, labels, splits = _data(10, 600, 60)
    splits[:] = "train"
    probe = fit_probe(features, labels, splits, Plan(probe_c=(0.001,)))
    solved = at_temperature(probe.out_of_fold, 1 / probe.temperature)

    def loss(temperature):
        predictions = at_temperature(solved, temperature)
        smooth = caution(len(labels))
        return -(
            (1 - smooth) * np.log(predictions[np.arange(len(labels)), labels]) + smooth * np.log(predictions).mean(1)
        ).mean()

    assert probe.temperature < 0.9  # so strong a penalty makes it less sure than it should be
    assert loss(probe.temperature) < min(loss(probe.temperature * factor) for factor in (0.97, 1.03))
    kernel, bias = probe.head
    logits = (features - probe.mean) / probe.scale @ kernel + bias
    np.testing.assert_allclose(scipy.special.softmax(logits, axis=1), probe.probabilities(features), atol=1e-5)


def test_answers_that_are_all_right_do_not_make_it_endlessly_sure():
    labels = np.arange(100) % 2
    features = (labels[:, None] + np.random.default_rng(0).normal(0, 0.05, (100, 4))).astype(np.float32)
    probe = fit_probe(features, labels, np.full(100, "train"), Plan())
    assert (probe.out_of_fold.argmax(1) == labels).all()
    assert 0.9 < probe.out_of_fold.max(1).mean() < 0.999


@pytest.mark.parametrize(("error", "chosen"), [(0.0, 1.0), (0.05, 0.1), (0.3, 0.01)])
def test_the_strongest_within_one_standard_error_of_the_lowest_loss_is_chosen(error, chosen):
    losses = {0.001: 0.9, 0.01: 0.6, 0.1: 0.44, 1.0: 0.4, 10.0: 0.43}
    path = [{"c": c, "cv_loss": loss, "cv_loss_error": error} for c, loss in losses.items()]
    assert choose_strength(path) == chosen


def test_of_equals_the_stronger_one_is_chosen():
    features, labels, splits = _data(2)
    features = features[:, :1]
    features[:] = (np.arange(len(labels)) // 2 % 2)[:, None]  # nothing to learn from: both classes alike
    splits[:] = "train"
    probe = fit_probe(features, labels, splits, Plan(probe_c=(1.0, 0.1, 10.0)))
    assert np.ptp([each["cv_loss"] for each in probe.path]) < 1e-2
    assert probe.c == 0.1


def test_strengths_weaker_than_one_that_is_clearly_worse_are_not_tried_and_would_not_be_chosen(monkeypatch):
    features, labels, splits = _data(noise=4)
    plan = Plan(probe_c=(0.01, 0.1, 1.0, 10.0, 100.0))
    probe = fit_probe(features, labels, splits, plan)
    monkeypatch.setattr(probe_file, "_CLEARLY", np.inf)
    whole = fit_probe(features, labels, splits, plan)
    assert len(probe.path) < len(whole.path) == 5
    assert probe.path == whole.path[: len(probe.path)]
    assert probe.path[-1]["cv_loss"] > min(each["cv_loss"] for each in probe.path)
    assert probe.c == whole.c


def test_val_has_no_part_in_the_strength_nor_the_temperature_nor_in_where_fine_tuning_starts():
    features, labels, splits = _data()
    probe = fit_probe(features, labels, splits, Plan())
    features[splits != "train"] = 1e6
    labels[splits != "train"] = 0
    again = fit_probe(features, labels, splits, Plan())
    assert (again.c, again.temperature) == (probe.c, probe.temperature)
    for name in ("mean", "scale", "kernel", "bias"):
        assert (getattr(again.start, name) == getattr(probe.start, name)).all()
    assert (again.kernel != probe.kernel).any()


def test_test_examples_do_not_matter():
    features, labels, splits = _data()
    probe = fit_probe(features, labels, splits, Plan())
    features[splits == "test"] = 1e6
    labels[splits == "test"] = 0
    again = fit_probe(features, labels, splits, Plan())
    assert (again.kernel == probe.kernel).all() and (again.out_of_fold == probe.out_of_fold).all()


def test_without_val_examples_the_choice_is_the_same_and_val_has_no_numbers():
    features, labels, splits = _data()
    with_val = fit_probe(features, labels, splits, Plan())
    splits[splits == "val"] = "test"
    probe = fit_probe(features, labels, splits, Plan())
    assert probe.c == with_val.c
    assert {(each["val_loss"], each["val_accuracy"]) for each in probe.path} == {(None, None)}


@pytest.mark.parametrize("counts", [(50, 50), (40, 9, 1), (5, 4), (2, 1), (1, 1)])
def test_each_class_is_spread_over_the_folds(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    folds = assign_folds(labels, seed=3)
    for label, count in enumerate(counts):
        per_fold = np.bincount(folds[labels == label], minlength=5)
        assert per_fold.max() - per_fold.min() <= 1 and per_fold.sum() == count
    assert (folds == assign_folds(labels, seed=3)).all()
    if sum(counts) > 20:
        assert (folds != assign_folds(labels, seed=4)).any()


def test_exact_duplicates_share_a_fold():
    alike = np.array(["a", "b", "a", "c", "d", "e", "f", "c", "a"])
    folds = assign_folds(np.arange(9) % 2, 0, alike)
    for name in "ac":
        assert len(set(folds[alike == name])) == 1


def test_a_class_that_a_fold_has_not_seen_is_never_said_there():
    features, labels, splits = _data(4)
    splits[:] = "train"
    keep = (labels != 3) | (np.cumsum(labels == 3) == 1)  # one example of class 3
    features, labels, splits = features[keep], labels[keep], splits[keep]
    probe = fit_probe(features, labels, splits, Plan(probe_c=(0.1,)))
    single = np.flatnonzero(labels == 3)[0]
    assert probe.out_of_fold[probe.folds == probe.folds[single], 3].max() < 1e-6
    assert probe.out_of_fold[probe.folds != probe.folds[single], 3].min() > 1e-6
    assert np.isfinite(probe.path[0]["cv_loss"])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_examples_is_enough(count):
    features = np.random.default_rng(0).normal(size=(2 * count, 6)).astype(np.float32)
    probe = fit_probe(features, np.arange(2 * count) % 2, np.full(2 * count, "train"), Plan())
    assert np.isfinite(probe.probabilities(features)).all() and np.isfinite(probe.out_of_fold).all()


def test_examples_read_from_a_file_in_many_blocks_give_the_same(tmp_path, monkeypatch, home):
    features, labels, splits = _data(3, 600, 20)
    probe = fit_probe(features, labels, splits, Plan())
    np.save(tmp_path / "features.npy", features)
    monkeypatch.setattr(probe_file, "_BLOCK", 64)
    monkeypatch.setattr(probe_file, "_IN_MEMORY", 1)
    monkeypatch.setattr(logistic, "_ELEMENTS", 1)
    monkeypatch.setattr(logistic, "_MOST_PARAMETERS", 1)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    other = fit_probe(mapped, labels, splits, Plan())
    assert other.c == probe.c
    np.testing.assert_allclose(other.probabilities(features), probe.probabilities(features), **CLOSE)
    np.testing.assert_allclose(other.out_of_fold, probe.out_of_fold, **CLOSE)
    assert not list(workspace.place("tmp").iterdir())


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


def test_a_class_without_train_and_val_examples_is_never_predicted_but_has_its_place():
    features, labels, splits = _data(4)
    splits[labels == 2] = "test"
    probe = fit_probe(features, labels, splits, Plan(probe_c=(1.0,)), classes=5)
    probabilities = probe.probabilities(features)
    assert probabilities.shape == (150, 5)
    assert probabilities[:, [2, 4]].max() < 1e-6
    assert set(probabilities.argmax(1)) == {0, 1, 3}


@pytest.mark.parametrize("d", [6, 400])
def test_examples_that_all_have_the_same_features_are_a_user_error(d):
    _, labels, splits = _data(2)
    with pytest.raises(UserError, match="the same features"):
        fit_probe(np.full((len(labels), d), 0.3, np.float32), labels, splits, Plan())


def test_one_class_in_train_is_a_user_error():
    features, labels, splits = _data(2)
    splits[labels == 1] = "val"
    with pytest.raises(UserError, match="at least two classes"):
        fit_probe(features, labels, splits, Plan())


@pytest.mark.parametrize("checks", [0, 3, 12])
def test_cancel_ends_it_within_a_strength(checks):
    class Cancels(Progress):
        asked = 0

        def request(self):
            self.asked += 1
            return "cancel" if self.asked > checks else ""

    progress = Cancels()
    with pytest.raises(Cancelled):
        fit_probe(*_data(), Plan(probe_c=(0.1,)), progress)
    assert progress.asked == checks + 1


def test_no_blas_has_threads_of_its_own_in_the_first_fit_of_a_process():
    """SciPy's, too, which is loaded later than NumPy's."""
    code = (
        "from tlcore.training.probe.logistic import solvers\n"
        "from threadpoolctl import threadpool_info\n"
        "with solvers():\n"
        "    import scipy.optimize\n"
        "    threads = [each['num_threads'] for each in threadpool_info() if each['user_api'] == 'blas']\n"
        "assert threads and set(threads) == {1}, threads"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
