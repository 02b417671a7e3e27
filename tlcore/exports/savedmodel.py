"""A run's model as a SavedModel in TF Hub's reusable form. Imports TensorFlow."""

from pathlib import Path

import numpy as np
import tensorflow as tf

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.exports.examples import examples_left
from tlcore.exports.parity import EXACT, check_agreement
from tlcore.exports.readme import CLASS_NAMES, write_class_names, write_readme
from tlcore.modalities import Modality, modality_of
from tlcore.modules.backbones.savedmodel_backbone import SavedModelBackbone
from tlcore.modules.savedmodel.write_hub_module import write_hub_module
from tlcore.runs import Run
from tlcore.training.restore import load_classifier


def write_savedmodel(run: Run, folder: Path, progress: Progress) -> None:
    """Writes the model of a finished run, and a README beside it.

    `__call__(x, training=False)` gives feature vectors of x, float32 [n, …] (pictures [n, h, w, 3] in 0…1), by
    variables that have the names that they had in the run's module, so that its layer groups are found again. The
    signature `serving_default` takes `encoded`, the bytes of files, string [n], and gives `probabilities` [n, classes]
    and `feature_vector` [n, d].

    Args:
        run: a finished one.
        folder: an empty one.
        progress: hears it.

    Raises:
        UserError: the run's module is gone, or what was written does not agree with the run.
    """
    progress.stage("convert")
    classifier = load_classifier(run)
    backbone, head = classifier.backbone, classifier.head
    module = backbone.module
    modality, spec = modality_of(module.modality), module.input_spec()
    ((name, tensor),) = spec.items()
    if module.trainable:
        # called with training=True the export does what a module does: all statistics follow the data
        backbone.set_trained_groups(module.group_names)
        backbone.batch_norm = "freeze" if module.batch_norm_update == "never" else "update"

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "encoded")], autograph=False)
    def serving_default(encoded):
        items = tf.cast(modality.serving_decode(encoded, spec, run.values), tf.float32) / tensor.divisor
        vectors = backbone(items, training=False)
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
        write_class_names(run, names)
        write_hub_module(
            folder,
            lambda items, training: backbone(items, training=training),
            tf.TensorSpec((None, *tensor.shape), tf.float32, name),
            variables=[variable for variable, _ in variables],
            trainable_variables=[variable for variable, trainable in variables if trainable],
            signatures={"serving_default": serving_default},
            assets=[names],
            resources=[backbone, head, *brought],
        )
    try:
        examples_left(run)
    except UserError:  # nothing was converted: the model is the run's own with or without its pictures
        agreement = None
    else:
        agreement = check_agreement(run, folder, _predictor(folder, modality), EXACT, progress)
    use = modality.use_savedmodel(spec, run.values, module.feature_dim)
    what = "A TensorFlow SavedModel in TF Hub's reusable form"
    write_readme(run, folder, what=what, use=use, agreement=agreement)


def _predictor(folder: Path, modality: Modality):
    """What the written model's signature says of decoded items, given as files that keep their numbers."""
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]

    def predict(items: np.ndarray) -> np.ndarray:
        return serve(encoded=modality.serving_encode(items))["probabilities"].numpy()

    return predict
