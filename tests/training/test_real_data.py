"""The linear probe on photographs does what it should, whichever fifth of train is val."""

import numpy as np
import pytest


@pytest.mark.real_data
@pytest.mark.slow
def test_the_linear_probe_tells_ants_from_bees(real_data):
    from tlcore.datasets import import_dataset
    from tlcore.features.extract import extract_features
    from tlcore.modules import find_module
    from tlcore.plans import suggest_plan
    from tlcore.training.probe.probe import fit_probe

    module = find_module("efficientnet-lite0")
    accuracies = []
    for seed in range(5):
        dataset = import_dataset(real_data / "data" / "ants-bees.zip", seed=seed, name=f"ants and bees {seed}")
        examples = dataset.examples
        labels, splits = examples["label"].to_numpy(), examples["split"].to_numpy(str)
        features = extract_features(dataset, module, precision="fast")
        probe = fit_probe(features, labels, splits, suggest_plan(dataset, module).replace(seed=seed))
        test = splits == "test"
        accuracies.append((probe.probabilities(features[test]).argmax(axis=1) == labels[test]).mean())
    assert np.mean(accuracies) >= 0.93 and min(accuracies) >= 0.92, accuracies
