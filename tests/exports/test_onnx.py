"""ONNX Runtime says what the run said."""

import numpy as np

from tests.evaluation.little_run import SIZE
from tests.exports.readme_code import run_readme
from tlcore.evaluation import run_results
from tlcore.exports import export_run
from tlcore.exports.parity import read_agreement


def test_onnx_runtime_says_what_the_run_said(made, picture, tmp_path):
    import onnxruntime

    made_of = export_run(made.run, "onnx", tmp_path / "out")
    assert set(made_of["files"]) == {"README.md", "agreement.json", "class_names.txt", "model.onnx"}
    assert read_agreement(tmp_path / "out").largest_difference < 1e-4
    label, probability = run_readme(tmp_path / "out")
    predictions = run_results.run_predictions(made.run)
    row = predictions.ids.tolist().index(picture)
    assert label == made.run.class_names[predictions.predicted[row]]
    assert abs(probability - predictions.confidence[row]) < 0.01
    session = onnxruntime.InferenceSession(tmp_path / "out" / "model.onnx")
    several = np.random.default_rng(0).random((3, SIZE, SIZE, 3)).astype(np.float32)
    [together] = session.run(None, {"images": several})
    np.testing.assert_allclose(together[1:2], session.run(None, {"images": several[1:2]})[0], rtol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
