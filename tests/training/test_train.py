"""A plan is carried out in stages, ends the same however often it is broken off, and freezes what it should."""

import json

import numpy as np
import pandas as pd
import pytest

from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.plans import NO_AUGMENTATION, Plan
from tlcore.runs import create_run
from tlcore.training.result_weights import head_probabilities, probe_head, read_probe, read_weights
from tlcore.training.temperature import scaled_loss
from tlcore.training.train import train_run

FINE = {
    **NO_AUGMENTATION,
    "train_groups": ("last",),
    "epochs": 3,
    "batch_size": 8,
    "learning_rate": 0.01,
    "dropout": 0.2,
    "augment_brightness": 0.1,
}


_VARIABLES = [
    f"module/last/{name}"
    for name in (
        "bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance", "top/kernel", "top/bias",
    )
]  # fmt: skip


class Killed(Exception):
    """Stands for a worker that is gone."""


@pytest.fixture
def train(make_dataset, tiny_module, make_backbone, recorder):
    """Trains a new run of a plan; gives the run and what was heard."""

    def go(dataset=None, run=None, ask=lambda kind, fields: "", **settings):
        dataset = dataset or go.dataset
        run = run or create_run(dataset, tiny_module, Plan(**settings))
        progress = recorder(ask)
        train_run(run, dataset, tiny_module, progress=progress, backbone=make_backbone())
        return run, progress

    go.dataset = make_dataset()
    return go


def _weights_equal(one, other):
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def test_a_frozen_module_ends_with_the_probe_as_its_head(train):
    run, heard = train()
    assert heard.stages == ["features", "probe"]
    tried = [each["c"] for each in heard.of("strength")]
    assert tried and tried == sorted(Plan().probe_c)[: len(tried)]
    learnt_from = train.dataset.examples.query("split != 'test'")["id"]
    kept = pd.read_parquet(run.folder / "result" / "out_of_fold.parquet")
    assert kept["id"].tolist() == learnt_from.tolist() and set(kept["fold"]) == {0, 1, 2, 3, 4}
    np.testing.assert_allclose(kept[["p0", "p1"]].sum(axis=1), 1, atol=1e-5)
    assert _weights_equal(read_weights(run), probe_head(read_probe(run)))
    assert (read_probe(run).start.kernel != read_probe(run).kernel).any()
    assert set(json.loads((run.folder / "result" / "timing.json").read_text())) == {
        "features",
        "training",
        "trainable_parameters",
    }


def test_stages_and_events_are_those_of_the_plan(train):
    run, heard = train(**FINE, hidden_units=(5,), head_epochs=2)
    assert heard.stages == ["features", "probe", "head", "fine-tune"]
    epochs = heard.of("epoch")
    assert [(each["stage"], each["epoch"], each["epochs"]) for each in epochs] == [
        ("head", 1, 2),
        ("head", 2, 2),
        ("fine-tune", 1, 3),
        ("fine-tune", 2, 3),
        ("fine-tune", 3, 3),
    ]
    for each in epochs:
        assert set(each) == {
            "stage", "epoch", "epochs", "train_loss", "train_accuracy", "val_loss", "val_scaled_loss", "val_accuracy",
            "learning_rate", "examples_per_second", "seconds_left", "best",
        }  # fmt: skip
        assert json.loads(json.dumps(each)) == each
        assert each["examples_per_second"] > 0 and each["learning_rate"] > 0
    assert epochs[-1]["seconds_left"] == 0
    steps = [each for each in heard.of("step") if each["name"] == "epoch 2 of 3"]
    assert [each["done"] for each in steps] == [0, 8, 16, 24]
    assert not (run.folder / "checkpoints").exists()


@pytest.mark.usefixtures("helping")
@pytest.mark.parametrize("batch_norm", ["freeze", "update"])
def test_frozen_groups_stay_bit_identical_and_trained_ones_change(
    make_dataset, tiny_module, make_backbone, recorder, batch_norm
):
    backbone, dataset = make_backbone(), make_dataset()
    before = {name: [v.numpy().copy() for v in group] for name, group in backbone.groups.items()}
    run = create_run(dataset, tiny_module, Plan(**FINE, batch_norm=batch_norm))
    train_run(run, dataset, tiny_module, progress=recorder(), backbone=backbone)
    after = {name: [v.numpy().copy() for v in group] for name, group in backbone.groups.items()}
    same = {name: [(x == y).all() for x, y in zip(before[name], after[name], strict=True)] for name in before}
    assert same["first"] == [True, True]
    statistics_stay = batch_norm == "freeze"
    assert same["last"] == [False, False, statistics_stay, statistics_stay, False, False]
    kept = read_weights(run)
    names = [f"module/last/{fact.name}" for fact in tiny_module.groups[1].variables]
    assert {name for name in kept if name.startswith("module/")} == set(names)
    for name, values in zip(names, after["last"], strict=True):
        np.testing.assert_array_equal(kept[name], values)


@pytest.mark.usefixtures("helping")
@pytest.mark.parametrize("precision", ["fast", "f32"])
def test_on_a_gpu_training_may_compute_in_f16_unless_f32_is_asked_for(train, monkeypatch, precision):
    """What a GPU then does can't be seen here: that TensorFlow was asked for it, and that scaled losses do no harm."""
    import tensorflow as tf

    asked_for = []

    def look(kind, fields):
        if kind == "epoch":
            asked_for.append(tf.config.optimizer.get_experimental_options()["auto_mixed_precision"])
        return ""

    plain, heard = train(**FINE, precision=precision)
    assert heard.of("gpu") == []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"] if kind == "GPU" else [])
    run, heard = train(**FINE, precision=precision, ask=look)
    mixed = precision == "fast"
    assert asked_for == [mixed] * 3
    assert not tf.config.optimizer.get_experimental_options()["auto_mixed_precision"]
    assert [(each["mixed"], "f16" in each["note"]) for each in heard.of("gpu")] == [(mixed, mixed)]
    assert heard.of("gpu")[0]["note"] in [each["message"] for each in heard.of("log")]
    mine, theirs = read_weights(run), read_weights(plain)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("helping")
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_same_seed_gives_the_same_weights_and_numbers(train, optimizer):
    numbers = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "learning_rate")
    plan = {**FINE, "augment_rotation": 10, "optimizer": optimizer}
    runs = [train(**plan, seed=seed) for seed in (5, 5, 6)]
    (one, heard), (same, heard_again), (other, _) = runs
    assert _weights_equal(read_weights(one), read_weights(same))
    assert not _weights_equal(read_weights(one), read_weights(other))
    epochs = [[each[name] for name in numbers] for each in heard.of("epoch")]
    assert epochs == [[each[name] for name in numbers] for each in heard_again.of("epoch")]


@pytest.mark.parametrize(
    ("when", "helps"),
    [
        ("before fine-tune", True), ("within epoch 1", True), ("within epoch 2", False), ("within epoch 2", True),
        ("before epoch 2 is kept", True),
    ],
)  # fmt: skip
def test_a_killed_run_goes_on_and_ends_with_the_same_weights(train, tiny_module, when, helps, request):
    if helps:
        request.getfixturevalue("helping")
    plan = {**FINE, "epochs": 4, "augment_rotation": 20, "hidden_units": (6,), "head_epochs": 2, "optimizer": "adam"}
    whole, heard = train(**plan)

    def kill(kind, fields):
        moments = {
            "before fine-tune": kind == "stage" and fields["name"] == "fine-tune",
            "within epoch 1": kind == "step" and fields["name"] == "epoch 1 of 4" and fields["done"] == 16,
            "within epoch 2": kind == "step" and fields["name"] == "epoch 2 of 4" and fields["done"] == 16,
            "before epoch 2 is kept": kind == "epoch" and fields["stage"] == "fine-tune" and fields["epoch"] == 2,
        }
        if moments[when]:
            raise Killed

    broken = create_run(train.dataset, tiny_module, Plan(**plan))
    with pytest.raises(Killed):
        train(run=broken, ask=kill)
    assert not (broken.folder / "result" / "weights.safetensors").exists()
    _, rest = train(run=broken)
    assert _weights_equal(read_weights(broken), read_weights(whole))
    assert _kept(broken)["epoch"] == _kept(whole)["epoch"] and (_kept(whole)["epoch"] == 4 or not helps)
    assert helps or _kept(broken) == _kept(whole)
    for epoch in range(5):
        kept, expected = (pd.read_parquet(each.artifacts.epoch(epoch)) for each in (broken, whole))
        pd.testing.assert_frame_equal(kept, expected)
    assert not rest.of("strength")
    whole_losses = {each["epoch"]: each["val_loss"] for each in heard.of("epoch") if each["stage"] == "fine-tune"}
    again = [each for each in rest.of("epoch") if each["stage"] == "fine-tune"]
    assert {each["epoch"]: each["val_loss"] for each in again}.items() <= whole_losses.items()
    assert [each["epoch"] for each in again] == ([2, 3, 4] if "epoch 2" in when else [1, 2, 3, 4])


def test_a_run_that_is_trained_is_not_trained_again(train):
    run, _ = train(**FINE)
    before = read_weights(run)
    _, heard = train(run=run)
    assert not heard.events
    assert _weights_equal(read_weights(run), before)


# Steps so wide that val loss goes up and down.
WIDE = {"learning_rate": 0.3, "optimizer": "adam", "schedule": "constant", "dropout": 0.0}


def test_the_epoch_with_the_lowest_scaled_val_loss_is_kept_whatever_the_raw_one(train, make_dataset, make_backbone):
    dataset = make_dataset({"train": 60, "val": 40, "test": 4}, spread=60)
    run, heard = train(dataset, **{**FINE, **WIDE, "learning_rate": 0.02, "epochs": 8})
    (start,) = heard.of("baseline")
    epochs = heard.of("epoch")
    losses = [start["val_scaled_loss"], *(each["val_scaled_loss"] for each in epochs)]
    best = int(np.argmin(losses))
    assert best > 0
    assert [each["best"] for each in epochs] == [
        losses[number] < min(losses[:number]) for number in range(1, len(losses))
    ]
    kept = _kept(run)
    assert (kept["stage"], kept["epoch"], kept["epochs"]) == ("fine-tune", best, 8)
    assert heard.of("kept") == [kept]
    assert (kept["scaled_loss"], kept["start_scaled_loss"]) == (losses[best], losses[0])
    for number, expected in enumerate(losses):
        predictions = pd.read_parquet(run.artifacts.epoch(number))
        raw = predictions[["p0", "p1"]].to_numpy()[np.arange(len(predictions)), predictions["label"]]
        assert scaled_loss(predictions[["p0", "p1"]].to_numpy(), predictions["label"].to_numpy()) == pytest.approx(
            expected, rel=1e-4
        )
        assert ([start, *epochs][number]["val_loss"]) == pytest.approx(-np.log(raw).mean(), rel=1e-3)
    predictions = pd.read_parquet(run.artifacts.epoch(best))
    val = dataset.examples[dataset.examples["split"] == "val"]
    assert (
        predictions[["id", "split", "label"]].to_numpy().tolist() == val[["id", "split", "label"]].to_numpy().tolist()
    )
    np.testing.assert_allclose(
        predictions[["p0", "p1"]], _probabilities(run, dataset, make_backbone())[val.index], rtol=1e-3, atol=1e-5
    )


def test_where_no_epoch_is_better_the_run_ends_as_the_linear_probe_alone_would(train, make_dataset, make_backbone):
    dataset = make_dataset(spread=90)
    run, heard = train(dataset, **{**FINE, **WIDE, "epochs": 2})
    alone, _ = train(dataset)
    assert not any(each["best"] for each in heard.of("epoch"))
    assert _kept(run)["epoch"] == 0 and "did not help" in heard.of("log")[-1]["message"]
    weights, of_probe = read_weights(run), read_weights(alone)
    assert _weights_equal({name: weights[name] for name in of_probe}, of_probe)
    for name, variable in zip(_module_names(run), make_backbone().groups["last"], strict=True):
        np.testing.assert_array_equal(weights[name], variable.numpy())


def test_fine_tuning_starts_from_a_probe_that_has_seen_no_val_example(train, make_dataset):
    """Val, which epochs are compared on, can be told at will without the start or any epoch knowing of it."""
    _, heard = train(**FINE)
    other = make_dataset({"train": 24, "val": 12, "test": 11})
    is_val = other.examples["split"] == "val"
    other.examples.loc[is_val, "label"] = 1 - other.examples.loc[is_val, "label"]
    _, of_other = train(other, **FINE)
    learnt = [[(each["train_loss"], each["train_accuracy"]) for each in each.of("epoch")] for each in (heard, of_other)]
    assert learnt[0] == learnt[1]
    told = [each.of("baseline")[0]["val_accuracy"] for each in (heard, of_other)]
    assert told[0] == pytest.approx(1 - told[1])


def test_early_stopping_ends_it(train, make_dataset):
    _, heard = train(make_dataset(spread=90), **{**FINE, **WIDE, "epochs": 30}, early_stopping=2)
    epochs = heard.of("epoch")
    best = max((each["epoch"] for each in epochs if each["best"]), default=0)
    assert len(epochs) == best + 2 < 30


@pytest.mark.usefixtures("helping")
def test_stop_ends_at_the_next_batch_and_keeps_the_best_so_far(train, make_backbone):
    def ask(kind, fields):
        return "stop" if kind == "step" and fields["name"] == "epoch 3 of 9" and fields["done"] == 8 else ""

    run, heard = train(**{**FINE, "epochs": 9}, ask=ask)
    steps = [each for each in heard.of("step") if each["name"] == "epoch 3 of 9"]
    assert [each["done"] for each in steps] == [0, 8]
    losses = [each["val_loss"] for each in heard.of("epoch")]
    assert len(losses) == 2
    assert _val_loss(run, train.dataset, make_backbone()) == pytest.approx(losses[-1], rel=1e-4)
    assert "Stopped" in [each["message"] for each in heard.of("log")]


@pytest.mark.parametrize("splits", [{"train": 24, "val": 8}, {"train": 24, "test": 4}])
def test_stop_in_the_first_epoch_keeps_the_probe(train, make_dataset, splits):
    def ask(kind, fields):
        return "stop" if kind == "step" and fields["name"] == "epoch 1 of 3" and fields["done"] == 16 else ""

    run, heard = train(make_dataset(splits), **{**FINE, "warmup": 0.0}, ask=ask)
    assert not heard.of("epoch")
    assert (read_weights(run)["head/logits/kernel"] == read_probe(run).head[0]).all()
    assert "before the first epoch was complete" in heard.of("log")[-1]["message"]


def test_stop_before_fine_tuning_leaves_it_out(train):
    run, heard = train(**FINE, ask=lambda kind, fields: "stop" if kind == "strength" else "")
    assert heard.stages == ["features", "probe"]
    assert (read_weights(run)["head/logits/kernel"] == read_probe(run).head[0]).all()
    assert _kept(run) == {"stage": "probe", "epoch": 0, "epochs": 0, "scaled_loss": None, "start_scaled_loss": None}


def test_stop_before_a_head_with_hidden_layers_still_trains_one_epoch_of_it(train):
    ask = lambda kind, fields: "stop" if kind == "strength" else ""  # noqa: E731
    _, heard = train(hidden_units=(4,), ask=ask)
    assert [each["epoch"] for each in heard.of("epoch")] == [1]


@pytest.mark.parametrize("moment", ["features", "strength", "step", "epoch"])
def test_cancel_ends_it_without_a_result(train, moment):
    def ask(kind, fields):
        here = kind == moment or (kind == "stage" and fields["name"] == moment)
        within = kind != "step" or fields["name"].startswith("epoch")
        return "cancel" if here and within else ""

    with pytest.raises(Cancelled):
        train(**FINE, ask=ask)


def test_a_loss_that_is_no_number_is_a_user_error_with_advice(train):
    settings = {**FINE, "learning_rate": 10.0, "optimizer": "sgd", "epochs": 60, "schedule": "constant"}
    with pytest.raises(UserError, match="lower learning rate"):
        train(**settings, l2=10.0)


def test_without_val_examples_the_last_epoch_is_kept(train, make_dataset):
    dataset = make_dataset({"train": 16, "test": 4})
    run, heard = train(dataset, **FINE, early_stopping=1)
    epochs = heard.of("epoch")
    assert [each["best"] for each in epochs] == [True] * 3
    assert [each["val_loss"] for each in epochs] == [None] * 3
    assert not run.artifacts.epoch(1).exists()


def test_a_head_with_hidden_layers_learns_on_kept_feature_vectors(train):
    run, heard = train(hidden_units=(16,), head_epochs=15, head_learning_rate=0.01, batch_size=8)
    losses = [each["train_loss"] for each in heard.of("epoch")]
    assert losses[-1] < losses[0]
    assert head_probabilities(read_weights(run), np.ones((2, 8), np.float32)).shape == (2, 2)
    trained = json.loads((run.folder / "result" / "timing.json").read_text())["trainable_parameters"]
    assert trained == 8 * 16 + 16 + 16 * 2 + 2


@pytest.mark.usefixtures("helping")
def test_trainable_parameters_are_counted(train, tiny_module):
    run, _ = train(**FINE)
    trained = json.loads((run.folder / "result" / "timing.json").read_text())["trainable_parameters"]
    assert trained == (8 * 2 + 2) + (6 + 6 + 6 * 8 + 8)


@pytest.mark.usefixtures("helping")
def test_balanced_class_weights_help_the_rare_class(train, make_dataset, make_backbone):
    dataset = make_dataset({"train": 40, "val": 20, "test": 20})
    many = dataset.examples[(dataset.examples["label"] == 1) & (dataset.examples["split"] == "train")].index[4:]
    vars(dataset)["examples"] = dataset.examples.drop(many)
    rare = {}
    for weights in ("none", "balanced"):
        settings = {**FINE, "epochs": 6, "optimizer": "adam", "class_weights": weights}
        run, _ = train(dataset, **settings)
        rare[weights] = _probabilities(run, dataset, make_backbone())[:, 1].mean()
    assert rare["balanced"] > rare["none"] + 0.05


def _kept(run):
    return json.loads((run.folder / "result" / "timing.json").read_text())["kept"]


def _module_names(run):
    return sorted((name for name in read_weights(run) if name.startswith("module/")), key=_VARIABLES.index)


def _probabilities(run, dataset, backbone):
    import keras

    from tlcore.features.inputs import load_inputs
    from tlcore.training.model import Classifier, assign_values, build_head, named_variables

    head = build_head(read_probe(run), run.plan)
    assign_values(named_variables(head, backbone, run.plan.train_groups), read_weights(run))
    pixels = np.asarray(load_inputs(dataset, IMAGE.spec_of((16, 16)))).astype(np.float32) / 255
    return np.asarray(keras.ops.softmax(Classifier(backbone, head)(pixels)))


def _val_loss(run, dataset, backbone):
    val = (dataset.examples["split"] == "val").to_numpy()
    probabilities = _probabilities(run, dataset, backbone)[val]
    return -np.log(probabilities[np.arange(val.sum()), dataset.examples["label"].to_numpy()[val]]).mean()
