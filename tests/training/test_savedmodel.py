"""A TF Hub SavedModel is fine-tuned as a built-in module is, batch norm and all."""

import numpy as np
import pytest

from tests.modules import tiny
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training.result_weights import read_weights
from tlcore.training.train import train_run


@pytest.mark.usefixtures("helping")
@pytest.mark.parametrize("batch_norm", ["freeze", "update"])
def test_frozen_groups_stay_bit_identical_and_the_model_comes_back(make_dataset, tmp_path, batch_norm):
    from tlcore.features.inputs import load_inputs
    from tlcore.modules.build import build_backbone
    from tlcore.modules.install import open_module
    from tlcore.training.restore import load_classifier

    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "module")), input_shape=(16, 16, 3))
    trained = module.last_groups(2) if batch_norm == "freeze" else module.group_names
    plan = Plan(train_groups=trained, batch_norm=batch_norm, epochs=2, learning_rate=0.01, batch_size=8)
    dataset, backbone = make_dataset(), build_backbone(module)
    fresh = {name: [v.numpy().copy() for v in group] for name, group in backbone.groups.items()}
    run = create_run(dataset, module, plan)
    train_run(run, dataset, module, backbone=backbone)
    for group in module.groups:
        for fact, before, variable in zip(group.variables, fresh[group.name], backbone.groups[group.name], strict=True):
            moves = group.name in trained and (fact.trainable or batch_norm == "update")
            assert (before != variable.numpy()).any() == moves, (group.name, fact.name)
    assert any(name.startswith(f"module/{trained[0]}/") for name in read_weights(run))
    images = np.asarray(load_inputs(dataset, IMAGE.spec_of((16, 16)))).astype(np.float32) / 255
    np.testing.assert_array_equal(load_classifier(run).backbone(images), backbone(images))
