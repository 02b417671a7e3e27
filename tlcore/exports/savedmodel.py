"""A run's model as a SavedModel in TF Hub's reusable form. Imports TensorFlow."""

from pathlib import Path

import tensorflow as tf

import tlcore.workspace as workspace
from tlcore.exports.decoding import decode
from tlcore.exports.readme import readme
from tlcore.features.pixels import image_size
from tlcore.modules.backbone import SavedModelBackbone
from tlcore.modules.saving import write_hub_module
from tlcore.runs import Run
from tlcore.training.restore import load_classifier

CLASS_NAMES = "class_names.txt"


def write_savedmodel(run: Run, folder: Path) -> None:
    """Writes the model of a finished run, and a README beside it.

    `__call__(images float32 [n, h, w, 3] in 0…1, training=False)` gives feature vectors, by variables that have the
    names that they had in the run's module, so that its layer groups are found again. The signature
    `serving_default` takes `encoded`, the bytes of JPEG or PNG files, string [n], and gives `probabilities`
    [n, classes] and `feature_vector` [n, d].

    Args:
        run: a finished one.
        folder: an empty one.

    Raises:
        UserError: the run's module is gone.
    """
    classifier = load_classifier(run)
    backbone, head = classifier.backbone, classifier.head
    module = backbone.module
    height, width = image_size(module)
    if module.trainable:
        # called with training=True the export does what a module does: all statistics follow the data
        backbone.set_trained_groups(module.group_names)
        backbone.batch_norm = "freeze" if module.batch_norm_update == "never" else "update"

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "encoded")], autograph=False)
    def serving_default(encoded):
        images = tf.cast(decode(encoded, height, width), tf.float32) / 255.0
        vectors = backbone(images, training=False)
        return {"probabilities": tf.nn.softmax(head(vectors, training=False)), "feature_vector": vectors}

    variables = [
        (variable, fact.trainable and bool(module.trainable))
        for group in module.groups
        for fact, variable in zip(group.variables, backbone.groups[group.name], strict=True)
    ]
    # a SavedModel brings its own tables and files
    brought = [backbone.loaded.loaded] if isinstance(backbone, SavedModelBackbone) else []
    with workspace.scratch() as scratch:
        names = scratch / CLASS_NAMES
        names.write_text("".join(f"{' '.join(name.split())}\n" for name in run.class_names), encoding="utf-8")
        write_hub_module(
            folder,
            lambda images, training: backbone(images, training=training),
            tf.TensorSpec((None, height, width, 3), tf.float32, "images"),
            variables=[variable for variable, _ in variables],
            trainable_variables=[variable for variable, trainable in variables if trainable],
            signatures={"serving_default": serving_default},
            assets=[names],
            resources=[backbone, head, *brought],
        )
    (folder / "README.md").write_text(readme(run, module), encoding="utf-8")
