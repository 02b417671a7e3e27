"""Which settings take effect in a plan: the one declaration that the form, the words and comparisons go by."""

from collections.abc import Callable

from tlcore.plans.plan import Plan


def _has_hidden_layers(plan: Plan) -> bool:
    return bool(plan.hidden_units)


def _fine_tunes(plan: Plan) -> bool:
    return bool(plan.train_groups)


def _trains_by_epochs(plan: Plan) -> bool:
    return _has_hidden_layers(plan) or _fine_tunes(plan)


# Settings that are not named take effect in every plan.
_WHEN: dict[str, Callable[[Plan], bool]] = {
    **dict.fromkeys(("head_epochs", "head_learning_rate"), _has_hidden_layers),
    **dict.fromkeys(("batch_size", "dropout", "l1", "l2", "label_smoothing"), _trains_by_epochs),
    **dict.fromkeys(
        ("batch_norm", "epochs", "optimizer", "learning_rate", "schedule", "warmup", "early_stopping"), _fine_tunes
    ),
    **dict.fromkeys((name for name in Plan.model_fields if name.startswith("augment_")), _fine_tunes),
    "weight_decay": lambda plan: _fine_tunes(plan) and plan.optimizer == "adamw",
    "augment_copies": lambda plan: _fine_tunes(plan) and plan.augments,
}


def takes_effect(setting: str, plan: Plan) -> bool:
    """Whether another value of a setting would make another run of this plan."""
    return _WHEN[setting](plan) if setting in _WHEN else True


def unused_settings(plan: Plan) -> frozenset[str]:
    """The settings that change nothing in this plan, as the stages or the choices they are for are not in it."""
    return frozenset(name for name in Plan.model_fields if not takes_effect(name, plan))
