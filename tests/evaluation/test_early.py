"""A person has the linear probe's answers while later stages go on; the test split waits for the end."""

import numpy as np
import pytest

from tests.evaluation.little_run import Heard, little_dataset, tiny_module
from tlcore.datasets.dataset import LEARNT_FROM
from tlcore.errors import UserError
from tlcore.evaluation import of_run
from tlcore.evaluation.early import write_early_result
from tlcore.evaluation.maps import read_map
from tlcore.evaluation.metrics import summary
from tlcore.features.vectors import extract_features, feature_rows
from tlcore.plan import Plan
from tlcore.runs import create_run
from tlcore.training.carry_out import train_run
from tlcore.training.weights import read_probe


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
    said = of_run.predictions(run)
    examples = dataset.examples.set_index("id")
    assert set(said.splits) == {"train", "val"}
    assert set(said.ids) == set(examples.index[examples["split"] != "test"])
    assert (said.labels == examples.loc[said.ids, "label"]).all()
    assert (said.splits == examples.loc[said.ids, "split"]).all()
    left_out = of_run.out_of_fold(run)
    assert said.ids.tolist() == left_out.ids.tolist()
    np.testing.assert_array_equal(said.probabilities, left_out.probabilities)
    numbers = {"cv": summary(said.only("train")), "val": summary(said.only("val"))}
    assert heard == [("early", numbers)]
    assert of_run.answers(run).predicted.tolist() == said.predicted.tolist()


def test_the_map_and_the_feature_vectors_of_the_module_are_there(early, dataset, module):
    run, _ = early
    learnt_from = dataset.examples_in(LEARNT_FROM)["id"].tolist()
    ids, vectors = of_run.features_of(run, "module")
    assert read_map(run, "module", "pca")["id"].tolist() == ids.tolist() == learnt_from
    every = dict(zip(dataset.examples["id"], extract_features(dataset, module, precision="fast"), strict=True))
    np.testing.assert_allclose(vectors, [every[id] for id in ids], rtol=1e-6)


def test_a_run_that_goes_on_after_it_was_killed_keeps_the_one_it_has(early, dataset, module):
    run, _ = early
    progress = Heard()
    assert read_probe(run).out_of_fold is None
    features = feature_rows(dataset, module, splits=LEARNT_FROM)
    write_early_result(run, features, progress)
    assert not progress.events
    (run.folder / "result" / "early" / "predictions.parquet").unlink()
    write_early_result(run, features, progress)
    assert run.has_early_result and [kind for kind, _ in progress.events] == ["early"]


def test_a_run_before_its_probe_has_none(dataset, module):
    run = create_run(dataset, module, Plan())
    assert not run.has_early_result
    for read in (of_run.predictions, of_run.answers, of_run.out_of_fold):
        with pytest.raises(UserError, match="no "):
            read(run)
