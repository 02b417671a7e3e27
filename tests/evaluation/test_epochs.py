"""What a fine-tuned run said of val after each epoch is there to be read, the linear probe first."""

import numpy as np
import pytest

from tests.evaluation.little_run import little_dataset, tiny_module
from tlcore.base.progress import Progress
from tlcore.evaluation.epochs import kept_epochs, predictions_after
from tlcore.features.extract import extract_features
from tlcore.pipeline.run_pipeline import carry_out_run
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training.result_weights import read_probe


@pytest.mark.parametrize("groups", [0, 1])
def test_each_epoch_of_fine_tuning_has_what_was_said_of_val_and_the_probe_is_the_first(make_images, tmp_path, groups):
    dataset, module = little_dataset(make_images, tmp_path), tiny_module(tmp_path)
    plan = Plan(train_groups=module.last_groups(groups), epochs=2, batch_size=8, probe_c=(0.01, 0.1))
    run = create_run(dataset, module, plan)
    carry_out_run(run, dataset, module, Progress())
    epochs = kept_epochs(run)
    assert epochs == ([0, 1, 2] if groups else [])
    val = dataset.examples_in(["val"])
    for epoch in epochs:
        predictions = predictions_after(run, epoch)
        assert predictions.ids.tolist() == val["id"].tolist() and predictions.labels.tolist() == val["label"].tolist()
        np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-5)
    if groups:
        rows = extract_features(dataset, module)[dataset.examples["split"] == "val"]
        of_start = read_probe(run).start.probabilities(rows)
        np.testing.assert_allclose(predictions_after(run, 0).probabilities, of_start, atol=2e-3)
