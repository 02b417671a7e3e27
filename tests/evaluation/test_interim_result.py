"""A person has the linear probe's answers while later stages go on; the test split waits for the end."""

import numpy as np
import pytest

from tests.evaluation.little_run import Heard, little_dataset, tiny_module
from tlcore.base.errors import UserError
from tlcore.datasets.dataset import TRAIN_AND_VAL
from tlcore.evaluation import run_results
from tlcore.evaluation.interim_result import write_early_result
from tlcore.evaluation.maps.embedding_maps import read_map
from tlcore.evaluation.metrics.classification import summary
from tlcore.features.extract import extract_features, feature_rows
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training.result_weights import read_probe
from tlcore.training.train import train_run


@pytest.fixture
def dataset(make_images, tmp_path):
    return little_dataset(make_images, tmp_path)


@pytest.fixture
def module(tmp_path):
    return tiny_module(tmp_path)


@pytest.fixture
def early(dataset, module):
    """A run that is past its probe, and what was heard of its early result."""
    run, progress = create_run(dataset, module, Plan(probe_c=(0.01, 0.1))), Heard()
    train_run(run, dataset, module, after_probe=lambda made, probe: write_early_result(run, made, progress))
    return run, progress.events


def test_it_has_train_and_val_out_of_fold_and_never_test(early, dataset):
    run, heard = early
    assert run.has_early_result and not run.has_result
    predictions = run_results.run_predictions(run)
    examples = dataset.examples.set_index("id")
    assert set(predictions.splits) == {"train", "val"}
    assert set(predictions.ids) == set(examples.index[examples["split"] != "test"])
    assert (predictions.labels == examples.loc[predictions.ids, "label"]).all()
    assert (predictions.splits == examples.loc[predictions.ids, "split"]).all()
    left_out = run_results.out_of_fold(run)
    assert predictions.ids.tolist() == left_out.ids.tolist()
    np.testing.assert_array_equal(predictions.probabilities, left_out.probabilities)
    numbers = {"cv": summary(predictions.only("train")), "val": summary(predictions.only("val"))}
    assert heard == [("early", numbers)]
    assert run_results.answers(run).predicted.tolist() == predictions.predicted.tolist()


def test_the_map_and_the_feature_vectors_of_the_module_are_there(early, dataset, module):
    run, _ = early
    learnt_from = dataset.examples_in(TRAIN_AND_VAL)["id"].tolist()
    ids, vectors = run_results.features_of(run, "module")
    assert read_map(run, "module", "pca")["id"].tolist() == ids.tolist() == learnt_from
    every = dict(zip(dataset.examples["id"], extract_features(dataset, module, precision="fast"), strict=True))
    np.testing.assert_allclose(vectors, [every[id] for id in ids], rtol=1e-6)


def test_a_run_that_goes_on_after_it_was_killed_keeps_the_one_it_has(early, dataset, module):
    run, _ = early
    progress = Heard()
    assert read_probe(run).out_of_fold is None
    features = feature_rows(dataset, module, splits=TRAIN_AND_VAL)
    write_early_result(run, features, progress)
    assert not progress.events
    (run.folder / "result" / "early" / "predictions.parquet").unlink()
    write_early_result(run, features, progress)
    assert run.has_early_result and [kind for kind, _ in progress.events] == ["early"]


def test_a_run_before_its_probe_has_none(dataset, module):
    run = create_run(dataset, module, Plan())
    assert not run.has_early_result
    for read in (run_results.run_predictions, run_results.answers, run_results.out_of_fold):
        with pytest.raises(UserError, match="no "):
            read(run)
