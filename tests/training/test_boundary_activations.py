"""Training from kept activations gives what training the whole module gives, and touches each picture once."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.modules import tiny
from tlcore.base import workspace
from tlcore.base.progress import Cancelled
from tlcore.features.extract import kept_features
from tlcore.features.inputs import load_inputs
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.modules import open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.graph.graph_split import CannotSplit
from tlcore.modules.savedmodel.write_hub_module import write_hub_module
from tlcore.pipeline import run_pipeline
from tlcore.plans import NO_AUGMENTATION, Plan
from tlcore.runs import create_run
from tlcore.training import boundary_activations
from tlcore.training.result_weights import read_weights
from tlcore.training.train import train_run

pytestmark = pytest.mark.usefixtures("helping")
SIZE = 32
SPEC = IMAGE.spec_of((SIZE, SIZE))
PLAN = {**NO_AUGMENTATION, "epochs": 3, "batch_size": 8, "learning_rate": 1e-3, "warmup": 0.0}


def built_in(folder):
    module = open_module("efficientnet-lite0")
    return module.model_copy(update={"input": module.input.model_copy(update={"shape": (SIZE, SIZE, 3)})})


def tiny_saved_model(folder):
    return open_module(str(tiny.write_batch_norm_module(folder / "tiny")), input_shape=(SIZE, SIZE, 3))


def scaling_saved_model(folder, factor):
    """Mean colours, by way of a boundary where they are so many times as large."""
    weights = [
        tf.Variable(tf.eye(3) * factor, name="stem/kernel"),
        tf.Variable(tf.eye(3) / factor, name="top/kernel"),
    ]

    def call(images, training):
        return tf.tensordot(tf.tensordot(tf.reduce_mean(images, [1, 2]), weights[0], 1), weights[1], 1)

    write_hub_module(folder / "scaling", call, tiny.IMAGES, variables=weights, trainable_variables=weights)
    return open_module(str(folder / "scaling"), input_shape=(SIZE, SIZE, 3))


def mobile_net(folder):
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg", input_shape=(SIZE, SIZE, 3))
    for layer in model.layers:
        layer.momentum = 0  # one call for training gives it statistics that let something through
    model(np.random.default_rng(0).uniform(-1, 1, (16, SIZE, SIZE, 3)).astype(np.float32), training=True)
    write_hub_module(
        folder / "mobile",
        lambda x, training: model(x, training=training),
        tf.TensorSpec((None, SIZE, SIZE, 3), name="images"),
        variables=model.variables,
        trainable_variables=model.trainable_variables,
    )
    return open_module(str(folder / "mobile"), value_range=(-1, 1))


@pytest.fixture
def train(make_dataset, recorder):
    """Trains a new run, or goes on with one; gives the run, its epochs, what was heard, and the backbone."""

    def go(module, plan, *, whole=False, run=None, ask=lambda kind, fields: "", dataset=None):
        dataset = dataset or go.dataset
        backbone = build_backbone(module)
        if whole:
            backbone.cut = _refuse
        run = run or create_run(dataset, module, plan)
        heard = recorder(ask)
        train_run(run, dataset, module, progress=heard, backbone=backbone)
        return run, heard, backbone

    go.dataset = make_dataset(size=SIZE)
    return go


def _refuse(input_shape):
    raise CannotSplit("The test asks for it")


def _numbers(heard):
    return [[each["train_loss"], each["val_loss"], each["train_accuracy"]] for each in heard.of("epoch")]


def _in_float32(monkeypatch):
    monkeypatch.setattr(boundary_activations, "LOSS_CHANGE", 0.0)


@pytest.mark.parametrize(
    ("make_module", "settings"),
    [
        (built_in, {}),
        (mobile_net, {}),
        (tiny_saved_model, {"class_weights": "balanced", "label_smoothing": 0.1, "l2": 0.01}),
    ],
)
def test_losses_are_those_of_the_whole_module(train, tmp_path, monkeypatch, make_module, settings):
    _in_float32(monkeypatch)
    module = make_module(tmp_path)
    plan = Plan(**PLAN, **settings, train_groups=module.last_groups(2))
    fresh = {name: [v.numpy() for v in group] for name, group in build_backbone(module).groups.items()}
    _, plain, _ = train(module, plan, whole=True)
    _, fast, backbone = train(module, plan)
    assert [each["is_cut"] for each in (*plain.of("cut"), *fast.of("cut"))] == [False, True]
    assert "float32" in fast.of("cut")[0]["note"] and "The test asks for it" in plain.of("cut")[0]["note"]
    np.testing.assert_allclose(_numbers(fast), _numbers(plain), rtol=2e-5, atol=1e-5)
    for name, group in backbone.groups.items():
        changed = [(old != v.numpy()).any() for old, v in zip(fresh[name], group, strict=True)]
        assert any(changed) == (name in plan.train_groups), name


@pytest.mark.parametrize("copies", [0, 2])
def test_augmentation_is_the_same_on_both_ways(train, tmp_path, monkeypatch, copies):
    _in_float32(monkeypatch)
    module = built_in(tmp_path)
    settings = {"augment_flip": "horizontal", "augment_rotation": 20, "augment_copies": copies}
    plan = Plan(**{**PLAN, **settings}, train_groups=module.last_groups(1))
    _, plain, _ = train(module, plan, whole=True)
    _, fast, _ = train(module, plan)
    _, none, _ = train(module, plan.replace(augment_flip="none", augment_rotation=0))
    np.testing.assert_allclose(_numbers(fast), _numbers(plain), rtol=2e-5, atol=1e-5)
    assert _numbers(fast)[0] != _numbers(none)[0]
    stores = list(workspace.place("features").glob("activations-*"))
    assert len(stores) == 1 + copies
    assert ("2 augmented copies" if copies else "anew in every epoch") in fast.of("cut")[0]["note"]


def test_statistics_of_trained_groups_move_as_in_the_whole_module(train, tmp_path, monkeypatch):
    _in_float32(monkeypatch)
    module = built_in(tmp_path)
    plan = Plan(**PLAN, batch_norm="update", train_groups=module.last_groups(2))
    (one, plain, _), (other, fast, _) = train(module, plan, whole=True), train(module, plan)
    assert fast.of("cut")[0]["is_cut"]
    np.testing.assert_allclose(_numbers(fast), _numbers(plain), rtol=1e-4, atol=1e-4)
    means = [read_weights(run)["module/top/top_bn/moving_mean"] for run in (one, other)]
    np.testing.assert_allclose(*means, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"augment_rotation": 20}, {"augment_rotation": 20, "augment_copies": 2}])
def test_a_killed_run_goes_on_and_ends_with_the_same_weights(train, tmp_path, settings):
    module = tiny_saved_model(tmp_path)
    more = {"dropout": 0.2, "hidden_units": (4,), "head_epochs": 2, "train_groups": module.last_groups(2)}
    plan = Plan(**{**PLAN, **settings, **more})
    whole, heard, _ = train(module, plan)
    assert heard.of("cut")[0]["is_cut"]

    def kill(kind, fields):
        if kind == "step" and fields["name"] == "epoch 3 of 3" and fields["done"] == 16:
            raise InterruptedError
        return ""

    broken = create_run(train.dataset, module, plan)
    with pytest.raises(InterruptedError):
        train(module, plan, run=broken, ask=kill)
    train(module, plan, run=broken)
    one, other = read_weights(whole), read_weights(broken)
    assert one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)


def test_a_second_run_computes_nothing_again_and_new_pictures_alone_are(train, tmp_path, monkeypatch, make_dataset):
    module = tiny_saved_model(tmp_path)
    plan = Plan(**PLAN, train_groups=module.last_groups(2))
    train(module, plan)
    appended = []
    append = boundary_activations.RowStore.append
    monkeypatch.setattr(
        boundary_activations.RowStore,
        "append",
        lambda store, keys, rows: appended.append(len(keys)) or append(store, keys, rows),
    )
    train(module, plan)
    assert not appended


def test_feature_vectors_come_with_the_activations_where_they_are_wanted(train, tmp_path):
    module = tiny_saved_model(tmp_path)
    backbone = build_backbone(module)
    backbone.set_trained_groups(module.last_groups(2))
    cut = backbone.cut((SIZE, SIZE, 3))
    kept = boundary_activations.Activations(train.dataset, module, cut, "float32", Plan(), tmp_path / "activations")
    assert kept_features(train.dataset, module) is None
    kept.compute(boundary_activations.Progress())
    assert kept.are_kept()
    pictures = load_inputs(train.dataset, SPEC)[:].astype(np.float32) / 255
    np.testing.assert_allclose(kept_features(train.dataset, module), backbone(pictures), rtol=1e-4, atol=1e-5)


def test_vectors_of_the_trained_module_come_from_kept_activations(train, tmp_path):
    module = tiny_saved_model(tmp_path)
    plan = Plan(**PLAN, train_groups=module.last_groups(2))
    _, _, backbone = train(module, plan)
    features = boundary_activations.trained_features(
        train.dataset, backbone, plan, tmp_path / "activations", boundary_activations.Progress()
    )
    pictures = load_inputs(train.dataset, SPEC)[:].astype(np.float32) / 255
    rows = np.array([5, 0, 40])
    np.testing.assert_allclose(np.concatenate(list(features(rows))), backbone(pictures[rows]), rtol=1e-3, atol=1e-4)
    assert not backbone.trainable_variables
    everything = plan.replace(train_groups=module.group_names)
    folder = tmp_path / "activations"
    assert (
        boundary_activations.trained_features(
            train.dataset, backbone, everything, folder, boundary_activations.Progress()
        )
        is None
    )


def test_float16_is_kept_where_the_loss_stays_and_float32_where_it_can_not_hold_the_numbers(train, tmp_path):
    module = tiny_saved_model(tmp_path)
    _, heard, _ = train(module, Plan(**PLAN, train_groups=module.last_groups(2)))
    assert "float16" in heard.of("cut")[0]["note"]
    module = scaling_saved_model(tmp_path, 1e6)
    _, heard, _ = train(module, Plan(**PLAN, train_groups=module.last_groups(1)))
    assert "float32" in heard.of("cut")[0]["note"]


@pytest.mark.parametrize("settings", [{}, {"augment_brightness": 0.5, "augment_copies": 1}])
def test_a_number_that_float16_can_not_hold_is_noticed_wherever_it_comes(train, tmp_path, monkeypatch, settings):
    monkeypatch.setattr(boundary_activations, "_choose_dtype", lambda *_: ("float16", 0.0))
    brightest = max(
        float(load_inputs(train.dataset, SPEC)[row].mean((0, 1)).max()) for row in range(len(train.dataset.examples))
    )
    too_much = 65504 * 255 / brightest  # for the brightest example alone; with copies for one of those alone
    module = scaling_saved_model(tmp_path, too_much * (0.99 if settings else 1.01))
    plan = Plan(**{**PLAN, **settings}, train_groups=module.last_groups(1))
    _, plain, _ = train(module, plan, whole=True)
    _, fast, _ = train(module, plan)
    assert fast.of("cut")[0]["is_cut"] and "float32" in fast.of("cut")[0]["note"]
    np.testing.assert_allclose(_numbers(fast), _numbers(plain), rtol=2e-5, atol=1e-5)


def test_activations_that_are_thrown_out_meanwhile_can_still_be_read(train, tmp_path):
    module = tiny_saved_model(tmp_path)
    backbone = build_backbone(module)
    backbone.set_trained_groups(module.last_groups(2))
    cut = backbone.cut((SIZE, SIZE, 3))
    kept = boundary_activations.Activations(train.dataset, module, cut, "float32", Plan(), tmp_path / "activations")
    kept.compute(boundary_activations.Progress())
    rows = np.arange(len(train.dataset.examples))
    (before,) = kept.rows(rows)([rows], 0)
    for folder in workspace.place("features").glob("activations-*"):
        shutil.rmtree(folder)
    (after,) = kept.rows(rows)([rows], 0)
    np.testing.assert_array_equal(after, before)


def test_without_room_for_the_activations_the_module_runs_whole_and_says_so(train, tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "1000")
    module = tiny_saved_model(tmp_path)
    _, heard, _ = train(module, Plan(**PLAN, train_groups=module.last_groups(2)))
    assert not heard.of("cut")[0]["is_cut"] and "TLCORE_FEATURES_BYTES" in heard.of("cut")[0]["note"]
    assert len(heard.of("epoch")) == 3


def test_stop_while_activations_are_computed_leaves_fine_tuning_out(train, tmp_path):
    module = tiny_saved_model(tmp_path)
    run, heard, _ = train(
        module,
        Plan(**PLAN, train_groups=module.last_groups(2)),
        ask=lambda kind, fields: "stop" if kind == "step" and fields["name"] == "activations" else "",
    )
    assert not heard.of("epoch") and not heard.of("cut")
    assert "head/logits/kernel" in read_weights(run)


@pytest.mark.parametrize("ends", ["done", "cancelled"])
def test_activations_out_of_proportion_are_there_only_while_the_run_is(train, tmp_path, monkeypatch, ends):
    monkeypatch.setattr(boundary_activations, "_ALWAYS_KEPT", 0)
    module = tiny_saved_model(tmp_path)
    plan = Plan(**PLAN, train_groups=module.last_groups(2))
    run = create_run(train.dataset, module, plan, name="large")
    seen = []
    monkeypatch.setattr(
        run_pipeline,
        "evaluate_run",
        lambda run, *_, **__: seen.append(list(run.artifacts.activations.rglob("*.rows.npy"))),
    )
    monkeypatch.setattr(run_pipeline, "make_map", lambda *_: None)
    if ends == "cancelled":
        monkeypatch.setattr("tlcore.training.stages.fit", lambda *_: (_ for _ in ()).throw(Cancelled))
        with pytest.raises(Cancelled):
            run_pipeline.carry_out_run(run, train.dataset, module, boundary_activations.Progress())
    else:
        run_pipeline.carry_out_run(run, train.dataset, module, boundary_activations.Progress())
        assert seen[0]
    assert not run.artifacts.activations.exists()
    assert not list(workspace.place("features").glob("activations-*"))
