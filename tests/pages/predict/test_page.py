"""The Predict page without a browser; what a worker would say is written by hand."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import tlcore.base.workspace as workspace
from pages.predict import predicted
from pages.predict.predicted import table_of
from tests.pages.finished_run import finished_run, run_on
from tests.pages.opened import open_page, texts
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.base.progress import Progress
from tlcore.datasets import import_dataset, import_sample, open_dataset
from tlcore.datasets.sources import archives, source
from tlcore.evaluation.new_files import files_of, find_new_files
from tlcore.evaluation.run_results import run_predictions
from tlcore.jobs import Job
from tlcore.modalities.image import decoding
from tlcore.pipeline import tasks
from tlcore.runs import Run


@pytest.fixture
def run(make_images, tmp_path):
    return finished_run(make_images, tmp_path / "zoo", fine_tuned=False, maps=False)


@pytest.fixture
def picture(make_images, tmp_path) -> bytes:
    return (make_images(tmp_path / "new", {"a": 1}) / "a" / "a-0.png").read_bytes()


def archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


def carry_out(job: Job, run: Run, left_out: dict[str, str] | None = None) -> None:
    """What a worker does: every picture is of the first class, those named are left out."""
    names = run.class_names
    neighbours = run_predictions(run).only("train").ids[:3].tolist()
    if "source" in job.args:
        source = Path(job.args["source"])
        files = find_new_files([source], job.folder / "files", Progress())
        dataset = ""
    else:
        opened = import_sample(job.args["sample"]) if "sample" in job.args else open_dataset(job.args["dataset"])
        files, dataset = files_of(opened, unlabelled=job.args.get("unlabelled", False)), opened.id
    rows = []
    for file in files:
        problem = (left_out or {}).get(file.name, file.problem)
        shares = np.nan if problem else 0.2 / (len(names) - 1)
        row = {"path": str(file.path or ""), "problem": problem, "label": "" if problem else names[0]}
        row |= dict.fromkeys(names, shares) | {"neighbours": [] if problem else neighbours}
        rows.append(row | ({} if problem else {names[0]: 0.8}))
    table = pd.DataFrame(rows, index=[file.name for file in files])
    table.to_parquet(job.folder / "predictions.parquet")
    tasks.keep_thumbnails(job.folder, run, table["path"], range(min(len(table), 48)), Progress())
    workspace.write_json(job.folder / "result.json", {"dataset": dataset})
    EventLog(job.folder).event("done")


def test_files_dropped_in_are_predicted_once_and_listed_under_their_names(run, picture):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("my *cat*.png", picture, "image/png"), ("text.jpg", b"no picture", "image/jpeg")])
    page.run()
    page.run()
    (job,) = jobs.queue()
    assert page.query_params["job"] == job.id
    assert (Path(job.args["source"]) / "my *cat*.png").read_bytes() == picture
    carry_out(job, run, {"text.jpg": "This is not a picture that can be read. text.jpg: it is a text file."})
    page.run()
    assert not page.exception
    assert "my \\*cat\\*\\.png" in texts(page) and "**ants** 80.0%" in texts(page)
    left_out = page.dataframe[0].value
    assert left_out["File"].tolist() == ["text.jpg"]
    assert left_out["Why"].tolist() == ["This is not a picture that can be read. text.jpg: it is a text file."]


def test_a_prediction_is_found_again_by_its_address(run, picture):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("cat.png", picture, "image/png")]).run()
    (job,) = jobs.queue()
    carry_out(job, run)
    assert "cat\\.png" in texts(open_page("predict", run=run.id, job=job.id))


def test_an_archive_becomes_a_table(run, picture):
    page = open_page("predict", run=run.id)
    files = {f"deep/{number}.png": picture + bytes([number]) for number in range(60)}
    page.file_uploader[0].set_value([("all.zip", archive({**files, "__MACOSX/x.png": b""}), "application/zip")]).run()
    (job,) = jobs.queue()
    carry_out(job, run)
    page.run()
    assert not page.exception
    left_out, table = (each.value for each in page.dataframe)
    assert sorted(table["File"]) == sorted(files) and set(table["Predicted"]) == {"ants"}
    assert left_out["File"].tolist() == ["__MACOSX/x.png"] and "left behind" in left_out["Why"][0]


def test_files_without_anything_to_read_are_named_with_the_reason(run):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("broken.zip", b"PK\x03\x04 no more", "application/zip")]).run()
    (job,) = jobs.queue()
    carry_out(job, run)
    page.run()
    assert not page.exception and "None of these files can be used" in texts(page)
    assert page.dataframe[0].value["File"].tolist() == ["broken.zip"]


def test_no_upload_is_unpacked_or_decoded_by_the_app(run, picture, monkeypatch):
    """A hostile archive may cost a worker, not the server."""

    def refuse(*_, **__):
        raise AssertionError("the page reads an upload")

    page = open_page("predict", run=run.id)
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((archives, "Archive"), (source, "Archive"), (decoding, "open_rgb")):
            patch.setattr(module, name, refuse)
        page.file_uploader[0].set_value([("all.zip", archive({"a.png": picture}), "application/zip")]).run()
    (job,) = jobs.queue()
    carry_out(job, run)
    monkeypatch.setattr(decoding, "open_rgb", refuse)
    monkeypatch.setattr(predicted, "show_item", lambda *_, **__: None)
    page.run()
    assert not page.exception and "a\\.png" in texts(page)


def show_thumbnails(id: str) -> None:
    from pages.predict.predicted import _previews
    from tlcore import jobs

    _previews(jobs.open_job(id), [48, 49])


def test_pictures_after_the_first_are_made_small_when_they_are_shown(run, picture):
    page = open_page("predict", run=run.id)
    files = {f"{number:02}.png": picture + bytes([number]) for number in range(50)}
    page.file_uploader[0].set_value([("all.zip", archive(files), "application/zip")]).run()
    (job,) = jobs.queue()
    carry_out(job, run)
    page.run()
    assert not page.exception and not jobs.queue()
    AppTest.from_function(show_thumbnails, args=(job.id,)).run()
    (second,) = jobs.queue()
    assert second.kind == "thumbnails" and second.args == {"job": job.id, "rows": [48, 49]}
    tasks.carry_out(second.folder, second.kind, second.args, EventLog(second.folder))
    assert (job.folder / "thumbnails" / "49").exists()


def test_a_dataset_with_the_same_classes_is_one_click_and_its_labels_count(run, make_images, tmp_path):
    classes = dict.fromkeys(run.class_names, 6)
    other = import_dataset(make_images(tmp_path / "others", classes, size=24), name="others")
    page = open_page("predict", run=run.id)
    next(button for button in page.button if button.label == "others").click().run()
    (job,) = jobs.queue()
    assert job.args == {"run": run.id, "dataset": other.id}
    carry_out(job, run)
    page.run()
    assert not page.exception
    right = (other.examples["label"] == 0).mean()
    assert {metric.label: metric.value for metric in page.metric}["Accuracy"] == f"{right:.1%}"


def test_files_that_came_without_a_label_are_one_click(run, make_images, tmp_path):
    assert "unlabelled" not in [each.key for each in open_page("predict", run=run.id).button]
    dataset = open_dataset(run.record["dataset"]["id"])
    loose = dataset.examples.iloc[:2].drop(columns=["split", "label"])
    loose.assign(id=["loose-1", "loose-2"], source_name=["new/1.png", "new/2.png"]).to_parquet(
        dataset.folder / "unlabelled.parquet"
    )
    page = open_page("predict", run=run.id)
    page.button(key="unlabelled").click().run()
    job = jobs.open_job(page.query_params["job"])
    carry_out(job, run)
    page.run()
    assert not page.exception and not page.error
    assert f"Predictions on **{dataset.name}**" in texts(page)
    assert "new/1" in texts(page)


def test_datasets_with_other_classes_are_not_offered(run, make_images, tmp_path):
    import_dataset(make_images(tmp_path / "others", {"x": 6, "y": 6}), name="others")
    labels = {button.label for button in open_page("predict", run=run.id).button}
    assert "others" not in labels and not any("Emoji" in label for label in labels)


def test_the_camera_is_not_asked_for_until_it_is_switched_on(run):
    page = open_page("predict", run=run.id)
    assert not page.camera_input
    page.toggle(key="camera").set_value(True).run()
    assert len(page.camera_input) == 1 and not page.exception


@pytest.mark.parametrize("job", ["nothing", "../..", ""])
def test_an_unknown_prediction_in_the_url_breaks_nothing(run, job):
    page = open_page("predict", run=run.id, job=job)
    assert "job" not in page.query_params or not job


def test_a_failed_prediction_says_why(run, picture):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("cat.png", picture, "image/png")]).run()
    EventLog(jobs.queue()[0].folder).event("failed", title="The run's module is gone", detail="", hint="Open it again")
    page.run()
    assert "module is gone" in texts(page) and not page.exception


def test_the_table_has_a_column_a_class_and_the_label_where_it_is_known():
    predictions = pd.DataFrame(
        [{"path": "p", "problem": "", "label": "File", "File": 0.75, "b": 0.25, "neighbours": []}]
    )
    table = table_of(predictions, ["File", "b"], ["x.png"], ["b"])
    assert table.to_dict("records") == [
        {
            "File": "x.png",
            "Label": "b",
            "Predicted": "File",
            "Confidence": 0.75,
            "probability of File": 0.75,
            "probability of b": 0.25,
        }
    ]
    assert "Label" not in table_of(predictions, ["File", "b"], ["x.png"], None)


def test_a_sample_is_offered_to_a_run_on_the_other():
    page = open_page("predict", run=run_on(import_sample("emoji-google"), fine_tuned=False, maps=False).id)
    (button,) = (button for button in page.button if "Emoji" in button.label)
    assert "Twitter" in button.label
    button.click().run()
    (job,) = jobs.queue()
    assert not page.exception and job.args["sample"] == "emoji-twitter"
