"""A job is read from its folder: state, progress, error, result."""

import os
import time

import pytest

import tlcore.base.workspace as workspace
from tlcore import jobs
from tlcore.base import leases
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog, cut_half_line, read_events
from tlcore.base.progress import Cancelled
from tlcore.base.work import is_worked_on, lease_of
from tlcore.jobs.outcome import describe, end, ending


@pytest.fixture
def job():
    return jobs.submit("echo", {"text": "x"})


def test_a_new_job_waits(job):
    assert (job.state, job.over, job.error, job.result) == ("queued", False, None, None)
    assert (job.kind, job.args) == ("echo", {"text": "x"})
    assert job.progress == {"stage": ""}
    assert jobs.open_job(job.id) == job


@pytest.mark.parametrize("id", ["nothing", "../runs", "", "x" * 300])
def test_an_unknown_job_is_a_user_error(id):
    with pytest.raises(UserError):
        jobs.open_job(id)


def test_a_run_is_a_job_too(submit_run):
    run = submit_run()
    job = jobs.open_job(run.id)
    assert (job.kind, job.folder, job.state) == ("train", run.folder, "queued")


def test_progress_is_the_latest_step_of_the_latest_stage(job):
    log = EventLog(job.folder)
    log.stage("features")
    log.event("step", done=8, total=8, unit="images", name="")
    assert job.progress == {"stage": "features", "done": 8, "total": 8, "unit": "images", "name": ""}
    log.stage("probe")
    assert job.progress == {"stage": "probe"}
    for _ in range(2000):
        log.event("step", done=3, total=3, unit="epochs", name="a long name" * 5)
    assert job.progress["stage"] == "probe"
    assert job.progress["done"] == 3


@pytest.mark.parametrize("error", [ValueError("\x00" * 100_000), UserError("It is wrong", "\x00" * 100_000)])
def test_however_long_an_error_is_the_job_has_failed(job, error):
    with pytest.raises(type(error)), ending(job.folder, EventLog(job.folder)):
        raise error
    assert job.state == "failed"
    assert job.error["detail"]


def test_a_half_written_line_is_cut_before_the_next_event(job):
    log = EventLog(job.folder)
    log.stage("features")
    with open(job.folder / "events.jsonl", "a") as file:
        file.write('{"time": 1, "event": "st')
    cut_half_line(job.folder)
    log.event("done")
    assert [event["event"] for event in read_events(job.folder)] == ["stage", "done"]
    cut_half_line(job.folder)
    assert job.state == "done"


def test_a_job_is_worked_on_while_its_lease_is_held(job):
    assert not is_worked_on(job.folder)
    with leases.hold(lease_of(job.folder)):
        assert is_worked_on(job.folder)
    assert not is_worked_on(job.folder)
    assert not is_worked_on(workspace.place("jobs") / "gone")
    assert not (workspace.place("jobs") / "gone").exists()


@pytest.mark.parametrize(
    ("error", "title", "has_traceback"),
    [
        (UserError("It is wrong", "here", "mend it"), "It is wrong", False),
        (MemoryError(), "Not enough memory", True),
        (OSError(28, "No space left on device"), "The disk is full", True),
        (ValueError("boom"), "Internal error", True),
    ],
)
def test_every_error_has_words_and_only_defects_a_traceback(tmp_path, error, title, has_traceback):
    described = describe(error, tmp_path)
    assert described["title"] == title
    assert described["hint"]
    assert ("traceback" in described) == has_traceback


def test_tensorflow_running_out_of_memory_is_said_so(tmp_path):
    class ResourceExhaustedError(Exception):
        """As TensorFlow's is called."""

    assert "smaller batch" in describe(ResourceExhaustedError("OOM when allocating"), tmp_path)["hint"]


def test_what_the_disk_is_too_full_to_write_down_is_raised_all_the_same(job, monkeypatch):
    def full(*args, **fields):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EventLog, "event", full)
    with pytest.raises(ValueError, match="boom"), ending(job.folder, EventLog(job.folder)):
        raise ValueError("boom")


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt()])
def test_a_cancelled_job_leaves_nothing(job, error):
    for name in ("checkpoints", "result", "out"):
        (job.folder / name).mkdir()
    with pytest.raises(type(error)), ending(job.folder, EventLog(job.folder)):
        raise error
    assert job.state == "cancelled"
    assert {path.name for path in job.folder.iterdir()} == {"job.json", "events.jsonl"}


def test_the_same_work_is_found_again(job):
    assert jobs.find_job("echo", {"text": "x"}) == job
    assert jobs.find_job("echo", {"text": "y"}) is None
    later = jobs.submit("echo", {"text": "x"})
    assert jobs.find_job("echo", {"text": "x"}) == later
    workspace.delete_folder("jobs", later.id)
    assert jobs.find_job("echo", {"text": "x"}) is None


@pytest.mark.parametrize("how", ["failed", "cancelled"])
def test_failed_work_is_found_for_a_minute_only(job, how):
    end(job.folder, how, **({"title": "", "detail": "", "hint": ""} if how == "failed" else {}))
    assert jobs.find_job("echo", {"text": "x"}) == job
    minutes_ago = time.time() - 120
    os.utime(job.folder / "events.jsonl", (minutes_ago, minutes_ago))
    assert jobs.find_job("echo", {"text": "x"}) is None


def test_stop_and_cancel_of_what_is_over_do_nothing(job):
    EventLog(job.folder).event("done")
    jobs.stop(job.folder)
    jobs.cancel(job.folder)
    assert job.state in ("done", "cancelled")
    assert not (job.folder / "request").exists()
