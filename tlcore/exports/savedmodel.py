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
from tlcore.features.pixels import image_size
from tlcore.modalities.image.serving import decode
from tlcore.modules.backbones.backbone import SavedModelBackbone
from tlcore.modules.backbones.saving import write_hub_module
from tlcore.runs import Run
from tlcore.training.restore import load_classifier

_USE = """
With TensorFlow alone, from the bytes of JPEG or PNG files to probabilities and feature vectors:

```python
import tensorflow as tf

model = tf.saved_model.load("PATH/OF/THIS/FOLDER")
names = open("PATH/OF/THIS/FOLDER/assets/class_names.txt", encoding="utf-8").read().split("\\n")
encoded = [open("picture.jpg", "rb").read()]
result = model.signatures["serving_default"](encoded=tf.constant(encoded))
print(names[int(tf.argmax(result["probabilities"][0]))], result["feature_vector"].shape)
```

`assets/class_names.txt` has the class names, a line each, in the order of `probabilities`.

As a module for a next task, with TF Hub; pictures are float32 [n, {height}, {width}, 3] in 0…1, feature vectors
float32 [n, {feature_dim}]:

```python
import tensorflow_hub as hub

module = hub.load("PATH/OF/THIS/FOLDER")
feature_vectors = module(images, training=False)   # module.trainable_variables can be trained further
```

With tlcore, for a next dataset; its layer groups are found again under their names:

```
python -m tlcore train OTHER_DATASET --module PATH/OF/THIS/FOLDER --unfreeze last:2
```

The signature decodes and resizes as tlcore does (turned as EXIF says, squashed to {height} × {width}, bilinear, alpha
on white{values}), so that probabilities are those of the run. It reads JPEG and PNG only, and may differ for JPEGs in
CMYK: convert other pictures first.
"""


def write_savedmodel(run: Run, folder: Path, progress: Progress) -> None:
    """Writes the model of a finished run, and a README beside it.

    `__call__(images float32 [n, h, w, 3] in 0…1, training=False)` gives feature vectors, by variables that have the
    names that they had in the run's module, so that its layer groups are found again. The signature
    `serving_default` takes `encoded`, the bytes of JPEG or PNG files, string [n], and gives `probabilities`
    [n, classes] and `feature_vector` [n, d].

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
    height, width = image_size(module)
    if module.trainable:
        # called with training=True the export does what a module does: all statistics follow the data
        backbone.set_trained_groups(module.group_names)
        backbone.batch_norm = "freeze" if module.batch_norm_update == "never" else "update"

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "encoded")], autograph=False)
    def serving_default(encoded):
        images = tf.cast(decode(encoded, height, width, run.values), tf.float32) / 255.0
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
        write_class_names(run, names)
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
    try:
        examples_left(run)
    except UserError:  # nothing was converted: the model is the run's own with or without its pictures
        agreement = None
    else:
        agreement = check_agreement(run, folder, _predictor(folder), EXACT, progress)
    values = run.values and f"; grey PNGs of 16 bits scaled from {run.values[0]:g}…{run.values[1]:g}"
    use = _USE.format(height=height, width=width, feature_dim=module.feature_dim, values=values or "")
    what = "A TensorFlow SavedModel in TF Hub's reusable form"
    write_readme(run, folder, what=what, use=use, agreement=agreement)


def _predictor(folder: Path):
    """What the written model's signature says of pictures, uint8 (n, h, w, 3); as PNGs they keep their pixels."""
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]

    def predict(pictures: np.ndarray) -> np.ndarray:
        encoded = tf.stack([tf.io.encode_png(picture, compression=1) for picture in pictures])
        return serve(encoded=encoded)["probabilities"].numpy()

    return predict
