"""TFLite's interpreter says what the run said: to the digit in floats, nearly so in whole numbers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.little_run import SIZE
from tests.exports.readme_code import run_readme
from tlcore.base.errors import UserError
from tlcore.evaluation import run_results
from tlcore.exports import export_run
from tlcore.exports.parity import read_agreement

OFF = {"tflite": 1e-4, "tflite-dynamic": 0.05, "tflite-int8": 0.1}


@pytest.mark.parametrize("format", OFF)
def test_the_interpreter_says_what_the_run_said(made, picture, tmp_path, format):
    made_of = export_run(made.run, format, tmp_path / "out")
    assert set(made_of["files"]) == {"README.md", "agreement.json", "class_names.txt", "model.tflite"}
    agreement = read_agreement(tmp_path / "out")
    predictions = run_results.run_predictions(made.run, "val")
    assert (agreement.split, agreement.examples) == ("val", len(predictions))
    assert agreement.same_label == len(predictions) and agreement.largest_difference < OFF[format]
    label, probability = run_readme(tmp_path / "out")
    whole = run_results.run_predictions(made.run)
    row = whole.ids.tolist().index(picture)
    assert label == made.run.class_names[whole.predicted[row]]
    assert abs(probability - whole.confidence[row]) < OFF[format] + 0.01  # Pillow rounds a pixel here and there


def test_a_built_in_module_is_converted_with_its_weights(made, tmp_path):
    """The converter alone may leave them out without a word."""
    export_run(made.built_in, "tflite", tmp_path / "out")
    agreement = read_agreement(tmp_path / "out")
    assert agreement.largest_difference < 1e-4 and agreement.bytes > 3_300_000 * 4


def test_int8_computes_in_whole_numbers_alone(made, tmp_path):
    import tensorflow as tf

    export_run(made.run, "tflite-int8", tmp_path / "out")
    interpreter = tf.lite.Interpreter(str(tmp_path / "out" / "model.tflite"))
    interpreter.allocate_tensors()
    [given], [taken] = interpreter.get_input_details(), interpreter.get_output_details()
    assert (given["dtype"], taken["dtype"]) == (np.uint8, np.uint8)
    assert given["shape"].tolist() == [1, SIZE, SIZE, 3]
    assert not [tensor["name"] for tensor in interpreter.get_tensor_details() if tensor["dtype"] == np.float32]


def test_what_does_not_agree_is_not_offered(made, tmp_path, monkeypatch):
    predictions = run_results.run_predictions(made.run)
    other_way_round = replace(predictions, probabilities=predictions.probabilities[:, ::-1])
    monkeypatch.setattr("tlcore.exports.examples.run_predictions", lambda run: other_way_round)
    with pytest.raises(UserError, match="does not agree with the run, so it was discarded"):
        export_run(made.run, "tflite", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_converted_is_not_offered(made, tmp_path, monkeypatch):
    import tensorflow as tf

    def fails(converter):
        raise ValueError("\nop SomeOp is no builtin\nand more")

    monkeypatch.setattr(tf.lite.TFLiteConverter, "convert", fails)
    with pytest.raises(UserError, match="can't be converted to TFLite.*op SomeOp is no builtin"):
        export_run(made.run, "tflite", tmp_path / "out")
    assert not (tmp_path / "out").exists()
