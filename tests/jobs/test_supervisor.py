"""Jobs are handed over in order and outlive whoever works on them."""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import tlcore.base.workspace as workspace
from tests.jobs.conftest import processes, until
from tests.root import ROOT
from tlcore import jobs, pipeline
from tlcore.base.events import EventLog, read_events
from tlcore.base.work import starts
from tlcore.datasets import open_dataset
from tlcore.jobs.executors import local
from tlcore.jobs.executors.local import LocalExecutor
from tlcore.jobs.job import Job
from tlcore.jobs.wakeup import Listener, wake_supervisor
from tlcore.runs import begin_run


def worker_of(job: Job) -> int:
    return until(lambda: starts(job.folder))[-1]["pid"]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def place_of(job: Job) -> int:
    """How far a counting job is."""
    place = job.folder / "place"
    return int(place.read_text() or 0) if place.exists() else 0


def test_a_job_is_done_and_gives_its_result(supervise):
    supervise()
    job = jobs.submit("echo", {"text": "hello"})
    until(lambda: job.over)
    assert job.state == "done"
    assert job.result == {"text": "hello"}
    log = (job.folder / "log.txt").read_text()
    assert "printed hello" in log
    assert "printed by another process" in log


def test_jobs_are_done_in_order_by_one_worker(supervise, home):
    made = [jobs.submit("echo", {"text": str(number)}) for number in range(5)]
    assert [jobs.position(job.id) for job in made] == [1, 2, 3, 4, 5]
    assert [job.id for job in jobs.queue()] == [job.id for job in made]
    supervise()
    until(lambda: made[-1].over)
    assert (home / "order").read_text().split() == list("01234")
    assert len({worker_of(job) for job in made}) == 1
    assert jobs.queue() == []


def test_quick_work_goes_past_a_run(supervise, submit_run):
    run = submit_run()
    supervise()
    until(lambda: run.state == "running")
    job = jobs.submit("echo", {"text": "past"})
    until(lambda: job.over)
    assert run.state == "running"
    (run.folder / "go").touch()
    until(lambda: run.state == "done")


def test_an_import_holds_up_nobody_and_is_held_up_by_nobody(supervise, make_images, tmp_path):
    args = {"source": str(make_images(tmp_path / "pets")), "name": "pets", "seed": 0, "fractions": (0.7, 0.15, 0.15)}
    long = jobs.submit("long", {"steps": 10_000})
    supervise()
    until(lambda: place_of(long) > 2)
    first = pipeline.submit("import", args)
    until(lambda: first.over)
    assert open_dataset(first.result["dataset"]).name == "pets" and first.result["new"]
    again = pipeline.submit("import", args)
    until(lambda: again.over)
    assert again.result == {"dataset": first.result["dataset"], "new": False}
    assert long.state == "running"


def test_one_worker_waits_in_each_lane(supervise, home):
    supervise()
    waiting = until(lambda: len(found := processes(home, "tlcore.pipeline.worker")) == 3 and found)
    jobs.submit("echo", {"text": "first"})
    job = jobs.submit("echo", {"text": "second"})
    until(lambda: job.over)
    assert worker_of(job) in {process.pid for process in waiting}


@pytest.mark.parametrize(
    ("kind", "title"),
    [("wrong", "It is wrong"), ("broken", "Internal error"), ("hungry", "Not enough memory")],
)
def test_a_failure_ends_in_words(supervise, kind, title):
    supervise()
    job = jobs.submit(kind, {})
    after = jobs.submit("echo", {"text": "on it goes"})
    until(lambda: after.over)
    assert job.state == "failed"
    assert job.error["title"] == title
    assert job.error["hint"]
    assert ("Traceback" in job.error.get("traceback", "")) == (kind != "wrong")
    assert ("Traceback" in (job.folder / "log.txt").read_text()) == (kind != "wrong")
    assert job.result is None


def test_a_killed_worker_is_replaced_and_the_job_goes_on(supervise):
    supervise()
    job = jobs.submit("long", {"steps": 60})
    until(lambda: place_of(job) > 10)
    kill(worker_of(job))
    before = place_of(job)
    until(lambda: job.over)
    assert job.state == "done"
    assert job.result == {"done": 60}
    assert len(starts(job.folder)) == 2
    steps = [event["done"] for event in read_events(job.folder)[-30:] if event["event"] == "step"]
    assert min(steps) >= before - 30
    assert any("signal 9" in event.get("message", "") for event in read_events(job.folder))


def test_a_job_that_kills_its_worker_fails_after_three_attempts(supervise):
    supervise()
    job = jobs.submit("deadly", {})
    after = jobs.submit("echo", {"text": "on it goes"})
    until(lambda: after.over)
    assert job.state == "failed"
    assert len(starts(job.folder)) == 3
    assert "memory" in job.error["title"]
    assert "signal 9" in job.error["detail"]
    assert "smaller batch" in job.error["hint"]


def test_a_worker_finishes_its_job_when_the_supervisor_is_killed(supervise, home):
    supervisor = supervise()
    job = jobs.submit("long", {"steps": 60})
    until(lambda: place_of(job) > 5)
    kill(supervisor.pid)
    supervisor.wait()
    until(lambda: job.over)
    assert job.state == "done"
    assert len(starts(job.folder)) == 1
    until(lambda: not processes(home))


def test_a_new_supervisor_takes_on_what_is_under_way(supervise, home):
    first = supervise()
    job = jobs.submit("long", {"steps": 100})
    after = jobs.submit("echo", {"text": "after"})
    until(lambda: place_of(job) > 5)
    kill(first.pid)
    first.wait()
    supervise()
    until(lambda: after.over)
    assert job.state == "done"
    assert len(starts(job.folder)) == 1
    assert read_events(job.folder)[-1]["time"] <= read_events(after.folder)[0]["time"]
    assert jobs.queue() == []


def test_a_job_goes_on_when_supervisor_and_worker_were_killed(supervise):
    first = supervise()
    job = jobs.submit("long", {"steps": 40})
    until(lambda: place_of(job) > 5)
    kill(first.pid)
    first.wait()
    kill(worker_of(job))
    supervise()
    until(lambda: job.over)
    assert job.state == "done"
    assert len(starts(job.folder)) == 2


def test_the_queue_is_rebuilt_from_the_folders(supervise, submit_run, home):
    first = supervise()
    running = jobs.submit("long", {"steps": 100})
    until(lambda: place_of(running) > 5)
    waiting = [jobs.submit("echo", {"text": str(number)}) for number in range(3)]
    run = submit_run()
    (run.folder / "go").touch()
    kill(first.pid)
    first.wait()
    kill(worker_of(running))
    for path in home.glob("tlcore.db*"):
        path.unlink()
    assert [job.id for job in jobs.queue()] == [running.id, *(job.id for job in waiting), run.id]
    supervise()
    until(lambda: waiting[-1].over and run.state == "done")
    assert (home / "order").read_text().split() == list("012")
    assert running.state == "done"


def test_a_run_of_a_command_line_is_left_alone(supervise, submit_run):
    with submit_run(begin_run) as run:
        supervise()
        job = jobs.submit("echo", {"text": "x"})
        until(lambda: job.over)
        assert jobs.queue() == []
        assert [event["event"] for event in read_events(run.folder)] == ["start"]


def test_cancel_ends_a_job_at_its_next_step_and_leaves_nothing(supervise, submit_run):
    supervise()
    run = submit_run()
    until(lambda: (run.folder / "checkpoints").exists())
    (run.folder / "result").mkdir()
    jobs.cancel(run.folder)
    until(lambda: run.state == "cancelled")
    assert not (run.folder / "checkpoints").exists()
    assert not (run.folder / "result").exists()


def test_stop_keeps_the_result(supervise):
    supervise()
    job = jobs.submit("long", {"steps": 10_000})
    until(lambda: place_of(job) > 2)
    jobs.stop(job.folder)
    until(lambda: job.over)
    assert job.state == "stopped"
    assert job.result["done"] < 10_000


def test_a_waiting_job_is_cancelled_at_once_without_a_supervisor():
    job, other = jobs.submit("echo", {"text": "x"}), jobs.submit("echo", {"text": "y"})
    jobs.cancel(job.folder)
    assert job.state == "cancelled"
    assert [each.id for each in jobs.queue()] == [other.id]
    assert jobs.position(other.id) == 1
    assert jobs.position(job.id) == 0


def test_a_worker_that_does_not_hear_is_killed_with_all_it_started(supervise):
    supervise()
    job = jobs.submit("deaf", {})
    child = int(until(lambda: (job.folder / "child").exists() and (job.folder / "child").read_text()))
    jobs.cancel(job.folder)
    os.utime(job.folder / "request", (time.time() - 20,) * 2)
    until(lambda: job.over)
    assert job.state == "cancelled"
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


def test_only_one_supervisor_works(supervise, home):
    first = supervise()
    until(lambda: len(processes(home, "tlcore.pipeline.worker")) == 3)
    assert supervise().wait(timeout=20) == 0
    assert first.poll() is None


def test_ensure_starts_a_supervisor_once(home, supervise):
    for _ in range(3):
        jobs.ensure_supervisor()
    until(lambda: len(processes(home, "tlcore.pipeline.worker")) == 3)
    jobs.ensure_supervisor()
    assert len(processes(home, "tlcore.pipeline.supervisor")) == 1


def test_terminated_it_leaves_no_process_but_one_at_work(supervise, home):
    supervisor = supervise()
    until(lambda: len(processes(home, "tlcore.pipeline.worker")) == 3)
    job = jobs.submit("long", {"steps": 50})
    until(lambda: place_of(job) > 2)
    supervisor.terminate()
    assert supervisor.wait(timeout=10) == 0
    assert [process.pid for process in processes(home)] == [worker_of(job)]
    until(lambda: not processes(home))
    assert job.state == "done"


def test_everything_ends_when_the_workspace_vanishes(supervise, home):
    supervisor = supervise()
    job = jobs.submit("long", {"steps": 10_000})
    until(lambda: place_of(job) > 2)
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)  # the worker may have written into it meanwhile
    supervisor.wait(timeout=10)
    until(lambda: not processes(home))


def test_it_ends_by_itself_when_there_is_neither_work_nor_an_app(home):
    code = "import tlcore.jobs.supervisor as s; s.SECONDS_IDLE = 1; from tlcore.pipeline.supervisor import main; main()"
    job = jobs.submit("echo", {"text": "x"})
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
    assert job.state == "done"
    until(lambda: not processes(home))


def test_work_is_bound_by_the_settings_of_who_asked(supervise, monkeypatch, submit_run):
    supervise()
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", "http://127.0.0.1:1234")
    job, run = jobs.submit("setting", {}), submit_run()
    until(lambda: job.over and (run.folder / "hosts").exists())
    assert job.result["TLCORE_MODULE_HOSTS"] == (run.folder / "hosts").read_text() == "http://127.0.0.1:1234"


def test_workers_share_a_gpu(supervise):
    """TensorFlow reads this before it takes memory; two workers of it are kept warm."""
    supervise()
    job = jobs.submit("setting", {})
    until(lambda: job.over)
    assert job.result["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_what_a_cancelled_job_can_not_stop_ends_with_its_worker(supervise, home):
    supervise()
    job = jobs.submit("careless", {})
    until(lambda: (home / "going-on").exists())
    worker = worker_of(job)
    jobs.cancel(job.folder)
    after = jobs.submit("echo", {"text": "after"})
    until(lambda: after.over)
    assert job.state == "cancelled" and worker_of(after) != worker
    last = (home / "going-on").read_text()
    time.sleep(0.2)
    assert (home / "going-on").read_text() == last


def test_work_that_takes_longer_than_it_may_is_ended_in_words(supervise):
    supervise()
    job = jobs.submit("long", {"steps": 100_000}, limit=3)
    until(lambda: job.over)
    after = jobs.submit("echo", {"text": "after"})
    until(lambda: after.over)
    assert job.state == "failed" and "took too long" in job.error["title"] and len(starts(job.folder)) == 1


def test_a_folder_that_was_deleted_does_not_hold_up_the_others(supervise):
    gone, kept = jobs.submit("echo", {"text": "x"}), jobs.submit("echo", {"text": "y"})
    workspace.delete_folder("jobs", gone.id)
    supervise()
    until(lambda: kept.over)
    assert jobs.queue() == []


def test_old_jobs_and_leftovers_are_swept_and_the_rest_kept(supervise):
    old, new, waiting = (jobs.submit("echo", {"text": "x"}) for _ in range(3))
    for job in (old, new):
        EventLog(job.folder).event("done")
    leftover, upload = workspace.place("tmp") / "leftover", workspace.place("tmp") / "upload"
    leftover.mkdir()
    upload.mkdir()
    two_days_ago = time.time() - 2 * 24 * 3600
    for path in (old.folder / "events.jsonl", leftover):
        os.utime(path, (two_days_ago, two_days_ago))
    supervise()
    until(lambda: waiting.over)
    assert not old.folder.exists()
    assert new.folder.exists()
    assert not leftover.exists()
    assert upload.exists()


def test_a_run_whose_command_line_was_killed_is_said_to_have_failed(supervise, submit_run):
    with submit_run(begin_run) as run:
        pass
    supervise()
    until(lambda: read_events(run.folder)[-1]["event"] == "failed")
    assert str(os.getpid()) in Job(run.folder).error["detail"]


@pytest.fixture
def patient(home):
    """A supervisor that looks by itself once an hour, with its workers loaded."""
    code = (
        "import tlcore.jobs.supervisor as s; s._TICK = s._TICK_AT_WORK = s._TICK_IDLE = 3600; "
        "from tlcore.pipeline.supervisor import main; main()"
    )
    with open(home / "supervisor.log", "ab") as log:
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=log, start_new_session=True)
    yield until(lambda: len(processes(home, "tlcore.pipeline.worker")) == 3 and process)
    process.kill()
    process.wait()


def test_a_supervisor_that_is_woken_hands_over_and_sees_ends_and_deaths_at_once(patient, supervise):
    first, second = jobs.submit("echo", {"text": "1"}), jobs.submit("echo", {"text": "2"})
    until(lambda: second.over)
    job = jobs.submit("long", {"steps": 40})
    until(lambda: place_of(job) > 5)
    kill(worker_of(job))
    until(lambda: job.over)
    assert first.state == job.state == "done"
    assert len(starts(job.folder)) == 2
    patient.terminate()
    assert patient.wait(timeout=10) == 0


@pytest.mark.parametrize("content", [None, b"a plain file"])
def test_whoever_wakes_a_supervisor_that_is_not_there_goes_on(home, content):
    if content:
        (home / "supervisor.wake").write_bytes(content)
    else:
        os.mkfifo(home / "supervisor.wake")
    jobs.submit("echo", {"text": "x"})
    assert len(jobs.queue()) == 1


def test_a_supervisor_that_does_not_listen_holds_nobody_up(home):
    listener = Listener()
    for _ in range(100_000):
        assert wake_supervisor()
    listener.wait(0)
    assert not select.select([listener.writing], [], [], 0)[0]


def test_without_pipes_the_supervisor_finds_work_by_itself(home):
    code = (
        "import os, tlcore.jobs.supervisor as s\n"
        "os.mkfifo = lambda *_: os.stat('/nowhere/at/all')\n"
        "s.SECONDS_IDLE = 1\n"
        "from tlcore.pipeline.supervisor import main; main()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    until(lambda: processes(home, "tlcore.pipeline.worker"))
    job = jobs.submit("echo", {"text": "x"})
    until(lambda: job.over)
    assert process.wait(timeout=60) == 0


def test_runs_let_other_work_go_first(supervise, submit_run):
    supervise()
    run, job = submit_run(), jobs.submit("long", {"steps": 10_000})
    until(lambda: run.state == "running" and place_of(job) > 1)
    of_run, of_job = (worker_of(Job(each.folder)) for each in (run, job))
    assert os.getpriority(os.PRIO_PROCESS, of_run) > os.getpriority(os.PRIO_PROCESS, of_job)
    assert os.getpriority(os.PRIO_PROCESS, of_job) == os.getpriority(os.PRIO_PROCESS, 0)
    sessions = [Path(f"/proc/{pid}/autogroup") for pid in (of_run, of_job)]
    if all(each.exists() for each in sessions):  # Linux that shares the processor out by session
        assert [each.read_text().split()[-1] for each in sessions] == ["5", "0"]


def test_a_worker_that_holds_much_memory_is_replaced_when_it_is_idle(home, monkeypatch):
    executor = LocalExecutor("tlcore.pipeline.worker")
    executor.keep_warm(("quick",))
    until(lambda: executor.is_free("quick") and not executor._processes["quick"].loading)
    first = executor._processes["quick"].popen
    executor.keep_warm(("quick",))
    assert executor._processes["quick"].popen is first
    monkeypatch.setattr(local, "_LARGEST_SHARE", 0)
    executor.keep_warm(("quick",))
    assert first.poll() is not None
    assert executor._processes["quick"].popen.poll() is None
    executor.kill_all()
