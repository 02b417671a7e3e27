"""An export is offered only where it says what its run said, and what was measured is told."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.pages.finished_run import finished_run
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets import delete_dataset
from tlcore.evaluation import run_results
from tlcore.exports.parity import EXACT, Limits, check_agreement, read_agreement


@pytest.fixture
def run(make_images, tmp_path):
    run = finished_run(make_images, tmp_path / "pictures", maps=False)
    (run.folder / "result" / "weights.safetensors").touch()
    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "model").write_bytes(bytes(1234))
    return tmp_path / "export"


def export_that_says(probabilities):
    """A model that gives these rows, whatever it is shown."""
    rows = iter(probabilities)

    def predict(pictures):
        assert pictures.dtype == np.uint8 and pictures.ndim == 4
        return np.stack([next(rows) for _ in pictures])

    return predict


def test_what_is_measured_is_val_and_is_written_beside(run, folder):
    predictions = run_results.run_predictions(run, "val")
    moved = predictions.probabilities + 4e-4 * np.eye(3, dtype=np.float32)[np.arange(len(predictions)) % 3]
    agreement = check_agreement(run, folder, export_that_says(moved), EXACT, Progress())
    assert (agreement.split, agreement.examples, agreement.bytes) == ("val", len(predictions), 1234)
    assert agreement.same_label == len(predictions)
    assert agreement.largest_difference == pytest.approx(4e-4, rel=1e-2)
    assert agreement.run_accuracy == agreement.export_accuracy == run.metrics["val"]["accuracy"]
    assert read_agreement(folder) == agreement
    assert json.loads((folder / "agreement.json").read_text())["limits"] == {"same_label": 0.99, "difference": 1e-3}


def test_a_probability_that_is_off_is_refused_where_the_computation_is_the_same(run, folder):
    moved = run_results.run_predictions(run, "val").probabilities.copy()
    moved[0] += 2e-3
    with pytest.raises(
        UserError, match=r"discarded.*off by at most 0\.002.*no probability may be off by more than 0\.001"
    ):
        check_agreement(run, folder, export_that_says(moved), EXACT, Progress())
    assert read_agreement(folder) is None
    assert check_agreement(run, folder, export_that_says(moved), Limits(0.95), Progress()).examples


def test_other_labels_are_refused_but_for_one(run, folder):
    predictions = run_results.run_predictions(run, "val").probabilities
    for others, agrees in ((1, True), (2, False)):
        moved = predictions.copy()
        moved[:others] = np.roll(moved[:others], 1, axis=1)
        if agrees:
            agreement = check_agreement(run, folder, export_that_says(moved), Limits(0.95), Progress())
            assert agreement.same_label == len(predictions) - 1
        else:
            with pytest.raises(
                UserError, match=f"label for {len(predictions) - 2} of {len(predictions)} val.*at least 95%"
            ):
                check_agreement(run, folder, export_that_says(moved), Limits(0.95), Progress())


def test_of_probabilities_that_are_all_equal_any_label_is_the_same(run, folder):
    path = run_results.predictions_file(run, early=False)
    predictions = run_results.run_predictions(run)
    predictions = replace(predictions, probabilities=np.full_like(predictions.probabilities, 1 / 3))
    predictions.write(path)
    moved = predictions.only("val").probabilities + 1e-6 * np.eye(3, dtype=np.float32)[2]
    agreement = check_agreement(run, folder, export_that_says(moved), EXACT, Progress())
    assert agreement.same_label == agreement.examples


def test_without_its_dataset_a_run_has_nothing_to_be_compared_on(run, folder):
    delete_dataset(run.record["dataset"]["id"])
    with pytest.raises(UserError, match="dataset is gone.*was deleted.*export a SavedModel"):
        check_agreement(run, folder, export_that_says([]), EXACT, Progress())
