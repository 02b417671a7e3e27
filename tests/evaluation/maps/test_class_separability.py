"""How far classes lie apart: scikit-learn's numbers, on examples that training did not see, before and after."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from tests.evaluation.little_run import Heard
from tests.pages.finished_run import finished_run
from tlcore.base.errors import UserError
from tlcore.datasets import open_dataset
from tlcore.datasets.editing.edits import leave_out
from tlcore.evaluation.maps import class_separability as room
from tlcore.evaluation.maps.class_separability import measure_separation, read_separation
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.run_results import features_of, run_predictions


@pytest.fixture
def run(make_images, tmp_path):
    """A run whose trained module tells classes apart better than the module as it came."""
    run = finished_run(make_images, tmp_path / "zoo", {"a": 40, "b": 30, "c": 30})
    predictions = run_predictions(run)
    random = np.random.default_rng(1)
    trained = random.normal(size=(len(predictions), 64)).astype(np.float32)
    trained[np.arange(len(predictions)), predictions.labels] += 4
    np.save(run.folder / "result" / "features.npy", trained)
    return run


def space(run, which, split):
    """Vectors and labels of train and of a split."""
    predictions = run_predictions(run)
    ids, vectors = features_of(run, which)
    vectors = np.asarray(vectors[pd.Index(ids).get_indexer(predictions.ids)], float)
    train, of = predictions.splits == "train", predictions.splits == split
    return vectors[train], predictions.labels[train], vectors[of], predictions.labels[of]


def expected_right(run, which, split):
    train, labels, of, true = space(run, which, split)
    classifier = KNeighborsClassifier(room.NEIGHBOURS, metric="cosine", algorithm="brute").fit(train, labels)
    return (classifier.predict(of) == true).astype(float)


def paired_interval(values):
    """Percentiles of the means of a thousand samples with replacement, drawn here."""
    drawn = np.random.default_rng(0).integers(0, len(values), (1000, len(values)))
    return np.percentile(values[drawn].mean(axis=1), (2.5, 97.5))


@pytest.mark.parametrize("split", ["val", "test"])
def test_nearest_neighbours_are_those_of_scikit_learn(run, split):
    found = measure_separation(run, split).knn
    before, after = (expected_right(run, which, split) for which in ("module", "trained"))
    assert found.after.value > found.before.value
    for mine, right in ((found.before, before), (found.after, after)):
        assert mine.value == pytest.approx(right.mean())
        assert mine[1:] == pytest.approx(accuracy_interval(int(right.sum()), len(right)))
    assert found.difference.value == pytest.approx(after.mean() - before.mean())
    assert found.difference[1:] == pytest.approx(paired_interval(after - before))


def test_silhouettes_are_those_of_scikit_learn(run):
    found = measure_separation(run, "val").silhouette
    spaces = [space(run, which, "val")[2:] for which in ("module", "trained")]
    before, after = (silhouette_samples(vectors, labels, metric="cosine") for vectors, labels in spaces)
    assert found.after.value == pytest.approx(silhouette_score(*spaces[1], metric="cosine"), abs=1e-6)
    for mine, values in ((found.before, before), (found.after, after), (found.difference, after - before)):
        assert mine.value == pytest.approx(values.mean(), abs=1e-6)
        assert mine[1:] == pytest.approx(paired_interval(values), abs=1e-6)


def test_what_was_measured_is_kept_with_the_run(run):
    assert read_separation(run, "val") is None
    heard = Heard()
    found = measure_separation(run, "val", heard)
    assert read_separation(run, "val") == found and read_separation(run, "test") is None
    assert [fields["done"] for _, fields in heard.events if fields["done"] == fields["total"]] == [found.n, found.n]


def test_of_many_examples_some_are_measured_and_their_number_is_told(run, monkeypatch):
    monkeypatch.setattr(room, "MOST", 10)
    found = measure_separation(run, "val")
    assert (found.n, found.of) == (10, int((run_predictions(run).splits == "val").sum()))
    assert measure_separation(run, "val") == found


def test_examples_that_were_left_out_since_are_measured_as_the_run_had_them(run):
    found = measure_separation(run, "val")
    leave_out(open_dataset(run.record["dataset"]["id"]), run_predictions(run).ids[:5].tolist())
    assert measure_separation(run, "val") == found


def test_a_split_without_examples_has_nothing_to_measure(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "two", fractions=(0.8, 0.0, 0.2))
    with pytest.raises(UserError, match="no val examples"):
        measure_separation(run, "val")


def test_examples_of_one_class_have_no_silhouette(run):
    predictions = run_predictions(run)
    labels = np.where(predictions.splits == "val", 0, predictions.labels)
    relabelled = replace(predictions, labels=labels)
    relabelled.write(run.folder / "result" / "predictions.parquet")
    found = measure_separation(run, "val")
    assert found.silhouette is None and found.knn.after.value == (expected_right(run, "trained", "val")).mean()


def test_a_run_that_trained_no_layer_group_has_nothing_to_measure(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "probe", fine_tuned=False)
    with pytest.raises(UserError, match="did not change its module"):
        measure_separation(run, "val")
