"""What is declared to take effect in a plan does, and what is not does not."""

import numpy as np

from tlcore.plans import Plan
from tlcore.plans.effective import unused_settings
from tlcore.runs import create_run
from tlcore.training.result_weights import read_weights
from tlcore.training.train import train_run

HIDDEN = {"hidden_units": (4,), "head_epochs": 2, "head_learning_rate": 0.01, "batch_size": 8, "probe_c": (0.1,)}
OTHER = {
    "head_epochs": 3, "head_learning_rate": 0.02, "batch_size": 6, "dropout": 0.3, "l1": 0.01, "l2": 0.01,
    "label_smoothing": 0.1, "batch_norm": "update", "epochs": 2, "optimizer": "sgd", "learning_rate": 0.5,
    "schedule": "constant", "warmup": 0.5, "weight_decay": 0.5, "early_stopping": 1, "augment_flip": "both",
    "augment_rotation": 50, "augment_shift": 0.5, "augment_shear": 5, "augment_zoom": 0.3, "augment_brightness": 0.3,
    "augment_contrast": 0.3, "augment_copies": 2,
}  # fmt: skip


def test_a_head_is_changed_by_what_takes_effect_and_by_nothing_else(make_dataset, tiny_module, make_backbone):
    dataset = make_dataset()
    unused = unused_settings(Plan(**HIDDEN))
    assert unused <= set(OTHER)

    def weights(**settings):
        run = create_run(dataset, tiny_module, Plan(**{**HIDDEN, **settings}))
        train_run(run, dataset, tiny_module, backbone=make_backbone())
        return np.concatenate([each.ravel() for _, each in sorted(read_weights(run).items())])

    before = weights()
    np.testing.assert_array_equal(weights(**{name: OTHER[name] for name in unused}), before)
    for name in set(OTHER) - unused:
        assert (weights(**{name: OTHER[name]}) != before).any(), name
