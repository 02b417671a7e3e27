"""What thresholds do, against scikit-learn's precision and recall of the same decisions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from tests.evaluation.made import any_predictions, drawn, made
from tlcore.evaluation.calibration import selective_prediction
from tlcore.evaluation.metrics.classification import class_table, summary


@settings(max_examples=60, deadline=None)
@given(any_predictions(), st.data())
def test_numbers_are_scikit_learns_with_undecided_as_one_more_answer(predictions, data):
    k = len(predictions.class_names)
    limits = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]), min_size=k, max_size=k)))
    answers = np.array(
        [
            p if c >= np.float32(limits[p]) else k
            for p, c in zip(predictions.predicted, predictions.confidence, strict=True)
        ]
    )
    each = {"labels": range(k), "zero_division": np.nan}
    every = {**each, "average": "micro"}
    found = selective_prediction.measure(predictions, limits)
    expected = precision_score(predictions.labels, answers, **every)
    assert found["precision"] == (None if np.isnan(expected) else pytest.approx(expected))
    assert found["recall"] == pytest.approx(recall_score(predictions.labels, answers, **every))
    assert found["undecided"] == pytest.approx((answers == k).mean()) and found["decided"] == (answers < k).sum()
    table = selective_prediction.measure_classes(predictions.answers, limits)
    np.testing.assert_allclose(table["precision"], precision_score(predictions.labels, answers, average=None, **each))
    np.testing.assert_allclose(table["recall"], recall_score(predictions.labels, answers, average=None, **each))
    for label in range(k):
        of_class = answers[predictions.labels == label]
        assert table["n"][label] == len(of_class) and table["decided"][label] == (answers == label).sum()
        np.testing.assert_allclose(table["undecided"][label], (of_class == k).mean() if len(of_class) else np.nan)
        alone = selective_prediction.measure(predictions, limits, label)
        of_table = [None if np.isnan(table[name][label]) else table[name][label] for name in selective_prediction.NAMES]
        assert [alone[name] for name in selective_prediction.NAMES] == of_table
        assert (alone["n"], alone["decided"]) == (table["n"][label], table["decided"][label])


def test_without_a_threshold_numbers_are_those_of_the_results_page():
    predictions = drawn(90, 4)
    found = selective_prediction.measure(predictions, 0.0)
    assert found["precision"] == found["recall"] == summary(predictions)["accuracy"] and found["undecided"] == 0
    assert list(found["precision_interval"]) == summary(predictions)["accuracy_interval"]
    np.testing.assert_allclose(
        selective_prediction.measure_classes(predictions, 0.0)["recall"], class_table(predictions)["recall"]
    )


@settings(max_examples=40, deadline=None)
@given(any_predictions(), st.data())
def test_every_point_of_a_curve_is_what_its_threshold_does(predictions, data):
    k = len(predictions.class_names)
    limits = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.5, 0.8]), min_size=k, max_size=k)))
    moving = np.array(data.draw(st.lists(st.booleans(), min_size=k, max_size=k)))
    label = data.draw(st.sampled_from([None, *range(k)]))
    curve = selective_prediction.by_threshold(predictions, limits, moving=moving, label=label)
    assert curve["threshold"].tolist() == np.unique(predictions.confidence[moving[predictions.predicted]]).tolist()
    for point in curve.itertuples():
        at = np.where(moving, point.threshold, limits)
        found = (
            selective_prediction.measure(predictions, at)
            if label is None
            else selective_prediction.measure_classes(predictions, at).loc[label]
        )
        expected = [np.nan if found[name] is None else found[name] for name in selective_prediction.NAMES]
        np.testing.assert_allclose([point.precision, point.recall, point.undecided], expected, atol=1e-12)


def test_a_curve_of_all_begins_with_nothing_undecided():
    predictions = drawn(50, 3)
    curve = selective_prediction.by_threshold(predictions)
    assert curve["undecided"].iloc[0] == 0 and len(curve) == len(np.unique(predictions.confidence))
    assert curve["recall"].iloc[0] == curve["precision"].iloc[0] == summary(predictions)["accuracy"]


def test_a_threshold_that_nothing_reaches_leaves_all_undecided_and_no_precision():
    found = selective_prediction.measure(made([0, 1], [[0.6, 0.4], [0.3, 0.7]]), 0.9)
    assert found["precision"] is None and found["precision_interval"] is None
    assert found["recall"] == 0 and found["undecided"] == 1 and found["decided"] == 0
