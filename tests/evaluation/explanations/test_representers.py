"""What train examples add to a class makes its score, and is what scikit-learn's fit is made of."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tests.evaluation.little_run import little_dataset, tiny_module, trained_run
from tlcore.base.errors import UserError
from tlcore.datasets import delete_dataset
from tlcore.evaluation.explanations.representers import open_representers
from tlcore.evaluation.run_results import features_of, run_predictions
from tlcore.training.result_weights import read_probe


def make(make_images, tmp_path, classes, groups=0, **settings):
    dataset = little_dataset(make_images, tmp_path, classes)
    return trained_run(dataset, tiny_module(tmp_path), groups, **settings)


@pytest.mark.parametrize("classes", [{"a": 20, "b": 12}, {"a": 20, "b": 12, "c": 9}])
@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_a_probes_train_examples_add_up_to_its_score(make_images, tmp_path, classes, weights):
    run = make(make_images, tmp_path, classes, class_weights=weights, probe_c=(0.1,))
    representers = open_representers(run)
    predictions = run_predictions(run)
    ids, vectors = features_of(run, "trained")
    assert representers.agreement == 1
    assert representers.train_examples == np.isin(predictions.splits, ["train", "val"]).sum()
    probe = read_probe(run)
    by_model = np.flatnonzero(predictions.splits != "val")  # those of val are by fits that had not seen them
    for row in by_model[[0, len(by_model) // 2, -1]].tolist():
        scores = []
        for label in range(len(classes)):
            influences = representers.influences(vectors[row], label, 5)
            scores.append(influences.logit)
            total = influences.in_favour + influences.opposed + influences.offset
            assert total == pytest.approx(influences.logit, abs=5e-3)
            assert influences.logit == pytest.approx(
                ((vectors[row] - probe.mean) / probe.scale) @ probe.kernel[:, label] + probe.bias[label], abs=1e-4
            )
            adds = [influence.adds for influence in influences.supporting]
            assert adds == sorted(adds, reverse=True) and all(each > 0 for each in adds)
            assert all(influence.adds < 0 for influence in influences.opposing)
        odds = np.exp(np.subtract(scores, max(scores)) / probe.temperature)
        np.testing.assert_allclose(odds / odds.sum(), predictions.probabilities[row], atol=1e-4)


@pytest.mark.parametrize("classes", [{"a": 20, "b": 12}, {"a": 20, "b": 12, "c": 9}])
def test_what_each_adds_is_what_scikit_learns_fit_is_made_of(make_images, tmp_path, classes):
    run = make(make_images, tmp_path, classes, probe_c=(0.05,), precision="f32")
    predictions = run_predictions(run)
    ids, vectors = features_of(run, "trained")
    x = np.asarray(vectors, float)
    x = (x - x[predictions.splits == "train"].mean(0)) / x[predictions.splits == "train"].std(0)
    train = np.isin(predictions.splits, ["train", "val"])
    fit = LogisticRegression(C=0.05, tol=1e-10, max_iter=10_000).fit(x[train], predictions.labels[train])
    labels, given, label = predictions.labels[train], x[-1], 1
    left = (labels == label) - fit.predict_proba(x[train])[:, label]
    adds = 0.05 * left * (x[train] @ given) / (2 if len(classes) == 2 else 1)
    influences = open_representers(run).influences(vectors[len(ids) - 1], label, len(ids))
    found = {influence.id: influence.adds for influence in (*influences.supporting, *influences.opposing)}
    np.testing.assert_allclose(
        [found.get(id, 0.0) for id in predictions.ids[train]], adds, atol=2e-3 * np.abs(adds).max()
    )


HIDDEN = {"hidden_units": (6,), "head_epochs": 60, "head_learning_rate": 0.05}


@pytest.mark.parametrize(("groups", "settings"), [(1, {}), (0, HIDDEN)])
def test_a_trained_head_is_fitted_anew_so_that_it_adds_up(make_images, tmp_path, groups, settings):
    run = make(make_images, tmp_path, {"a": 20, "b": 20, "c": 12}, groups, **settings)
    representers = open_representers(run)
    assert 0.5 < representers.agreement <= 1
    _, vectors = features_of(run, "trained")
    influences = representers.influences(vectors[0], 2, 3)
    assert len(influences.supporting) == len(influences.opposing) == 3
    assert influences.in_favour + influences.opposed + influences.offset == pytest.approx(influences.logit, rel=0.01)


def test_without_its_dataset_a_run_has_no_train_examples_to_name(make_images, tmp_path):
    run = make(make_images, tmp_path, {"a": 20, "b": 20})
    delete_dataset(run.record["dataset"]["id"])
    with pytest.raises(UserError, match="The run's dataset is gone"):
        open_representers(run)
