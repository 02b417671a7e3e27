"""Real processes stopped, continued and killed at bad moments."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.jobs.conftest import processes, until
from tests.root import ROOT
from tlcore import jobs
from tlcore.base import leases
from tlcore.base.events import read_events
from tlcore.base.work import is_worked_on, lease_of, starts
from tlcore.jobs import launch
from tlcore.jobs.job import deaths

_IMPATIENT = (
    "import tlcore.jobs.supervisor as s; s._SECONDS_OF_SILENCE = 12; "
    "from tlcore.pipeline.supervisor import main; main()"
)


@pytest.fixture
def impatient(home):
    """Starts supervisors that take a worker for frozen after twelve seconds."""

    def start() -> subprocess.Popen:
        with open(home / "supervisor.log", "ab") as log:
            line = [sys.executable, "-c", _IMPATIENT, "tlcore.pipeline.supervisor"]
            return subprocess.Popen(line, cwd=ROOT, stderr=log, start_new_session=True)

    yield start
    for process in processes(home):
        process.kill()


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def worker_of(job: jobs.Job) -> int:
    return until(lambda: starts(job.folder))[-1]["pid"]


def once(job: jobs.Job, kind: str) -> bool:
    return [event["event"] for event in read_events(job.folder)].count(kind) == 1


def test_a_job_that_was_handed_over_before_the_supervisor_died_is_done_once(supervise, home):
    first = supervise()
    workers = until(lambda: len(found := processes(home, "tlcore.pipeline.worker")) == 3 and found)
    for worker in workers:  # none takes what it is given
        worker.suspend()
    job = jobs.submit("long", {"steps": 30})
    until(lambda: jobs.position(job.id) == 0)
    first.kill()
    first.wait()
    supervise()
    until(lambda: is_worked_on(job.folder))
    for worker in workers:  # they read what they were given, and find it taken
        worker.resume()
    after = jobs.submit("echo", {"text": "after"})
    until(lambda: after.over)
    # by whichever worker: the system wakes stopped ones when their parent dies, where hangups are ignored (nohup)
    assert job.state == after.state == "done" and once(job, "start") and once(job, "done")


def test_a_worker_that_gives_up_leaves_its_slot_free(supervise):
    job = jobs.submit("long", {"steps": 10})
    with leases.hold(lease_of(job.folder)):  # as a worker of another supervisor has it
        supervise()
        until(lambda: jobs.position(job.id) == 0)
        time.sleep(4)
        assert not starts(job.folder)
    after = jobs.submit("echo", {"text": "after"})
    until(lambda: after.over)
    assert job.state == "done" and once(job, "start") and deaths(job.folder) == 0


@pytest.mark.parametrize("of_an_earlier_supervisor", [False, True])
def test_a_frozen_worker_is_killed_and_its_job_goes_on(impatient, of_an_earlier_supervisor):
    first = impatient()
    job = jobs.submit("long", {"steps": 100_000})
    frozen = worker_of(job)
    stop(frozen)
    if of_an_earlier_supervisor:
        first.kill()
        first.wait()
        impatient()
    until(lambda: len(starts(job.folder)) == 2)
    jobs.stop(job.folder)
    until(lambda: job.over)
    assert job.state == "stopped" and worker_of(job) != frozen and deaths(job.folder) == 1


def test_a_worker_that_was_stopped_for_a_moment_goes_on(impatient):
    impatient()
    job = jobs.submit("long", {"steps": 100_000})
    worker = worker_of(job)
    stop(worker)
    time.sleep(1)
    os.kill(worker, signal.SIGCONT)
    jobs.stop(job.folder)
    until(lambda: job.over)
    assert job.state == "stopped" and once(job, "start")


def test_a_death_that_no_supervisor_lived_to_see_does_not_count(supervise):
    job = jobs.submit("long", {"steps": 10_000})
    for begun in range(1, 5):
        supervisor = supervise()
        until(lambda begun=begun: len(starts(job.folder)) == begun)
        for pid in (supervisor.pid, worker_of(job)):  # as when the machine is switched off
            os.kill(pid, signal.SIGKILL)
        supervisor.wait()
    supervise()
    until(lambda: len(starts(job.folder)) == 5)
    assert job.state == "running" and deaths(job.folder) == 0


def supervisors(home) -> list[int]:
    return [process.pid for process in processes(home, "tlcore.pipeline.supervisor")]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_supervisor_comes_back_by_itself_while_an_app_runs(home, supervise, monkeypatch, how):
    monkeypatch.setattr(launch, "_SECONDS_OF_SILENCE", 4)
    jobs.ensure_supervisor()
    (first,) = until(lambda: supervisors(home))
    until(jobs.is_supervised)
    with jobs.supervision():
        os.kill(first, how)
        job = jobs.submit("echo", {"text": "x"})
        until(lambda: job.over)
    assert supervisors(home) != [first]


def test_one_that_is_killed_again_and_again_is_back_each_time(home, supervise):
    with jobs.supervision():
        jobs.ensure_supervisor()
        for _ in range(launch._STARTS_AT_ONCE):
            until(lambda: leases.owner(launch.supervisors_lease()), 5).kill()
            until(lambda: not jobs.is_supervised())
        until(jobs.is_supervised, 5)


def leave_the_app_open(home) -> None:
    """As when no page was drawn for long."""
    (home / "supervisor.heartbeat").touch()
    os.utime(home / "supervisor.heartbeat", (1, 1))


def test_one_that_dies_while_nobody_looks_comes_back_for_the_job_under_way(home, supervise):
    first = supervise()
    job = jobs.submit("long", {"steps": 100_000})
    worker = worker_of(job)
    leave_the_app_open(home)
    with jobs.supervision():
        first.kill()
        first.wait()
        until(jobs.is_supervised, 5)
        os.kill(worker, signal.SIGKILL)
        until(lambda: len(starts(job.folder)) == 2)
        jobs.stop(job.folder)
        until(lambda: job.over)
    assert job.state == "stopped"


def test_one_is_started_for_a_job_that_waits_though_nobody_looks(home, supervise):
    job = jobs.submit("echo", {"text": "x"})
    leave_the_app_open(home)
    with jobs.supervision():
        until(jobs.is_supervised, 5)
        until(lambda: job.over)
    assert job.state == "done"


def test_only_after_several_quick_deaths_are_the_starts_far_apart_and_until_one_lives(home, monkeypatch):
    now, lives, started = 0, False, []

    def pass_seconds(seconds: int) -> list[int]:
        nonlocal now
        started.clear()
        for _ in range(seconds):
            now += 1
            keeper.look()
        return list(started)

    monkeypatch.setattr(launch, "is_supervised", lambda: lives)
    monkeypatch.setattr(launch, "_start_where_none_lives", lambda: started.append(now) or True)
    (home / "supervisor.heartbeat").touch()
    keeper = launch.Keeper(lambda: now)
    assert pass_seconds(130) == [1, 2, 3, 63, 123]
    lives = True
    pass_seconds(launch._SHORT_LIFE - 1)
    lives = False
    assert pass_seconds(40) == []  # it did not live long enough
    lives = True
    pass_seconds(launch._SHORT_LIFE + 2)
    lives = False
    assert pass_seconds(10) == [now - 9, now - 8, now - 7]


def test_nobody_brings_back_a_supervisor_that_nobody_needs(home):
    leave_the_app_open(home)
    jobs.cancel(jobs.submit("echo", {"text": "x"}).folder)
    with jobs.supervision():
        time.sleep(2.5)
    assert not supervisors(home)
