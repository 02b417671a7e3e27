"""Each kind of job does its work on real rooms: a tiny SavedModel, little pictures, no supervisor."""

import contextlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tlcore.base.workspace as workspace
from tests.command_line import write_pictures
from tests.modules.tiny import write_batch_norm_module
from tests.root import ROOT
from tlcore import jobs, pipeline
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog
from tlcore.datasets import import_dataset, open_dataset, open_version, resplit_dataset
from tlcore.datasets.editing import edits
from tlcore.evaluation import new_files, run_results
from tlcore.evaluation.data_issues.find import read_suspects
from tlcore.evaluation.maps.class_separability import read_separation
from tlcore.evaluation.maps.embedding_maps import read_map
from tlcore.modules import find_module
from tlcore.pipeline import tasks
from tlcore.plans import Plan
from tlcore.runs import Run

pytestmark = pytest.mark.usefixtures("helping")


@pytest.fixture
def dataset(tmp_path):
    return import_dataset(write_pictures(tmp_path / "pictures", {"red": (200, 40, 40), "blue": (40, 40, 200)}, 12))


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.setenv("TLCORE_ALLOW_MODULE_FILES", "1")
    job = jobs.submit("open_module", {"ref": str(write_batch_norm_module(tmp_path / "module")), "name": "tiny"})
    return find_module(do(job)["module"])


def do(job: jobs.Job) -> dict:
    tasks.carry_out(job.folder, job.kind, job.args, EventLog(job.folder))
    return job.result


def train(dataset, module, **settings) -> Run:
    run = pipeline.submit_run(dataset, module, Plan(**settings))
    tasks.carry_out(run.folder, "train", {}, EventLog(run.folder))
    return run


def test_a_module_is_not_opened_from_files_unless_the_owner_allows_it(tmp_path):
    job = jobs.submit("open_module", {"ref": str(write_batch_norm_module(tmp_path / "module"))})
    with pytest.raises(UserError, match="from files is not allowed"):
        do(job)


def test_a_module_is_opened_under_the_name_given(module):
    assert module.name == "tiny"
    assert module.groups


@pytest.mark.parametrize("fine_tuned", [False, True])
def test_a_run_has_numbers_and_its_cheap_maps(dataset, module, fine_tuned):
    run = train(dataset, module, train_groups=module.last_groups(1) if fine_tuned else (), epochs=1)
    assert run.has_result
    for which in ("module", "trained")[: 1 + fine_tuned]:
        assert set(read_map(run, which, "pca")["id"]) == set(dataset.examples["id"])


def test_a_second_run_gives_the_same_with_what_the_worker_kept(dataset, module):
    settings = {"train_groups": module.last_groups(1), "epochs": 1}
    first = train(dataset, module, **settings)
    train(dataset, module)
    assert train(dataset, module, **settings).metrics == first.metrics


def test_the_map_that_was_asked_for_lies_with_the_run(dataset, module):
    run = train(dataset, module)
    assert do(jobs.submit("map", {"run": run.id, "which": "module", "method": "t-sne", "dimensions": 2})) == {}
    assert len(read_map(run, "module", "t-sne")) == len(dataset.examples)


def test_a_map_may_have_three_dimensions(dataset, module):
    run = train(dataset, module)
    do(jobs.submit("map", {"run": run.id, "which": "module", "method": "pca", "dimensions": 3}))
    assert np.isfinite(read_map(run, "module", "pca", 3)[["x", "y", "z"]]).all(axis=None)


def test_how_far_classes_lie_apart_lies_with_the_run(dataset, module):
    run = train(dataset, module, train_groups=module.last_groups(1), epochs=1)
    assert do(jobs.submit("separation", {"run": run.id, "split": "val"})) == {}
    assert read_separation(run, "val").of == run.metrics["val"]["n"]


def test_the_suspects_that_were_asked_for_lie_with_the_run(dataset, module):
    run = train(dataset, module)
    assert do(jobs.submit("suspects", {"run": run.id})) == {}
    assert set(read_suspects(run)["id"]) <= set(dataset.examples["id"])


def test_predictions_are_a_table_that_answers_for_every_file(dataset, module):
    run = train(dataset, module)
    upload = workspace.new_upload()
    shutil.copy(dataset.file(dataset.examples["id"][0]), upload / "good.png")
    (upload / "wrong.png").write_text("text")
    (upload / "photo.cr2").write_text("raw")
    job = jobs.submit("predict", {"run": run.id, "source": str(upload)})
    assert do(job) == {"dataset": ""}
    table = pd.read_parquet(job.folder / "predictions.parquet")
    assert table.index.tolist() == ["good.png", "photo.cr2", "wrong.png"] and not upload.exists()
    good, raw, wrong = (table.loc[name] for name in table.index)
    assert Path(good["path"]).is_file() and good["label"] in ("red", "blue") and not good["problem"]
    assert good["red"] + good["blue"] == pytest.approx(1, abs=1e-5)
    assert set(good["neighbours"]) <= set(dataset.examples["id"]) and len(good["neighbours"])
    assert (
        "raw format" in raw["problem"] and "wrong.png" in wrong["problem"] and str(job.folder) not in wrong["problem"]
    )
    assert not raw["label"] and np.isnan(wrong["red"]) and not len(wrong["neighbours"])
    assert [path.name for path in (job.folder / "thumbnails").iterdir()] == ["0"]


def test_a_prediction_whose_worker_died_begins_anew_with_all_files(dataset, module, monkeypatch):
    run = train(dataset, module)
    upload = workspace.new_upload()
    pictures = [dataset.file(id) for id in dataset.examples["id"][:3]]
    with zipfile.ZipFile(upload / "all.zip", "w") as archive:
        for path in pictures:
            archive.write(path, path.name)
    job = jobs.submit("predict", {"run": run.id, "source": str(upload / "all.zip")})
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(new_files, "predict_new_files", lambda *_, **__: 1 / 0)
        do(job)
    do(job)
    do(job)
    assert len(pd.read_parquet(job.folder / "predictions.parquet")) == 3
    assert not list((job.folder / "given").iterdir())


def test_a_dataset_is_predicted_under_its_examples_ids(dataset, module):
    run = train(dataset, module)
    job = jobs.submit("predict", {"run": run.id, "dataset": dataset.id})
    assert do(job) == {"dataset": dataset.id}
    table = pd.read_parquet(job.folder / "predictions.parquet")
    assert table.index.tolist() == dataset.examples["id"].tolist()


@pytest.mark.parametrize("fine_tuned", [False, True])
def test_an_explanation_lies_beside_its_job_and_the_next_needs_no_loading(dataset, module, fine_tuned, monkeypatch):
    from tlcore.evaluation.explanations import explain

    run = train(dataset, module, train_groups=module.last_groups(1) if fine_tuned else (), epochs=1)
    id = dataset.examples["id"][0]
    job = jobs.submit("explain", {"run": run.id, "example": id, "label": 1})
    first = do(job)
    assert first["label"] == 1 and first["method"] == "Grad-CAM"
    assert {"picture.png", "heat.png"} <= {path.name for path in job.folder.iterdir()}
    monkeypatch.setattr(explain, "Explainer", None)  # it would be made again
    again = do(jobs.submit("explain", {"run": run.id, "file": str(dataset.file(id)), "label": None}))
    assert again["label"] == again["predicted"] and again["probabilities"] == first["probabilities"]


def test_an_export_lies_beside_its_job(dataset, module):
    run = train(dataset, module)
    job = jobs.submit("export", {"run": run.id, "format": "predictions"})
    result = do(job)
    assert Path(result["path"]) == job.folder / "out"
    assert all((job.folder / "out" / file).is_file() for file in result["files"])


def test_a_preview_has_each_picture_as_it_came_and_changed(dataset):
    job = jobs.submit("preview", {"dataset": dataset.id, "plan": {"augment_rotation": 40}, "count": 3, "copies": 2})
    images = np.load(job.folder / do(job)["images"])
    assert images.shape == (3, 3, 224, 224, 3)
    assert images.dtype == np.uint8
    assert (images[:, 0] != images[:, 1]).any()


@pytest.mark.parametrize("content", [None, b"this is no archive"])
def test_what_was_uploaded_is_deleted_once_it_is_read_or_refused(home, content):
    folder = workspace.new_upload()
    source = folder / "pets.zip"
    if content:
        source.write_bytes(content)
    else:
        pictures = write_pictures(folder / "pets", {"red": (200, 40, 40), "blue": (40, 40, 200)}, 3)
        shutil.make_archive(source.with_suffix(""), "zip", pictures)
    job = jobs.submit("import", {"source": str(source), "name": "", "seed": 3, "fractions": (0.5, 0.25, 0.25)})
    with pytest.raises(UserError, match="not an archive") if content else contextlib.nullcontext():
        dataset = open_dataset(do(job)["dataset"])
        assert (dataset.name, dataset.seed, len(dataset.examples)) == ("pets", 3, 6)
    assert list((home / "tmp").iterdir()) == []


def test_a_sample_is_imported_once():
    first, again = (do(jobs.submit("sample", {"name": "emoji-google"})) for _ in range(2))
    assert first["new"] and again == {"dataset": first["dataset"], "new": False}


def test_what_was_made_yesterday_is_not_found_once_it_was_deleted(module):
    args = {"ref": module.handle, "name": "tiny"}
    job = jobs.submit("open_module", args)
    workspace.write_json(job.folder / "result.json", {"module": module.id})
    EventLog(job.folder).event("done")
    assert pipeline.find_job("open_module", args) == job
    workspace.delete_folder("modules", module.id)
    assert pipeline.find_job("open_module", args) is None


def test_a_folder_that_an_import_was_given_stays(dataset, tmp_path):
    job = jobs.submit(
        "import", {"source": str(tmp_path / "pictures"), "name": "", "seed": 0, "fractions": (0.7, 0.15, 0.15)}
    )
    assert do(job) == {"dataset": dataset.id, "new": False}
    assert len(list((tmp_path / "pictures").rglob("*.png"))) == len(dataset.examples)


def test_a_run_has_the_version_of_its_dataset_that_it_was_asked_for_on(dataset, module):
    edited = edits.correct_label(dataset, dataset.examples["id"][:2], "green")
    edited = resplit_dataset(dataset.id, 7, (0.5, 0.25, 0.25))
    run = pipeline.submit_run(edited, module, Plan())
    edits.undo(dataset, 1)
    edits.leave_out(dataset, edited.examples["id"][:3])
    tasks.carry_out(run.folder, "train", {}, EventLog(run.folder))
    predictions, then = run_results.run_predictions(run), open_version(open_dataset(dataset.id), 2)
    assert run.dataset_version == 2 and run.class_names == ("blue", "green", "red")
    assert predictions.ids.tolist() == then.examples["id"].tolist() == dataset.examples["id"].tolist()
    assert predictions.labels.tolist() == then.examples["label"].tolist()
    assert predictions.splits.tolist() == then.examples["split"].tolist()
    ids, vectors = run_results.features_of(run, "module")
    assert ids.tolist() == predictions.ids.tolist() and len(vectors) == len(ids)


def test_a_run_whose_dataset_is_another_says_so(dataset, module):
    run = pipeline.submit_run(dataset, module, Plan())
    facts = workspace.read_json(dataset.folder / "dataset.json")
    workspace.write_json(dataset.folder / "dataset.json", facts | {"fingerprint": "another"})
    with pytest.raises(UserError, match="no longer available"):
        tasks.carry_out(run.folder, "train", {}, EventLog(run.folder))


def test_a_class_that_nothing_can_be_learnt_of_is_named_before_a_run_begins(dataset, module):
    test = dataset.examples["id"][dataset.examples["split"] == "test"]
    edited = edits.correct_label(dataset, test[:1], "green")
    with pytest.raises(UserError, match="None in train: “green”"):
        pipeline.submit_run(edited, module, Plan())


def test_one_command_line_does_one_job(tmp_path):
    job = jobs.submit("echo", {"text": "alone"})
    line = [sys.executable, "-m", "tlcore.pipeline.worker", str(job.folder)]
    assert subprocess.run(line, cwd=ROOT).returncode == 0
    assert job.result == {"text": "alone"}
    failing = jobs.submit("broken", {})
    assert subprocess.run([*line[:-1], str(failing.folder)], cwd=ROOT).returncode == 1
    assert failing.state == "failed"
