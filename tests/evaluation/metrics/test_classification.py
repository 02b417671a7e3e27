"""Numbers agree with scikit-learn and scipy, which nobody here wrote."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest
from sklearn import metrics as reference

from tests.evaluation.made import made
from tlcore.evaluation.metrics import classification
from tlcore.evaluation.predictions import read_predictions


@st.composite
def any_predictions(draw, least=1):
    n = draw(st.integers(least, 30))
    k = draw(st.integers(2, 6))
    labels = draw(hnp.arrays(int, n, elements=st.integers(0, k - 1)))
    seed = draw(st.integers(0, 2**16))
    sharpness = draw(st.sampled_from([0.05, 1.0, 20.0]))
    return made(labels, np.random.default_rng(seed).dirichlet(np.full(k, sharpness), n))


@settings(max_examples=60, deadline=None)
@given(any_predictions())
def test_summary_agrees_with_scikit_learn(predicted):
    entry = classification.summary(predicted)
    truth, guessed = predicted.labels, predicted.predicted
    classes = list(range(len(predicted.class_names)))
    macro = {"labels": np.unique(truth), "average": "macro", "zero_division": 0}
    assert entry["n"] == len(truth)
    assert entry["accuracy"] == pytest.approx(reference.accuracy_score(truth, guessed))
    assert entry["macro_precision"] == pytest.approx(reference.precision_score(truth, guessed, **macro))
    assert entry["macro_recall"] == pytest.approx(reference.recall_score(truth, guessed, **macro))
    assert entry["macro_f1"] == pytest.approx(reference.f1_score(truth, guessed, **macro))
    clipped = np.clip(predicted.probabilities.astype(float), 1e-7, 1)
    own = -np.log(clipped[np.arange(len(truth)), truth]).mean()
    assert entry["loss"] == pytest.approx(own)
    np.testing.assert_array_equal(
        classification.confusion_matrix(predicted), reference.confusion_matrix(truth, guessed, labels=classes)
    )


def test_loss_is_scikit_learns_log_loss():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    labels = np.random.default_rng(1).integers(0, 4, 50)
    expected = reference.log_loss(labels, probabilities, labels=[0, 1, 2, 3])
    assert classification.summary(made(labels, probabilities))["loss"] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_is_wilsons(correct_of):
    correct, n = correct_of
    expected = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    low, high = classification.accuracy_interval(correct, n)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_split_without_examples_has_no_numbers():
    assert classification.summary(made([0], [[0.4, 0.6]]).only("val")) is None


def test_majority_says_the_most_frequent_class_of_train():
    splits = ["train"] * 4 + ["val"] * 2
    entry = classification.majority(made([1, 1, 1, 0, 1, 0], np.full((6, 2), 0.5), splits))
    assert entry["test"] is None
    assert entry["train"]["accuracy"] == 0.75 and entry["val"]["accuracy"] == 0.5
    assert entry["val"]["loss"] == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
    assert entry["val"]["macro_recall"] == 0.5


def test_a_perfect_model_is_perfect_though_a_class_has_no_example():
    entry = classification.summary(made([0, 1, 1], [[0.9, 0.1, 0], [0, 1, 0], [0.2, 0.8, 0]]))
    assert entry["macro_precision"] == entry["macro_recall"] == entry["macro_f1"] == 1


@settings(max_examples=30, deadline=None)
@given(any_predictions())
def test_class_table_agrees_with_scikit_learn(predicted):
    table = classification.class_table(predicted)
    classes = list(range(len(predicted.class_names)))
    precision, recall, f1, n = reference.precision_recall_fscore_support(
        predicted.labels, predicted.predicted, labels=classes, zero_division=0
    )
    np.testing.assert_allclose(table[["precision", "recall", "f1"]].to_numpy(), np.stack([precision, recall, f1], 1))
    assert table["n"].tolist() == n.tolist() and table["class"].tolist() == list(predicted.class_names)


def test_class_table_names_what_a_class_is_mistaken_for():
    guessed = np.eye(3)[[0, 2, 2, 1, 0, 2]]
    assert classification.class_table(made([0, 0, 0, 0, 1, 2], guessed))["mistaken_for"].tolist() == [
        "class 2",
        "class 0",
        "",
    ]


@settings(max_examples=30, deadline=None)
@given(any_predictions(), st.integers(0, 40))
def test_top_losses_are_the_least_probable_truths(predicted, k):
    true = predicted.probabilities[np.arange(len(predicted)), predicted.labels]
    worst = classification.top_losses(predicted, k)
    assert len(worst) == min(k, len(predicted))
    rows = [int(id[1:]) for id in worst]
    rest = sorted(set(range(len(predicted))) - set(rows))
    floor = np.maximum(true, 1e-7)
    assert all(np.diff(floor[rows]) >= 0)
    assert not rest or not rows or floor[rows].max() <= floor[rest].min()


def test_confused_classes_come_side_by_side():
    matrix = np.diag([20] * 6)
    for a, b in ((0, 3), (1, 5), (2, 4)):
        matrix[a, b] = matrix[b, a] = 8
    order = classification.order_by_confusion(matrix).tolist()
    assert sorted(order) == list(range(6))
    assert all(abs(order.index(a) - order.index(b)) == 1 for a, b in ((0, 3), (1, 5), (2, 4)))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12).flatmap(lambda k: hnp.arrays(int, (k, k), elements=st.integers(0, 9))))
def test_order_is_a_permutation_of_any_matrix(matrix):
    assert sorted(classification.order_by_confusion(matrix).tolist()) == list(range(len(matrix)))


def test_predictions_are_read_as_they_were_written(tmp_path):
    written = made([0, 2, 1], np.random.default_rng(0).dirichlet(np.ones(3), 3), ["train", "val", "test"])
    written.write(tmp_path / "p.parquet")
    read = read_predictions(tmp_path / "p.parquet", written.class_names)
    np.testing.assert_array_equal(read.probabilities, written.probabilities)
    assert [read.ids.tolist(), read.splits.tolist(), read.labels.tolist()] == [
        written.ids.tolist(),
        written.splits.tolist(),
        written.labels.tolist(),
    ]
