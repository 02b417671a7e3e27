"""Curves and the areas under them are scikit-learn's, on each sample too."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn import metrics as reference

from tests.evaluation.made import any_predictions, drawn, made
from tlcore.evaluation.metrics import roc_pr
from tlcore.evaluation.metrics.bootstrap import resample


def test_areas_of_all_classes_and_their_mean_are_scikit_learns():
    predictions = drawn(300, 4, sharpened=2.0)
    table = roc_pr.areas(predictions)
    truth = np.eye(4)[predictions.labels]
    np.testing.assert_allclose(
        table["auc"][:4], reference.roc_auc_score(truth, predictions.probabilities, average=None)
    )
    np.testing.assert_allclose(
        table["ap"][:4], reference.average_precision_score(truth, predictions.probabilities, average=None)
    )
    scores = predictions.probabilities / predictions.probabilities.sum(axis=1, keepdims=True)
    assert table["auc"][4] == pytest.approx(
        reference.roc_auc_score(predictions.labels, scores, multi_class="ovr"), rel=1e-6
    )
    assert table["ap"][4] == pytest.approx(
        reference.average_precision_score(truth, predictions.probabilities), rel=1e-6
    )
    assert table["n"].tolist() == [*np.bincount(predictions.labels), 300]
    for name in ("auc", "ap"):
        assert ((table[f"{name}_low"] < table[name]) & (table[name] < table[f"{name}_high"])).all()


@settings(max_examples=40, deadline=None)
@given(any_predictions(least=2))
def test_areas_are_scikit_learns_where_many_probabilities_are_the_same_and_classes_have_no_example(predictions):
    table = roc_pr.areas(predictions)
    for label in range(len(predictions.class_names)):
        positive, probability = predictions.labels == label, predictions.probabilities[:, label]
        if positive.any() and not positive.all():
            assert table["auc"][label] == pytest.approx(reference.roc_auc_score(positive, probability))
            assert table["ap"][label] == pytest.approx(reference.average_precision_score(positive, probability))
        else:
            assert table.loc[label, ["auc", "auc_low", "auc_high", "ap", "ap_low", "ap_high"]].isna().all()
            assert label not in roc_pr.drawable(predictions)
    assert np.isnan(table["auc"].iloc[-1]) == (not roc_pr.drawable(predictions))


def test_intervals_are_those_of_scikit_learn_on_the_same_samples(monkeypatch):
    monkeypatch.setattr(roc_pr, "resamples_for", lambda predictions: 120)
    predictions = drawn(40, 3, digits=1)
    table = roc_pr.areas(predictions)
    expected = []
    for counts in np.concatenate(list(resample(40, 120))):
        rows = np.repeat(np.arange(40), counts.astype(int))
        truth, probability = np.eye(3)[predictions.labels[rows]], predictions.probabilities[rows]
        whole = [0 < truth[:, label].sum() < 40 for label in range(3)]
        areas = (reference.roc_auc_score, reference.average_precision_score)
        expected.append(
            [[area(truth[:, c], probability[:, c]) if whole[c] else np.nan for c in range(3)] for area in areas]
        )
    expected = np.append(expected, np.nanmean(expected, axis=2, keepdims=True), axis=2)
    low, high = np.nanpercentile(expected, [2.5, 97.5], axis=0)
    for place, name in enumerate(("auc", "ap")):
        np.testing.assert_allclose(table[f"{name}_low"], low[place], rtol=1e-6)
        np.testing.assert_allclose(table[f"{name}_high"], high[place], rtol=1e-6)


def test_mean_curves_have_the_mean_area():
    predictions = drawn(400, 4, sharpened=2.0)
    table = roc_pr.areas(predictions)
    mean = roc_pr.macro_roc(predictions)
    area = reference.auc(mean["false_positive_rate"], mean["true_positive_rate"])
    assert area == pytest.approx(table["auc"].iloc[-1], abs=2e-3)
    mean = roc_pr.macro_precision_recall(predictions)
    assert mean["precision"].mean() == pytest.approx(table["ap"].iloc[-1], abs=5e-3)


def test_curves_end_where_they_must():
    predictions = drawn(50, 3)
    roc = roc_pr.roc(predictions, 0)
    assert roc.iloc[0, :2].tolist() == [0, 0] and roc.iloc[-1, :2].tolist() == [1, 1]
    curve = roc_pr.precision_recall(predictions, 0)
    assert curve["recall"].iloc[0] == 1 and curve["recall"].iloc[-1] == 0


def test_equal_probabilities_are_worth_nothing():
    predictions = made([0, 1] * 10, np.full((20, 2), 0.5))
    table = roc_pr.areas(predictions)
    assert table["auc"].tolist() == [0.5] * 3 and table["auc_low"].tolist() == [0.5] * 3
    assert table["ap"].tolist() == [0.5] * 3


def test_one_class_alone_has_no_curve():
    predictions = made([1] * 5, np.full((5, 2), 0.5))
    assert (
        roc_pr.drawable(predictions) == []
        and roc_pr.macro_roc(predictions).empty
        and roc_pr.macro_precision_recall(predictions).empty
    )
    assert roc_pr.areas(predictions)["auc"].isna().all()


def test_intervals_of_very_many_take_fewer_samples():
    def of(n, k):
        return made(np.zeros(n), np.zeros((n, k)))

    assert roc_pr.resamples_for(of(100, 5)) == 1000
    assert roc_pr.resamples_for(of(5000, 100)) == 400 and roc_pr.resamples_for(of(5000, 1000)) == 200
