"""Files of models that are no SavedModels, told by their bytes and names: what they are, and what to do with them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_HEAD = 4096  # bytes of a file that are looked at


class Format(NamedTuple):
    """What a file is, and what its owner can do."""

    what: str
    hint: str


_KERAS_HINT = "Open it in Keras and write a SavedModel: keras.models.load_model({file!r}).export('FOLDER')"
_PYTORCH_HINT = (
    "Choose a TensorFlow version of this model, or export it to ONNX and convert that with the package onnx2tf"
)
_LIKE_A_ZIP = b"PK\x03\x04"
_CHECKPOINT = re.compile(
    r"checkpoint|.*\.ckpt(-\d+)?(\.(index|meta|data-\d+-of-\d+))?|.*\.data-\d{5}-of-\d{5}|.*\.index"
)

# by name, by the file's first bytes, what it is, what to do
_FORMATS: tuple[tuple[re.Pattern, Callable[[bytes], bool] | None, str, str], ...] = (
    (re.compile(r".*\.(h5|hdf5)"), lambda head: head.startswith(b"\x89HDF\r\n"), "a Keras file (HDF5)", _KERAS_HINT),
    (
        re.compile(r".*\.keras"),
        lambda head: head.startswith(_LIKE_A_ZIP) and b"metadata.json" in head and b"config.json" in head,
        "a Keras file",
        _KERAS_HINT,
    ),
    (
        re.compile(r".*\.(tflite|lite)"),
        lambda head: head[4:8] == b"TFL3",
        "a TFLite model",
        "It can't be trained further; give the SavedModel that it was converted from. Teachable Machine exports it "
        "under Tensorflow, Savedmodel",
    ),
    (re.compile(r".*\.onnx"), None, "an ONNX model", "Convert it to a SavedModel with the package onnx2tf"),
    (
        re.compile(r".*\.(pt|pth|pt2|torchscript)"),
        lambda head: head.startswith(_LIKE_A_ZIP) and b"/data.pkl" in head,
        "a PyTorch file",
        _PYTORCH_HINT,
    ),
    (re.compile(r".*\.safetensors"), None, "a file of weights without their model (safetensors)", _PYTORCH_HINT),
    (
        _CHECKPOINT,
        None,
        "a TensorFlow checkpoint (weights without their model)",
        "Build the model in code, restore the checkpoint into it, and write it with tf.saved_model.save or "
        "model.export('FOLDER')",
    ),
    (re.compile(r".*\.pbtxt"), None, "a graph in text form", "Give the SavedModel with saved_model.pb"),
    (
        re.compile(r"(?!saved_model|keras_metadata|fingerprint|tfhub_module).*\.pb"),
        None,
        "a frozen graph of TensorFlow 1, which can't be trained",
        "Give the SavedModel that it was made from: a folder with saved_model.pb and variables/",
    ),
    (
        re.compile(r"model\.json"),
        None,
        "a TensorFlow.js model",
        "Give the SavedModel or Keras model that it was converted from",
    ),
    (
        re.compile(r".*\.(mlmodel|mlpackage)"),
        None,
        "a Core ML model",
        "Give the TensorFlow model that it was converted from",
    ),
)


def format_of(file: Path) -> Format | None:
    """What a file of a model is, by its name or else its first bytes; None for a SavedModel's own files and others."""
    name = file.name.lower()
    if file.parent.name == "variables":  # a SavedModel's
        return None
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        head = b""
    by_name = [each for each in _FORMATS if each[0].fullmatch(name)]
    by_bytes = [each for each in _FORMATS if each[1] is not None and each[1](head)]
    for _, _, what, hint in (*by_bytes, *by_name):
        return Format(what, hint.format(file=file.name))
    return None
