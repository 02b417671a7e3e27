import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

from tests.modules import tiny
from tlcore.modules import build_backbone, open_module
from tlcore.modules.savedmodel.write_hub_module import write_hub_module


def test_it_loads_back_callable_and_trainable(tmp_path):
    folder = tiny.write_batch_norm_module(tmp_path / "tiny")
    x = tf.random.stateless_uniform((4, 8, 8, 3), (1, 2))
    for loaded in (tf.saved_model.load(str(folder)), hub.load(str(folder))):
        assert len(loaded.variables) == 12
        assert len(loaded.trainable_variables) == 8
        kernel = next(v for v in loaded.variables if v.name == "tiny/top/kernel:0")
        np.testing.assert_allclose(loaded.regularization_losses[0](), 0.01 * np.square(tiny.TOP).sum() / 2, rtol=1e-6)
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(loaded(x))
        gradients = tape.gradient(total, list(loaded.trainable_variables))
        assert all(gradient is not None for gradient in gradients)
        kernel.assign(tf.zeros_like(kernel))
        assert not loaded(x, training=False).numpy().any()


def test_statistics_move_in_training_alone(tmp_path):
    loaded = tf.saved_model.load(str(tiny.write_batch_norm_module(tmp_path / "tiny")))
    x = tf.random.stateless_uniform((4, 8, 8, 3), (1, 2))
    state = [v for v in loaded.variables if "moving" in v.name]
    before = [v.numpy() for v in state]
    loaded(x)
    assert all((old == v.numpy()).all() for old, v in zip(before, state, strict=True))
    loaded(x, training=True)
    assert all((old != v.numpy()).any() for old, v in zip(before, state, strict=True))


def test_signatures_assets_and_tables_are_in_it(tmp_path):
    names = tmp_path / "class_names.txt"
    names.write_text("ant\nbee\n")
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["ant"], [1.0]), 0.0)
    weight = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "texts")])
    def serve(texts):
        return {"scores": weight * table.lookup(texts)}

    write_hub_module(
        tmp_path / "module",
        lambda texts, training: weight * table.lookup(texts)[:, None],
        tf.TensorSpec((None,), tf.string),
        variables=[weight],
        trainable_variables=[weight],
        signatures={"serving_default": serve},
        assets=[names],
        resources=[table],
    )
    loaded = tf.saved_model.load(str(tmp_path / "module"))
    texts = tf.constant(["ant", "bee"])
    assert loaded(texts).numpy().tolist() == [[2.0], [0.0]]
    assert loaded.signatures["serving_default"](texts=texts)["scores"].numpy().tolist() == [2.0, 0.0]
    assert (tmp_path / "module" / "assets" / "class_names.txt").read_text() == "ant\nbee\n"


def test_a_backbone_written_out_is_a_module_with_the_same_groups(tmp_path):
    """From a source task to a target task, twice."""
    path = tiny.write_batch_norm_module(tmp_path / "tiny")
    x = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)
    for step in range(2):
        module = open_module(str(path))
        backbone = build_backbone(module)
        backbone.groups["block 1"][0].assign_add(np.full((4, 4), 0.125))
        backbone.set_trained_groups(module.group_names)
        backbone.batch_norm = "update"
        path = tmp_path / f"again-{step}"
        variables = [variable for group in backbone.groups.values() for variable in group]
        write_hub_module(
            path,
            lambda images, training, backbone=backbone: backbone(images, training=training),
            tf.TensorSpec((None, 8, 8, 3), tf.float32, "images"),
            variables=variables,
            trainable_variables=[variable for variable in variables if variable.trainable],
        )
        again = open_module(str(path))
        assert [(g.name, g.variables) for g in again.groups] == [(g.name, g.variables) for g in module.groups]
        assert (again.trainable, again.batch_norm_update) == (True, "all")
        np.testing.assert_allclose(build_backbone(again)(x), backbone(x), rtol=1e-6)
