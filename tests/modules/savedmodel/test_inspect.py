import numpy as np
import pytest
import tensorflow as tf

from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.modules.savedmodel.inspect import inspect_saved_model
from tlcore.modules.savedmodel.loading import load_module
from tlcore.modules.savedmodel.write_hub_module import write_hub_module


def groups_of(facts):
    return {group.name: [variable.name for variable in group.variables] for group in facts["groups"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("modules")


def test_layer_groups_are_in_the_order_of_the_data_with_their_statistics(folder):
    facts = inspect_saved_model(tiny.write_batch_norm_module(folder / "bn"), "bn")
    found = groups_of(facts)
    assert list(found) == ["stem", "block 1", "block 2", "top"]
    assert found["stem"] == ["tiny/stem/kernel"]
    assert found["block 1"][0] == "tiny/block_1/turn/kernel"
    assert set(found["block 1"][1:]) == {
        f"tiny/block_1/bn/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    assert found["top"] == ["tiny/top/kernel"]
    state = {v.name for group in facts["groups"] for v in group.variables if not v.trainable}
    assert state == {f"tiny/block_{i}/bn/moving_{name}" for i in (1, 2) for name in ("mean", "variance")}
    assert facts["trainable"] and facts["batch_norm_update"] == "all"
    assert facts["feature_dim"] == 2
    assert facts["parameters"] == 12 + 2 * (16 + 16) + 8
    assert facts["modality"] == "image"
    assert facts["input"].shape == (None, None, 3)


def test_outputs_are_listed_and_one_chosen_or_named(folder):
    path = tiny.write_dict_module(folder / "dict")
    facts = inspect_saved_model(path, "dict", input_shape=(8, 6, 3))
    assert {output.name: output.shape for output in facts["outputs"]} == {"logits": (2,), "map": (8, 6, 4)}
    assert facts["output"] == ("logits",)
    assert facts["batch_norm_update"] == "never"
    both = inspect_saved_model(path, "dict", output=["map", "logits"])
    assert (both["output"], both["feature_dim"]) == (("map", "logits"), 6)


def test_what_the_chosen_output_does_not_need_never_trains(folder):
    facts = inspect_saved_model(tiny.write_dict_module(folder / "unused"), "dict", output="map")
    (group,) = facts["groups"]
    assert [(v.name, v.trainable) for v in group.variables] == [("stem/kernel", True), ("logits/kernel", False)]


@pytest.mark.parametrize(
    ("write", "why", "parameters"),
    [(tiny.write_signature_only_module, "serving only", 20), (tiny.write_tf1_module, "TensorFlow 1", 12)],
)
def test_what_can_not_be_called_serves_features_and_says_why_it_does_not_train(folder, write, why, parameters):
    path = write(folder / write.__name__)
    facts = inspect_saved_model(path, "old")
    assert not facts["trainable"]
    assert why in facts["why_not_trainable"]
    assert facts["feature_dim"] == 4
    assert facts["parameters"] == parameters
    assert not any(variable.trainable for group in facts["groups"] for variable in group.variables)
    images = np.random.default_rng(0).random((3, 8, 8, 3), np.float32)
    expected = np.maximum(images @ np.array(tiny.MIX, np.float32), 0).mean((1, 2))
    np.testing.assert_allclose(load_module(path, "old")(tf.constant(images))[facts["output"][0]], expected, rtol=1e-5)


def test_text_is_known_as_text(folder):
    facts = inspect_saved_model(tiny.write_text_module(folder / "text"), "text")
    assert (facts["modality"], facts["feature_dim"], facts["input"].dtype) == ("text", 3, "string")


def test_variables_of_one_name_are_told_apart(folder):
    weights = [tf.Variable(tf.eye(3), name="kernel") for _ in range(3)]

    def call(images, training):
        x = tf.reduce_mean(images, [1, 2])
        for weight in weights:
            x = x @ weight
        return x

    write_hub_module(folder / "names", call, tiny.IMAGES, variables=weights, trainable_variables=weights)
    facts = inspect_saved_model(folder / "names", "names")
    assert groups_of(facts) == {"stem": ["kernel"], "block 1": ["kernel (2)"], "top": ["kernel (3)"]}


def test_a_module_without_gradients_says_so(folder):
    weight = tf.Variable(tf.eye(3), name="kernel")

    def call(images, training):
        return tf.round(tf.stop_gradient(tf.reduce_mean(images, [1, 2]) @ weight))

    write_hub_module(folder / "stop", call, tiny.IMAGES, variables=[weight], trainable_variables=[weight])
    facts = inspect_saved_model(folder / "stop", "stop")
    assert not facts["trainable"]
    assert "gradient" in facts["why_not_trainable"]


def test_a_module_that_offers_no_variables_says_so(folder):
    weight = tf.Variable(tf.eye(3), name="kernel")
    write_hub_module(
        folder / "frozen",
        lambda images, training: tf.reduce_mean(images, [1, 2]) @ weight,
        tiny.IMAGES,
        variables=[weight],
        trainable_variables=[],
    )
    facts = inspect_saved_model(folder / "frozen", "frozen")
    assert (facts["trainable"], facts["feature_dim"]) == (False, 3)
    assert "no variables" in facts["why_not_trainable"]


def test_what_does_not_fit_is_a_user_error(folder):
    path = tiny.write_dict_module(folder / "wrong")
    with pytest.raises(UserError, match="no such output.*features_x.*logits, map"):
        inspect_saved_model(path, "wrong", output=["features_x"])
    with pytest.raises(UserError, match="another input shape"):
        inspect_saved_model(path, "wrong", input_shape=(8, 8, 1))


@pytest.mark.parametrize("spoil", [tiny.without_variables, tiny.as_lfs_pointer])
def test_spoiled_files_are_a_user_error(folder, spoil):
    path = spoil(tiny.write_dict_module(folder / spoil.__name__))
    with pytest.raises(UserError, match="can't read this module"):
        load_module(path, "spoiled")


def test_a_module_of_several_inputs_is_a_user_error(folder):
    root = tf.train.Checkpoint(weight=tf.Variable(1.0))

    @tf.function(input_signature=[tf.TensorSpec((None, 2), name="ids"), tf.TensorSpec((None, 2), name="mask")])
    def serve(ids, mask):
        return {"features": ids * mask * root.weight}

    tf.saved_model.save(root, str(folder / "two"), signatures=serve)
    with pytest.raises(UserError, match="one input.*takes 2: ids .2, float32., mask"):
        load_module(folder / "two", "two")


@pytest.mark.parametrize(
    ("serve", "problem"),
    [
        (lambda images: {"mean": tf.reduce_mean(images)}, "no feature vectors"),
        (lambda images: {"flat": tf.reshape(images, (-1, 11))}, "can't be run"),
    ],
    ids=["rowless", "failing"],
)
def test_a_module_without_rows_or_that_fails_is_a_user_error(folder, serve, problem, request):
    path = folder / request.node.callspec.id
    serve = tf.function(serve, input_signature=[tiny.IMAGES])
    tf.saved_model.save(tf.train.Checkpoint(), str(path), signatures={"serving_default": serve})
    with pytest.raises(UserError, match=problem):
        inspect_saved_model(path, path.name)


@pytest.mark.real_data
def test_a_module_that_keras_2_wrote_has_its_layers_for_groups(real_data):
    facts = inspect_saved_model(real_data / "modules" / "basic-pitch", "basic-pitch", output=["contour"])
    found = groups_of(facts)
    assert found["stem"] == [f"batch_normalization/{n}" for n in ("gamma", "beta", "moving_mean", "moving_variance")]
    assert {name.split("/")[0] for name in found["block 1"]} == {"conv2d_1", "batch_normalization_2"}
    assert sum(len(members) for members in found.values()) == 24
    assert (facts["feature_dim"], facts["batch_norm_update"], facts["trainable"]) == (264, "all", True)
    assert {output.name for output in facts["outputs"]} == {"contour", "note", "onset"}
