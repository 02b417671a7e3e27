"""A .keras file is plain Keras's, and says what the run said."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.exports.readme_code import readme_program
from tlcore.base.errors import UserError
from tlcore.evaluation import run_results
from tlcore.exports import export_run
from tlcore.exports.parity import read_agreement

_AFTER_README = """
import json, sys
assert not any(name.split(".")[0] == "tlcore" for name in sys.modules)
layers = {layer.__class__.__module__.split(".")[0] for layer in model._flatten_layers()}
print(json.dumps([names, probabilities.tolist(), sorted(layers), model.input_shape]))
"""


def test_plain_keras_opens_a_built_in_modules_run(made, picture, tmp_path):
    """By the program that the README has, without tlcore; with a hidden layer."""
    export_run(made.built_in, "keras", tmp_path / "out")
    predictions = run_results.run_predictions(made.built_in)
    agreement = read_agreement(tmp_path / "out")
    assert agreement.examples == len(predictions.only("val")) and agreement.largest_difference < 1e-4
    command = [sys.executable, "-c", readme_program(tmp_path / "out") + _AFTER_README]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    names, probabilities, layers, shape = json.loads(done.stdout.splitlines()[-1])
    assert (names, layers, shape) == (["ants", "bees, & more"], ["keras"], [None, 224, 224, 3])
    assert (
        np.abs(np.array(probabilities) - predictions.probabilities[predictions.ids.tolist().index(picture)]).max()
        < 0.01
    )


def test_a_saved_model_is_no_keras_file(made, tmp_path):
    with pytest.raises(UserError, match="can't hold this run's module.*SavedModel"):
        export_run(made.run, "keras", tmp_path / "out")
    assert not (tmp_path / "out").exists()
