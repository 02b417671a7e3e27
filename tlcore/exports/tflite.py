"""A run's model for TFLite's interpreter, in floats or in whole numbers. Imports TensorFlow."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from tlcore.base.progress import Progress
from tlcore.exports.converting import convert, finish_model
from tlcore.exports.examples import examples_left
from tlcore.exports.network import as_inputs, build_network
from tlcore.exports.parity import EXACT, Limits
from tlcore.exports.readme import use_on_items
from tlcore.features import inputs
from tlcore.runs import Run
from tlcore.training.result_weights import module_of

_FILE = "model.tflite"
_CALIBRATED_ON = 128  # examples; TensorFlow's guide on post-training quantisation: "around 100-500"
# Labels that are nearly ties move first: by weights in 8 bits hardly one in a hundred, by activations in 8 bits some
# (of the samples' 53 val examples 3, at nearly the same accuracy). Beyond that the conversion itself went wrong.
_DYNAMIC = Limits(0.99)
_INT8 = Limits(0.9)


def write_float(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `model.tflite`, all of it in float32."""
    _write(run, folder, progress, "A TFLite model in float32", EXACT, lambda converter: None)


def write_dynamic(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `model.tflite` with weights in int8, floats in and out: dynamic-range quantisation."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    _write(run, folder, progress, "A TFLite model with weights in int8", _DYNAMIC, configure)


def write_int8(run: Run, folder: Path, progress: Progress) -> None:
    """Writes `model.tflite` that computes in int8 alone, uint8 in and out, calibrated on examples of train."""

    def configure(converter: tf.lite.TFLiteConverter) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = partial(_calibration_items, run, progress)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.uint8

    _write(run, folder, progress, "A TFLite model in int8", _INT8, configure)


def _write(run: Run, folder: Path, progress: Progress, what: str, limits: Limits, configure) -> None:
    progress.stage("convert")
    network = build_network(run)
    # one item at a time, as devices take them: of a size that is not known some operations have no whole numbers
    name = network.inputs[0].name
    spec = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32, name)
    function = tf.function(lambda items: network(items, training=False)).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    configure(converter)

    def make() -> tf.lite.Interpreter:
        (folder / _FILE).write_bytes(converter.convert())
        interpreter = tf.lite.Interpreter(str(folder / _FILE), num_threads=os.cpu_count())
        interpreter.allocate_tensors()
        return interpreter

    interpreter = convert("TFLite", make)
    whole = interpreter.get_input_details()[0]["dtype"] is np.uint8
    use = use_on_items(
        run,
        imports="import tensorflow as tf  # or, much smaller: from ai_edge_litert.interpreter import Interpreter",
        load='interpreter = tf.lite.Interpreter("PATH/OF/THIS/FOLDER/model.tflite")\n' + _LOAD,
        predict=(_PREDICT_WHOLE if whole else _PREDICT).format(name=name),
    )
    finish_model(run, folder, partial(_predict, run, interpreter), limits, progress, what=what, use=use)


_LOAD = """interpreter.allocate_tensors()
[given], [taken] = interpreter.get_input_details(), interpreter.get_output_details()"""
_PREDICT = """interpreter.set_tensor(given["index"], {name})
interpreter.invoke()
probabilities = interpreter.get_tensor(taken["index"])[0]"""
_PREDICT_WHOLE = """scale, zero = given["quantization"]  # value = (integer - zero) * scale
interpreter.set_tensor(given["index"], np.clip(np.round({name} / scale + zero), 0, 255).astype(np.uint8))
interpreter.invoke()
scale, zero = taken["quantization"]
probabilities = (interpreter.get_tensor(taken["index"])[0].astype(np.float32) - zero) * scale"""


def _calibration_items(run: Run, progress: Progress) -> Iterator[list[np.ndarray]]:
    """Examples of train, from which the converter learns the range of each tensor."""
    progress.stage("calibrate")
    dataset, predictions = examples_left(run)
    train = predictions.only("train").ids if "train" in predictions.splits else predictions.ids
    chosen = np.random.default_rng(run.plan.seed).permutation(len(train))[:_CALIBRATED_ON]
    ids = train[chosen].tolist()
    done = 0
    for batch in inputs.batches(dataset, module_of(run).input_spec(), ids):
        for item in as_inputs(run, batch):
            yield [item[None]]
            done += 1
            progress.step(done, len(ids), "examples")


def _predict(run: Run, interpreter: tf.lite.Interpreter, items: np.ndarray) -> np.ndarray:
    [given], [taken] = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for item in as_inputs(run, items):
        interpreter.set_tensor(given["index"], _whole(item[None], given))
        interpreter.invoke()
        rows.append(_real(interpreter.get_tensor(taken["index"])[0], taken))
    return np.stack(rows)


def _whole(values: np.ndarray, tensor: dict) -> np.ndarray:
    """Real numbers as those of a tensor that may be quantised."""
    scale, zero = tensor["quantization"]
    if not scale:
        return values
    limits = np.iinfo(tensor["dtype"])
    return np.clip(np.round(values / scale + zero), limits.min, limits.max).astype(tensor["dtype"])


def _real(values: np.ndarray, tensor: dict) -> np.ndarray:
    scale, zero = tensor["quantization"]
    return (values.astype(np.float32) - zero) * scale if scale else values
