"""The Runs page: all runs, and what can be done with each."""

import io
import zipfile

import tlcore.base.workspace as workspace
from pages.runs.export import download_of
from tests.pages.finished_run import run_on
from tests.pages.opened import open_page, press
from tlcore import jobs, runs
from tlcore.base.events import EventLog
from tlcore.datasets import open_dataset
from tlcore.modules import find_module
from tlcore.plans import Plan


def test_without_runs_it_says_how_to_start():
    page = open_page("runs")
    assert "No runs yet" in page.info[0].value


def test_a_run_is_a_row_with_its_numbers_on_val(run):
    page = open_page("runs")
    (row,) = page.dataframe[0].value.to_dict("records")
    assert row["Run"] == "test run"
    assert row["Groups trained"] == 2
    assert row["Accuracy, val"] == run.metrics["val"]["accuracy"]
    assert row["Linear probe, val"] == run.result["baselines"]["linear_probe"]["val"]["accuracy"]
    assert not [name for name in row if "test" in name.lower()]


def test_an_unknown_run_in_the_url_is_a_clear_word(run):
    page = open_page("runs", run="nothing-000000")
    assert "There is no such run" in page.error[0].value


def test_a_run_can_be_renamed(run):
    page = press(open_page("runs", run=run.id), "Rename")
    page.text_input[0].set_value("a better name")
    for button in page.button:  # the first keeps the dialog open: AppTest has no fragments
        if button.label == "Rename":
            button.click()
    page.run()
    assert run.name == "a better name"


def test_a_run_is_deleted_only_after_it_was_confirmed(run):
    page = press(open_page("runs", run=run.id), "Delete")
    assert run.folder.exists()
    assert "test run" in " ".join(each.value for each in page.markdown)
    next(button for button in page.button if button.label == "Delete").click()
    press(page, "Delete the run")
    assert not run.folder.exists()


def test_a_run_under_way_cannot_be_deleted(run):
    dataset = open_dataset(run.record["dataset"]["id"])
    queued = runs.create_run(dataset, find_module("efficientnet-lite0"), Plan())
    page = open_page("runs", run=queued.id)
    assert next(button for button in page.button if button.label == "Delete").disabled


def test_taking_away_asks_a_worker(run):
    page = open_page("runs", run=run.id)
    next(button for button in page.button if button.key == f"export-{run.id}-predictions").click()
    page.run()
    assert jobs.find_job("export", {"run": run.id, "format": "predictions"}).state == "queued"


def test_a_report_may_say_what_changed_since_another_run_of_the_dataset(run):
    before = run_on(open_dataset(run.record["dataset"]["id"]))
    page = open_page("runs", run=run.id)
    (baseline,) = [each for each in page.selectbox if each.label == "What changed since"]
    assert [option.startswith(before.name) for option in baseline.options] == [True]
    baseline.set_value(before.id).run()
    next(button for button in page.button if button.key == f"export-{run.id}-report").click()
    page.run()
    asked = {"run": run.id, "format": "report", "baseline": before.id}
    assert jobs.find_job("export", asked).state == "queued"


def test_one_file_is_downloaded_as_it_is_and_more_as_an_archive(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("one")
    read, name = download_of(out, tmp_path / "run-report")
    assert (read(), name) == (b"one", "run-report.html")
    (out / "README.md").write_text("two")
    read, name = download_of(out, tmp_path / "run-report")
    assert name == "run-report.zip"
    assert sorted(zipfile.ZipFile(io.BytesIO(read())).namelist()) == ["README.md", "report.html"]


def export_job(run, format: str) -> jobs.Job:
    job = jobs.submit("export", {"run": run.id, "format": format})
    (job.folder / "out").mkdir()
    return job


def test_what_was_made_is_offered_with_its_agreement_and_size(run):
    job = export_job(run, "tflite-int8")
    measured = {
        "split": "val", "examples": 59, "same_label": 58, "largest_difference": 0.0213, "run_accuracy": 0.9661,
        "export_accuracy": 0.9492, "bytes": 4_700_000, "limits": {},
    }  # fmt: skip
    workspace.write_json(job.folder / "out" / "agreement.json", measured)
    workspace.write_json(job.folder / "result.json", {"path": str(job.folder / "out"), "files": []})
    EventLog(job.folder).event("done")
    page = open_page("runs", run=run.id)
    caption = next(each.value for each in page.caption if "compared with the run" in each.value)
    for part in ("4.7 MB", "58 of 59 val examples", "0.02 off", "94.9%", "96.6%"):
        assert part in caption
    assert not [button for button in page.button if button.key == f"export-{run.id}-tflite-int8"]


def test_an_export_that_does_not_agree_is_not_offered_and_says_why(run):
    job = export_job(run, "onnx")
    error = {"title": "The export does not agree with the run", "detail": "It has 3 of 59", "hint": "Take another"}
    EventLog(job.folder).event("failed", **error, traceback="")
    page = open_page("runs", run=run.id)
    assert ["does not agree" in each.value and "3 of 59" in each.value for each in page.error] == [True]
    assert not [each for each in page.get("download_button") if each.label.startswith("Download (")]


def test_the_plan_of_a_run_is_shown_whole(run):
    page = open_page("runs", run=run.id)
    settings = next(frame.value for frame in page.dataframe if "Setting" in frame.value)
    assert list(settings["Setting"]) == list(Plan.model_fields)
