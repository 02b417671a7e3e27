"""The Predict page without a browser; what a worker would say is written by hand."""

import io
import zipfile
from pathlib import Path

import pytest

import tlcore.workspace as workspace
from pages.parts.new_files import keep_new_files, open_new_files
from pages.parts.predicted import table_of
from tests.pages.finished_run import finished_run, run_on
from tests.pages.opened import open_page, texts
from tlcore import jobs
from tlcore.datasets import import_dataset, import_sample
from tlcore.evaluation.of_run import predictions
from tlcore.jobs import Job
from tlcore.progress import Progress
from tlcore.runs import EventLog, Run


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


def carry_out(job: Job, run: Run, problems: dict[int, str] | None = None) -> None:
    """What a worker does: every picture is of the first class."""
    names = run.class_names
    neighbours = predictions(run).only("train").ids[:3].tolist()
    documents = []
    for place, path in enumerate(job.args["paths"]):
        problem = (problems or {}).get(place, "").format(path=path)
        shares = {name: 0.8 if name == names[0] else 0.2 / (len(names) - 1) for name in names}
        documents.append(
            {
                "path": path,
                "problem": problem,
                "label": None if problem else names[0],
                "probabilities": {} if problem else shares,
                "neighbours": [] if problem else neighbours,
            }
        )
    workspace.write_json(job.folder / "result.json", {"predictions": documents})
    EventLog(job.folder).event("done")


def test_files_dropped_in_are_predicted_once_and_listed_under_their_names(run, picture):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("my *cat*.png", picture, "image/png"), ("text.jpg", b"no picture", "image/jpeg")])
    page.run()
    page.run()
    (job,) = jobs.queue()
    assert page.query_params["job"] == job.id and Path(job.args["paths"][0]).read_bytes() == picture
    carry_out(job, run, {1: "This is no picture that can be read. {path}: it holds text."})
    page.run()
    assert not page.exception
    assert "my \\*cat\\*\\.png" in texts(page) and "**ants** 80.0%" in texts(page)
    left_out = page.dataframe[0].value
    assert left_out["File"].tolist() == ["text.jpg"]
    assert left_out["Why"].tolist() == ["This is no picture that can be read. text.jpg: it holds text."]


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
    table = page.dataframe[0].value
    assert sorted(table["File"]) == sorted(files) and set(table["Predicted"]) == {"ants"}


def test_files_without_anything_to_read_are_named_with_the_reason(run):
    page = open_page("predict", run=run.id)
    page.file_uploader[0].set_value([("broken.zip", b"PK\x03\x04 no more", "application/zip")]).run()
    assert not page.exception and not jobs.queue()
    assert "nothing to predict on" in texts(page)
    assert page.dataframe[0].value["File"].tolist() == ["broken.zip"]


def test_a_dataset_with_the_same_classes_is_one_click_and_its_labels_count(run, make_images, tmp_path):
    classes = dict.fromkeys(run.class_names, 6)
    other = import_dataset(make_images(tmp_path / "others", classes, size=24), name="others")
    page = open_page("predict", run=run.id)
    next(button for button in page.button if button.label == "others").click().run()
    (job,) = jobs.queue()
    assert len(job.args["paths"]) == len(other.examples)
    carry_out(job, run)
    page.run()
    assert not page.exception
    right = (other.examples["label"] == 0).mean()
    assert {metric.label: metric.value for metric in page.metric}["Accuracy"] == f"{right:.1%}"


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


def test_new_files_keep_their_names_and_those_of_hostile_archives_do_no_harm(home):
    files = [
        ("a.png", io.BytesIO(b"1")),
        ("a.png", io.BytesIO(b"2")),
        ("up.zip", io.BytesIO(archive({"../../evil.png": b"3"}))),
        ("good.zip", io.BytesIO(archive({"x/<b>.png": b"4", ".DS_Store": b"5"}))),
    ]
    before = {path for path in home.rglob("*") if path.is_file()}
    kept = keep_new_files(files, Progress())
    assert list(kept.names.values()) == ["a.png", "a.png", "x/<b>.png"]
    assert [Path(path).read_bytes() for path in kept.paths] == [b"1", b"2", b"4"]
    assert [name for name, _ in kept.problems] == ["up.zip"] and "evil" in kept.problems[0][1]
    written = {path for path in home.rglob("*") if path.is_file()} - before
    assert all(path.parent == kept.folder for path in written)
    assert open_new_files(kept.paths) == kept


def test_paths_of_something_else_are_no_new_files(home, tmp_path):
    assert open_new_files([str(tmp_path / "a.png")]) is None
    assert open_new_files([str(home / "tmp" / "cleared" / "a.png")]) is None


def test_the_table_has_a_column_a_class_and_the_label_where_it_is_known():
    documents = [{"path": "p", "label": "File", "probabilities": {"File": 0.75, "b": 0.25}, "neighbours": []}]
    table = table_of(documents, ["x.png"], ["b"])
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
    assert "Label" not in table_of(documents, ["x.png"], None)


def test_a_sample_is_offered_to_a_run_on_the_other():
    page = open_page("predict", run=run_on(import_sample("emoji-google"), fine_tuned=False, maps=False).id)
    (button,) = (button for button in page.button if "Emoji" in button.label)
    assert "Twitter" in button.label
    button.click().run()
    (job,) = jobs.queue()
    assert not page.exception and len(job.args["paths"]) > 300
