"""What commit 863457d wrote (see README.md) still opens, predicts, exports and trains."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tlcore
from tests.pages.opened import open_app, open_page, texts
from tlcore.datasets import list_datasets, open_version
from tlcore.datasets.editing import edits
from tlcore.exports import export_run
from tlcore.modules import open_module
from tlcore.plans import read_plan
from tlcore.runs import list_runs

FINE_TUNED, PROBE = "insects-tiny-module-17cda3", "insects-tiny-module-591e2e"


@pytest.fixture
def old(tmp_path, monkeypatch) -> Path:
    with zipfile.ZipFile(Path(__file__).with_name("863457d.zip")) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setenv("TLCORE_HOME", str(tmp_path / "workspace"))
    return tmp_path


def test_datasets_and_their_edits_open(old):
    (dataset,) = list_datasets()
    assert (dataset.name, dataset.version) == ("insects", 2)
    assert dataset.class_names == ("ants", "bees", "hornets")
    assert (dataset.metadata, dataset.group_column, len(dataset.unlabelled)) == ((), "", 0)
    assert [edit.kind for edit in edits.history(dataset)] == ["label", "rename"]
    assert open_version(dataset, 0).class_names == ("ants", "bees", "wasps")
    assert edits.undo(dataset, 2).class_names == ("ants", "bees", "wasps")
    assert Image.open(dataset.file(dataset.examples["id"].iloc[0])).size == (16, 16)


def test_the_same_pictures_are_known_again(old, tmp_path):
    (dataset,) = list_datasets()
    for id, label, name in open_version(dataset, 0).examples[["id", "label", "source_name"]].itertuples(index=False):
        path = tmp_path / "again" / ("ants", "bees", "wasps")[label] / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dataset.file(id).read_bytes())
    again = tlcore.import_dataset(tmp_path / "again")
    assert again.fingerprint in (dataset.fingerprint, open_version(dataset, 0).fingerprint)


def test_runs_open_and_predict_as_they_did(old):
    assert {run.id: run.state for run in list_runs()} == {FINE_TUNED: "done", PROBE: "done"}
    for id in (FINE_TUNED, PROBE):
        run = tlcore.open_run(id)
        assert run.metrics["val"]["accuracy"] == 1.0
        kept = run.predictions
        answers = run.predict([list_datasets()[0].file(id) for id in kept.ids[:5]])
        np.testing.assert_allclose(answers[list(kept.class_names)], kept.probabilities[:5], atol=1e-3)


def test_a_run_is_exported_as_it_was(old, tmp_path):
    import tensorflow as tf

    export_run(tlcore.open_run(FINE_TUNED), "savedmodel", tmp_path / "new")
    content = tf.constant([(old / "ants-0.png").read_bytes()])
    before, now = (
        tf.saved_model.load(str(folder)).signatures["serving_default"](content)["probabilities"].numpy()
        for folder in (old / "export", tmp_path / "new")
    )
    np.testing.assert_allclose(before, now, atol=1e-5)


def test_an_old_export_is_a_module(old):
    module = open_module(str(old / "export"), input_shape=(16, 16, 3))
    assert module.trainable
    assert module.feature_dim == 2


def test_an_old_plan_trains(old):
    (dataset,) = list_datasets()
    plan = read_plan(old / "plan.json")
    run = tlcore.train(dataset, tlcore.open_run(FINE_TUNED).record["module"]["id"], plan)
    assert run.state == "done"
    assert run.plan.epochs == 2


@pytest.mark.parametrize(
    ("page", "tab"),
    [
        ("data", ""), ("data", "issues"), ("data", "history"), ("data", "settings"), ("results", ""),
        ("results", "slices"), ("results", "calibration"), ("results", "fine-tuning"), ("explore", ""), ("predict", ""),
        ("runs", ""), ("runs", "compare"), ("runs", "export"),
    ],
)  # fmt: skip
def test_pages_show_it(old, page, tab):
    query = {"dataset": list_datasets()[0].id, "run": FINE_TUNED, "tab": tab}
    shown = open_app(**query) if page == "data" else open_page(page, **query)
    assert not shown.error
    assert tab == "compare" or "insects" in texts(shown)  # which names it in a table
