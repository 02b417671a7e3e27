import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_hub as hub

from tests.modules import tiny
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.modules import open_module
from tlcore.modules.build import build_backbone
from tlcore.modules.savedmodel.write_hub_module import write_hub_module

EVERY = "every"  # all layer groups


def images(count=10, size=16):
    return np.random.default_rng(0).random((count, size, size, 3), np.float32)


def train(backbone, x):
    """A few steps of `fit` with a head; gives the values of each group before and after."""
    model = keras.Sequential(
        [backbone, keras.layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(seed=1))]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    before = values(backbone)
    model.fit(x, np.arange(len(x)) % 2, batch_size=4, epochs=2, verbose=0)
    return before, values(backbone)


def values(backbone):
    return {group: [variable.numpy() for variable in variables] for group, variables in backbone.groups.items()}


def check_training(module, x, groups, policy):
    """Frozen groups stay bit for bit; of trained ones the weights change, the statistics by the policy."""
    backbone = build_backbone(module)
    backbone.batch_norm = policy
    backbone.set_trained_groups(groups)
    before, after = train(backbone, x)
    for group in module.groups:
        changed = [(old != new).any() for old, new in zip(before[group.name], after[group.name], strict=True)]
        if group.name not in groups:
            assert not any(changed), group.name
            continue
        facts = [(fact, change) for fact, change in zip(group.variables, changed, strict=True)]
        assert any(change for fact, change in facts if fact.trainable), group.name
        statistics = [change for fact, change in facts if "/moving_" in fact.name]
        assert all(statistics) if policy == "update" else not any(statistics), group.name


@pytest.mark.parametrize(
    ("groups", "policy"), [(("block 16", "top"), "freeze"), (("stem", "block 9"), "freeze"), (("block 16",), "update")]
)
def test_frozen_groups_of_the_built_in_module_stay_bit_identical(groups, policy):
    check_training(open_module("efficientnet-lite0"), images(8, 32), groups, policy)


@pytest.mark.parametrize(
    ("groups", "policy"),
    [
        (("top",), "freeze"),
        (("block 1", "top"), "freeze"),
        (("block 2",), "freeze"),
        (EVERY, "freeze"),
        (EVERY, "update"),
    ],
)
def test_frozen_groups_of_a_saved_model_stay_bit_identical(tmp_path, groups, policy):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    check_training(module, images(), module.group_names if groups == EVERY else groups, policy)


def test_statistics_of_a_saved_model_stay_when_not_every_group_trains(tmp_path):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    backbone = build_backbone(module)
    backbone.batch_norm = "update"
    backbone.set_trained_groups(module.group_names[1:])
    before, after = train(backbone, images())
    for group in module.groups:
        for fact, old, new in zip(group.variables, before[group.name], after[group.name], strict=True):
            assert (old == new).all() == ("/moving_" in fact.name or group.name == "stem"), fact.name


@pytest.mark.real_data
@pytest.mark.parametrize("policy", ["freeze", "update"])
def test_frozen_groups_of_a_module_for_sound_stay_bit_identical(real_data, policy):
    module = open_module(str(real_data / "modules" / "basic-pitch"), output=["note", "contour"])
    x = np.random.default_rng(0).standard_normal((4, 43844, 1)).astype(np.float32)
    groups = module.last_groups(2) if policy == "freeze" else module.group_names
    backbone = build_backbone(module)
    backbone.batch_norm = policy
    backbone.set_trained_groups(groups)
    before, after = train(backbone, x)
    for group in module.groups:
        changed = [(old != new).any() for old, new in zip(before[group.name], after[group.name], strict=True)]
        trained = [fact.trainable and group.name in groups for fact in group.variables]
        moved = [policy == "update" and "/moving_" in fact.name for fact in group.variables]
        # a gradient may be exactly zero; what is frozen may not change at all
        assert any(changed) == (group.name in groups)
        assert all(t or m for c, t, m in zip(changed, trained, moved, strict=True) if c)


@pytest.mark.real_data
def test_outputs_by_name_are_averaged_and_joined(real_data):
    folder = real_data / "modules" / "basic-pitch"
    module = open_module(str(folder), output=["note", "contour"])
    x = tf.random.stateless_normal((2, 43844, 1), seed=(1, 2))
    outputs = hub.load(str(folder))(x)
    expected = np.concatenate([outputs[name].numpy().mean(1) for name in ("note", "contour")], -1)
    assert module.feature_dim == expected.shape[1] == 352
    np.testing.assert_allclose(build_backbone(module)(x), expected, rtol=1e-5, atol=1e-6)


def test_its_output_is_that_of_tensorflow_hub(tmp_path):
    folder = tiny.write_batch_norm_module(tmp_path / "tiny")
    module = open_module(str(folder))
    np.testing.assert_allclose(build_backbone(module)(images()), hub.load(str(folder))(images()), rtol=1e-6)


def test_pixels_are_rescaled_to_what_the_module_wants(tmp_path):
    folder = tiny.write_dict_module(tmp_path / "tiny")
    module = open_module(str(folder), value_range=(-1, 3), output="map")
    expected = hub.load(str(folder))(images() * 4 - 1)["map"].numpy().mean((1, 2))
    np.testing.assert_allclose(build_backbone(module)(images()), expected, rtol=1e-5)


def test_an_output_whose_shape_the_graph_does_not_know_is_pooled(tmp_path):
    weight = tf.Variable(tiny.MIX, name="kernel")

    def call(images, training):
        x = tf.tensordot(images, weight, 1)
        unknown = tf.compat.v1.placeholder_with_default
        return {"map": unknown(x, None), "number": unknown(tf.reduce_sum(x, [1, 2, 3]), None)}

    write_hub_module(tmp_path / "tiny", call, tiny.IMAGES, variables=[weight], trainable_variables=[weight])
    module = open_module(str(tmp_path / "tiny"), output=["map", "number"])
    backbone = build_backbone(module)
    backbone.set_trained_groups(module.group_names)
    x = images()
    mapped = x @ np.array(tiny.MIX, np.float32)
    expected = np.concatenate([mapped.mean((1, 2)), mapped.sum((1, 2, 3))[:, None]], -1)
    np.testing.assert_allclose(backbone(x), expected, rtol=1e-3)
    before, after = train(backbone, x)
    assert (before["top"][0] != after["top"][0]).any()


@pytest.mark.parametrize("write", [tiny.write_signature_only_module, tiny.write_tf1_module])
def test_a_module_that_can_not_be_trained_gives_features(tmp_path, write):
    module = open_module(str(write(tmp_path / "tiny")))
    x = images(5, 8)
    expected = np.maximum(x @ np.array(tiny.MIX, np.float32), 0).mean((1, 2))
    np.testing.assert_allclose(build_backbone(module)(x), expected, rtol=1e-5)
    before, after = train(build_backbone(module), x)
    assert all((old == new).all() for group in before for old, new in zip(before[group], after[group], strict=True))


def test_adopted_variables_are_the_saved_models_own(tmp_path):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    backbone = build_backbone(module)
    own = backbone.loaded.variables
    for group in module.groups:
        for fact, variable in zip(group.variables, backbone.groups[group.name], strict=True):
            assert variable.value is own[fact.name]
    assert len(backbone.variables) == len(own) == 12
    backbone.groups["top"][0].assign(np.zeros((4, 2)))
    assert not backbone(images()).numpy().any()


@pytest.mark.parametrize("ref", ["efficientnet-lite0", "tiny"])
def test_groups_are_those_of_the_facts(tmp_path, ref):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / ref)) if ref == "tiny" else ref)
    backbone = build_backbone(module)
    assert tuple(backbone.groups) == module.group_names
    for group in module.groups:
        assert [tuple(v.shape) for v in backbone.groups[group.name]] == [fact.shape for fact in group.variables]
    assert not backbone.trainable_variables
    backbone.set_trained_groups(module.group_names)
    counted = sum(int(np.prod(variable.shape)) for variable in backbone.trainable_variables)
    assert counted == module.trainable_parameters(module.group_names)
    backbone.set_trained_groups(["top"])
    assert {id(v) for v in backbone.trainable_variables} <= {id(v) for v in backbone.groups["top"]}
    with pytest.raises(KeyError):
        backbone.set_trained_groups(["bottom"])


@pytest.mark.parametrize("ref", ["efficientnet-lite0", "tiny"])
def test_weights_are_saved_and_read_by_keras(tmp_path, ref):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / ref)) if ref == "tiny" else ref)
    x = images(2, 32)
    first, second = (keras.Sequential([build_backbone(module)]) for _ in range(2))
    for variable in first.layers[0].groups["top"]:
        variable.assign(variable.numpy() * 1.5 + 0.1)
    changed = first(x).numpy()
    assert not np.allclose(second(x), changed)
    first.save_weights(tmp_path / "w.weights.h5")
    second.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(second(x), changed)


def test_it_never_asks_for_xla(tmp_path):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    model = keras.Sequential([build_backbone(module)])
    model.compile("sgd", "mse")
    assert not model.jit_compile


def test_spoiled_files_are_a_user_error(tmp_path):
    module = open_module(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    tiny.without_variables(workspace.folder("modules", module.id))
    with pytest.raises(UserError, match="tiny"):
        build_backbone(module)
