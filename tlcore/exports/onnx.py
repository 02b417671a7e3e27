"""A run's model as ONNX, converted by tf2onnx and tried with ONNX Runtime. Imports TensorFlow."""

from pathlib import Path

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

from tlcore.base.progress import Progress
from tlcore.exports.converting import convert, finish_model
from tlcore.exports.network import as_inputs, build_network
from tlcore.exports.parity import EXACT
from tlcore.exports.readme import use_on_items
from tlcore.runs import Run

_FILE = "model.onnx"
_OPSET = 17  # of 2022: ONNX Runtime 1.12 and all later ones read it


def write_onnx(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `model.onnx`, for any number of items at once.

    Raises:
        UserError: it can't be converted, or does not agree.
    """
    progress.stage("convert")
    network = build_network(run)
    name = network.inputs[0].name
    spec = tf.TensorSpec(network.input_shape, tf.float32, name)
    function = tf.function(lambda items: network(items, training=False), input_signature=[spec])

    def make() -> onnxruntime.InferenceSession:
        path = str(folder / _FILE)
        tf2onnx.convert.from_function(function, input_signature=[spec], opset=_OPSET, output_path=path)
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    session = convert("ONNX", make)
    use = use_on_items(
        run,
        imports="import onnxruntime",
        load='session = onnxruntime.InferenceSession("PATH/OF/THIS/FOLDER/model.onnx")',
        predict=f'probabilities = session.run(None, {{"{name}": {name}}})[0][0]',
    )

    def predict(items: np.ndarray) -> np.ndarray:
        return session.run(None, {name: as_inputs(run, items)})[0]

    finish_model(run, folder, predict, EXACT, progress, what="An ONNX model", use=use)
