"""Tiny SavedModels with weights known by hand, in each of the forms that modules come in.

Each function writes into `folder` (made by it) and returns that path. Images are float32 [n, h, w, 3] of any size.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from tlcore.modules.savedmodel.write_hub_module import write_hub_module

IMAGES = tf.TensorSpec((None, None, None, 3), tf.float32, name="images")
MIX = [[1.0, 0.0, 0.5, -1.0], [0.0, 1.0, 0.5, 1.0], [0.5, -0.5, 0.0, 1.0]]  # (3, 4)
TURN = [[0.5, 0.0, 0.0, 1.0], [0.0, 0.5, 1.0, 0.0], [0.0, 1.0, 0.5, 0.0], [1.0, 0.0, 0.0, 0.5]]  # (4, 4)
TOP = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-1.0, 1.0]]  # (4, 2)


class _BatchNorm:
    """Batch norm over all but the last axis, momentum .9; starts at gamma 1, beta .25, mean .1, variance 1."""

    def __init__(self, name: str, size: int):
        self.gamma = tf.Variable(tf.ones(size), name=f"{name}/gamma")
        self.beta = tf.Variable(tf.fill([size], 0.25), name=f"{name}/beta")
        self.mean = tf.Variable(tf.fill([size], 0.1), trainable=False, name=f"{name}/moving_mean")
        self.variance = tf.Variable(tf.ones(size), trainable=False, name=f"{name}/moving_variance")
        self.variables = [self.mean, self.beta, self.variance, self.gamma]

    def __call__(self, x, training):
        mean, variance = self.mean, self.variance
        if training:
            mean, variance = tf.nn.moments(x, list(range(x.shape.rank - 1)))
            self.mean.assign(0.9 * self.mean + 0.1 * mean)
            self.variance.assign(0.9 * self.variance + 0.1 * variance)
        return (x - mean) * tf.math.rsqrt(variance + 1e-3) * self.gamma + self.beta


def write_batch_norm_module(folder: Path) -> Path:
    """Groups stem (mix), block 1 (turn, batch norm), block 2 (the same), top: → 2 features, pooled inside.

    Eleven variables besides the mix; they are made, and listed, out of the order in which data flows.
    """
    top = tf.Variable(TOP, name="tiny/top/kernel")
    second = tf.Variable(TURN, name="tiny/block_2/turn/kernel")
    second_norm = _BatchNorm("tiny/block_2/bn", 4)
    mix = tf.Variable(MIX, name="tiny/stem/kernel")
    first_norm = _BatchNorm("tiny/block_1/bn", 4)
    first = tf.Variable(TURN, name="tiny/block_1/turn/kernel")

    def call(images, training):
        x = tf.tensordot(images, mix, 1)
        x = tf.nn.relu(first_norm(tf.tensordot(x, first, 1), training))
        x = tf.nn.relu(second_norm(tf.tensordot(x, second, 1), training))
        return tf.tensordot(tf.reduce_mean(x, [1, 2]), top, 1)

    variables = [top, *second_norm.variables, second, *first_norm.variables, mix, first]
    write_hub_module(
        folder,
        call,
        IMAGES,
        variables=variables,
        trainable_variables=[variable for variable in variables if variable.trainable],
        regularization_losses=[lambda: 0.01 * tf.nn.l2_loss(top)],
    )
    return folder


def write_dict_module(folder: Path) -> Path:
    """Two outputs by name: `map` [n, h, w, 4] and `logits` [n, 2]."""
    mix = tf.Variable(MIX, name="stem/kernel")
    top = tf.Variable(TOP, name="logits/kernel")

    def call(images, training):
        x = tf.nn.relu(tf.tensordot(images, mix, 1))
        return {"map": x, "logits": tf.tensordot(tf.reduce_mean(x, [1, 2]), top, 1)}

    write_hub_module(folder, call, IMAGES, variables=[mix, top], trainable_variables=[mix, top])
    return folder


def write_signature_only_module(folder: Path) -> Path:
    """Not callable: one serving signature, images → `scores` [n, 2] and `pooled` [n, 4]."""
    root = tf.train.Checkpoint(mix=tf.Variable(MIX, name="mix"), top=tf.Variable(TOP, name="top"))

    @tf.function(input_signature=[IMAGES])
    def serve(images):
        pooled = tf.reduce_mean(tf.nn.relu(tf.tensordot(images, root.mix, 1)), [1, 2])
        return {"pooled": pooled, "scores": tf.nn.softmax(pooled @ root.top)}

    tf.saved_model.save(root, str(folder), signatures={"serving_default": serve})
    return folder


def write_tf1_module(folder: Path) -> Path:
    """TensorFlow 1's TF Hub form: graphs without and with the tag "train", signature `default` → [n, 4]."""
    builder = tf.compat.v1.saved_model.Builder(str(folder))
    for number, tags in enumerate(([], ["train"])):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            images = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 3))
            mix = tf.compat.v1.get_variable("module/mix", initializer=tf.constant(MIX), use_resource=True)
            features = tf.reduce_mean(tf.nn.relu(tf.tensordot(images, mix, 1)), [1, 2])
            session.run(tf.compat.v1.global_variables_initializer())
            info = tf.compat.v1.saved_model.build_tensor_info
            default = tf.compat.v1.saved_model.build_signature_def(
                {"images": info(images)}, {"default": info(features)}, "tensorflow/serving/predict"
            )
            if number == 0:
                builder.add_meta_graph_and_variables(session, tags, {"default": default})
            else:
                builder.add_meta_graph(tags, {"default": default})
    builder.save()
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")  # what tensorflow_hub knows the form by
    return folder


def write_text_module(folder: Path) -> Path:
    """Text in: string [n] → [n, 3] of a small table, by each text's length."""
    table = tf.Variable(tf.reshape(tf.range(24, dtype=tf.float32), (8, 3)), name="embeddings")

    def call(texts, training):
        return tf.gather(table, tf.strings.length(texts) % 8)

    spec = tf.TensorSpec((None,), tf.string, name="texts")
    write_hub_module(folder, call, spec, variables=[table], trainable_variables=[table])
    return folder


def without_variables(folder: Path) -> Path:
    """Takes a SavedModel's values away."""
    for file in (folder / "variables").iterdir():
        file.unlink()
    return folder


def as_lfs_pointer(folder: Path) -> Path:
    """Leaves of a SavedModel what `git clone` leaves without Git LFS."""
    for file in [folder / "saved_model.pb", *(folder / "variables").iterdir()]:
        size = file.stat().st_size
        file.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize {size}\n")
    return folder


# What goes into each of these; and what it makes of that, so that all give the mean of relu(image @ MIX), or of MIX's
# first row where the picture is grey: [n, 4].
TAKEN = {
    "0…255": (tf.TensorSpec((None, 8, 8, 3), tf.float32), lambda x: x / 255.0),
    "−1…1": (tf.TensorSpec((None, 8, 8, 3), tf.float32), lambda x: (x + 1.0) * 0.5),
    "mean and std": (tf.TensorSpec((None, 8, 8, 3), tf.float32), lambda x: (x - 127.0) / 128.0),
    "uint8": (tf.TensorSpec((None, 8, 8, 3), tf.uint8), lambda x: tf.cast(x, tf.float32) / 255.0),
    "float16": (tf.TensorSpec((None, 8, 8, 3), tf.float16), lambda x: tf.cast(x, tf.float32)),
    "channels first": (tf.TensorSpec((None, 3, 8, 8), tf.float32), lambda x: tf.transpose(x, (0, 2, 3, 1))),
    "grey": (tf.TensorSpec((None, 8, 8, 1), tf.float32), lambda x: x),
    "grey, channels first": (tf.TensorSpec((None, 1, 8, 8), tf.float32), lambda x: tf.transpose(x, (0, 2, 3, 1))),
    "grey, no channel axis": (tf.TensorSpec((None, 8, 8), tf.float32), lambda x: x[..., None]),
    "one at a time": (tf.TensorSpec((1, 8, 8, 3), tf.float32), lambda x: x),
    "four at a time": (tf.TensorSpec((4, 8, 8, 3), tf.float32), lambda x: x),
    "uint8, grey, one at a time": (tf.TensorSpec((1, 8, 8, 1), tf.uint8), lambda x: tf.cast(x, tf.float32) / 255.0),
}


def write_module_taking(folder: Path, kind: str) -> Path:
    """A module of the pictures that `TAKEN` names: groups stem (mix) and top (one more matrix, the identity)."""
    spec, prepare = TAKEN[kind]
    is_grey = "grey" in kind
    mix = tf.Variable(MIX[:1] if is_grey else MIX, name="stem/kernel")
    top = tf.Variable(tf.eye(4), name="top/kernel")

    def call(images, training):
        x = tf.nn.relu(tf.tensordot(prepare(images), mix, 1))
        return tf.reduce_mean(x, [1, 2]) @ top

    write_hub_module(folder, call, spec, variables=[mix, top], trainable_variables=[mix, top])
    return folder


def given_by_module_taking(images: np.ndarray, kind: str) -> np.ndarray:
    """What that gives of pictures [n, h, w, 3] in 0…1."""
    kernel = np.array(MIX, np.float32)
    if "grey" in kind:
        images, kernel = images @ np.array([[0.299], [0.587], [0.114]], np.float32), kernel[:1]
        if "uint8" in kind:
            images = np.round(images * 255) / 255
    if kind == "mean and std":
        images = (images * 255 - 127) / 128
    return np.maximum(images @ kernel, 0).mean((1, 2))


def write_module_dividing_by_spread(folder: Path) -> Path:
    """Stretches each channel of a picture to 0…1, so that one of one colour gives NaN: → [n, 4]."""
    mix, top = tf.Variable(MIX, name="stem/kernel"), tf.Variable(tf.eye(4), name="top/kernel")

    def call(images, training):
        lowest = tf.reduce_min(images, [1, 2], keepdims=True)
        spread = tf.reduce_max(images, [1, 2], keepdims=True) - lowest
        x = tf.nn.relu(tf.tensordot((images - lowest) / spread, mix, 1))
        return tf.reduce_mean(x, [1, 2]) @ top

    write_hub_module(folder, call, IMAGES, variables=[mix, top], trainable_variables=[mix, top])
    return folder
