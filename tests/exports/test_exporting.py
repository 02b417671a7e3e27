"""An export is there whole or not at all, and overwrites nothing."""

import csv

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import tlcore.base.workspace as workspace
from tlcore import runs
from tlcore.base.errors import UserError
from tlcore.cli import cli
from tlcore.datasets import delete_dataset, import_dataset
from tlcore.evaluation import run_results
from tlcore.evaluation.predictions import Predictions
from tlcore.exports import FORMATS, export_run
from tlcore.exports.predictions import guarded
from tlcore.modules import find_module
from tlcore.plans import Plan


@pytest.fixture
def dataset(make_images, tmp_path):
    folder = make_images(tmp_path / "pictures", {"=1+1": 6, "bee": 6})
    (folder / "bee" / "bee-0.png").rename(folder / "bee" / '=HYPERLINK("http,").png')
    return import_dataset(folder, name="little")


@pytest.fixture
def run(dataset):
    """One with a result that no model made."""
    run = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    examples = dataset.examples
    result = run.folder / "result"
    result.mkdir()
    Predictions(
        examples["id"].to_numpy(str),
        examples["split"].to_numpy(str),
        examples["label"].to_numpy(int),
        np.random.default_rng(0).dirichlet(np.ones(2), len(examples)).astype(np.float32),
        run.class_names,
    ).write(result / "predictions.parquet")
    whole = {"seconds": {}, "trainable_parameters": 0, "metrics": {}, "baselines": {}}
    workspace.write_json(result / "metrics.json", whole)
    return run


def test_every_example_is_in_the_csv(run, dataset, tmp_path):
    made = export_run(run, "predictions", tmp_path / "deep" / "out")
    assert made == {"path": str(tmp_path / "deep" / "out"), "files": ["predictions.csv"]}
    table = pd.read_csv(tmp_path / "deep" / "out" / "predictions.csv")
    assert table["id"].tolist() == dataset.examples["id"].tolist()
    assert table["split"].tolist() == dataset.examples["split"].tolist()
    shares = table[["probability of =1+1", "probability of bee"]].to_numpy()
    np.testing.assert_allclose(table["confidence"], shares.max(axis=1), rtol=1e-6)
    assert table["predicted"].tolist() == [["'=1+1", "bee"][best] for best in shares.argmax(axis=1)]
    assert sum("HYPERLINK" in name for name in table["file"]) == 1


def test_no_cell_of_the_csv_is_a_formula(run, tmp_path):
    export_run(run, "predictions", tmp_path / "out")
    with open(tmp_path / "out" / "predictions.csv", encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert len(cells) > 12 * 8 and not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]


@given(st.lists(st.text(st.sampled_from("=+-@\t\r\n a1|'"), max_size=4), min_size=1), st.text(max_size=3))
def test_guarding_changes_only_what_begins_as_a_formula(texts, name):
    table = guarded(pd.DataFrame({name: texts, "number": [-1.5] * len(texts)}))
    for before, after in zip([name, *texts], [table.columns[0], *table.iloc[:, 0]], strict=True):
        assert after == (f"'{before}" if before[:1] in tuple("=+-@\t\r\n") else before)
    assert (table["number"] == -1.5).all()


def test_file_names_are_left_out_when_the_dataset_is_gone(run, dataset, tmp_path):
    delete_dataset(dataset.id)
    export_run(run, "predictions", tmp_path / "out")
    assert pd.read_csv(tmp_path / "out" / "predictions.csv")["file"].isna().all()


def test_a_folder_that_is_not_empty_is_refused_untouched(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        export_run(run, "predictions", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    with pytest.raises(UserError, match="is a file"):
        export_run(run, "predictions", tmp_path / "out" / "mine.txt")
    with pytest.raises(UserError, match="can't be written"):
        export_run(run, "predictions", tmp_path / "out" / "mine.txt" / "deeper")


def test_an_empty_folder_is_filled(run, tmp_path):
    (tmp_path / "out").mkdir()
    assert export_run(run, "predictions", tmp_path / "out")["files"] == ["predictions.csv"]


def test_an_export_that_fails_leaves_nothing(run, tmp_path, monkeypatch):
    from tlcore.exports import predictions

    def fails(run, folder, progress):
        (folder / "predictions.csv").write_text("half")
        raise MemoryError

    monkeypatch.setattr(predictions, "write_predictions", fails)
    before = set(tmp_path.iterdir())
    with pytest.raises(MemoryError):
        export_run(run, "predictions", tmp_path / "out")
    assert set(tmp_path.iterdir()) == before


def test_each_export_with_results_on_test_is_a_look_at_them(run, tmp_path):
    export_run(run, "predictions", tmp_path / "without")
    assert run_results.test_views(run) == 0, "this run has no test split"
    path = run.folder / "result" / "metrics.json"
    workspace.write_json(path, workspace.read_json(path) | {"metrics": {"test": {"accuracy": 0.5}}})
    again = runs.open_run(run.id)
    export_run(again, "predictions", tmp_path / "with")
    with pytest.raises(UserError):
        export_run(again, "predictions", tmp_path / "with")
    assert run_results.test_views(again) == 1


def test_unknown_formats_and_unfinished_runs_are_refused(run, dataset, tmp_path):
    with pytest.raises(UserError, match="savedmodel"):
        export_run(run, "docx", tmp_path / "out")
    waiting = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan(), name="waiting")
    with pytest.raises(UserError, match="waiting is queued"):
        export_run(waiting, "predictions", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_line_names_every_format():
    printed = CliRunner().invoke(cli, ["export", "--help"]).output
    assert not [name for name in FORMATS if name not in printed]
