"""What a fine-tuned run said of val after each epoch is there to be read, the linear probe first."""

import numpy as np

from tests.evaluation.little_run import little_dataset, tiny_module, trained_run
from tlcore.evaluation.early import write_early_result
from tlcore.evaluation.epochs import kept_epochs, predictions_after
from tlcore.features.vectors import feature_rows
from tlcore.progress import Progress
from tlcore.training.weights import read_probe


def test_each_epoch_has_what_was_said_of_val_and_the_probe_is_the_first(make_images, tmp_path):
    dataset, module = little_dataset(make_images, tmp_path), tiny_module(tmp_path)
    run = trained_run(dataset, module, groups=1, epochs=2)
    features, probe = feature_rows(dataset, module), read_probe(run)
    write_early_result(run, dataset, features, probe, Progress())
    val = dataset.examples[dataset.examples["split"] == "val"]
    assert kept_epochs(run) == [0, 1, 2]
    of_probe = predictions_after(run, 0)
    np.testing.assert_allclose(of_probe.probabilities, probe.probabilities(features[val.index.to_numpy()]), atol=1e-6)
    for epoch in (0, 1, 2):
        said = predictions_after(run, epoch)
        assert said.ids.tolist() == val["id"].tolist() and said.labels.tolist() == val["label"].tolist()
        assert said.class_names == dataset.class_names
        np.testing.assert_allclose(said.probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_run_of_the_probe_alone_has_no_epochs(make_images, tmp_path):
    assert kept_epochs(trained_run(little_dataset(make_images, tmp_path), tiny_module(tmp_path))) == []
