"""What can be taken away of a run."""

import tlcore.base.workspace as workspace
from tests.pages.finished_run import run_on
from tests.pages.opened import open_page
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.datasets import open_dataset
from tlcore.runs import list_runs


def test_without_a_result_it_says_how_to_start():
    assert "nothing to export yet" in open_page("runs", tab="export").info[0].value


def test_the_chosen_run_is_exported_else_the_newest(run):
    run_on(open_dataset(run.record["dataset"]["id"]))
    newest, older = list_runs()
    assert open_page("runs", tab="export").query_params["run"] == newest.id
    page = open_page("runs", tab="export", run=older.id)
    assert page.selectbox(key="export-run").value == older.id
    page.selectbox(key="export-run").set_value(newest.id).run()
    assert page.query_params["run"] == newest.id and not page.exception


def test_taking_away_asks_a_worker(run):
    page = open_page("runs", tab="export", run=run.id)
    next(button for button in page.button if button.key == f"export-{run.id}-predictions").click()
    page.run()
    assert jobs.find_job("export", {"run": run.id, "format": "predictions"}).state == "queued"


def test_a_report_may_say_what_changed_since_another_run_of_the_dataset(run):
    before = run_on(open_dataset(run.record["dataset"]["id"]))
    page = open_page("runs", tab="export", run=run.id)
    (baseline,) = [each for each in page.selectbox if each.label == "What changed since"]
    assert [option.startswith(before.name) for option in baseline.options] == [True]
    baseline.set_value(before.id).run()
    next(button for button in page.button if button.key == f"export-{run.id}-report").click()
    page.run()
    asked = {"run": run.id, "format": "report", "baseline": before.id}
    assert jobs.find_job("export", asked).state == "queued"


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
    page = open_page("runs", tab="export", run=run.id)
    caption = next(each.value for each in page.caption if "compared with the run" in each.value)
    for part in ("4.7 MB", "58 of 59 val examples", "off by at most 0.02", "94.9%", "96.6%"):
        assert part in caption
    assert not [button for button in page.button if button.key == f"export-{run.id}-tflite-int8"]


def test_an_export_that_does_not_agree_is_not_offered_and_says_why(run):
    job = export_job(run, "onnx")
    error = {"title": "The export does not agree with the run", "detail": "It has 3 of 59", "hint": "Take another"}
    EventLog(job.folder).event("failed", **error, traceback="")
    page = open_page("runs", tab="export", run=run.id)
    assert ["does not agree" in each.value and "3 of 59" in each.value for each in page.error] == [True]
    assert not [each for each in page.get("download_button") if each.label.startswith("Download (")]
