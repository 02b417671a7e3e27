"""Supervisors and workers that die, freeze and thaw between any two of their steps: the real supervisor, leases, table
and folders, with workers that take one step at a time.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tlcore import jobs
from tlcore.base import leases
from tlcore.base.events import EventLog, cut_half_line, read_events
from tlcore.base.work import ENDINGS, lease_of
from tlcore.jobs import database
from tlcore.jobs import supervisor as supervisor_module
from tlcore.jobs.job import Job
from tlcore.jobs.outcome import end
from tlcore.jobs.supervisor import ATTEMPTS, Supervisor

_SECONDS_OF_SILENCE = 10
_ROUNDS = 200  # in which whatever is left must come to its end


class Died(BaseException):
    """A supervisor was killed at this point."""


class Worker:
    """What `tlcore.pipeline.worker` does, a step at a time."""

    def __init__(self, world: "World"):
        self.world = world
        self.given: Path | None = None  # by its supervisor, which has not yet heard that it is free
        self.inbox: list[Path] = []
        self.folder: Path | None = None
        self.lease = None
        self.begun = self.ended = False
        self.alive, self.frozen, self.orphan = True, False, False
        world.workers.append(self)

    def step(self) -> None:
        if not self.alive or self.frozen:
            return
        if self.folder is None:
            if self.inbox:
                self.folder = self.inbox.pop(0)
            elif self.orphan:
                self.die()
        elif self.lease is None:
            lease = leases.hold(lease_of(self.folder), wait=0)
            if not lease.__enter__():
                self._free()
            else:
                self.lease = lease
                self.beat()
        elif self.ended or (not self.begun and Job(self.folder).over):
            self._release()
            self._free()
        elif not self.begun:
            cut_half_line(self.folder)
            EventLog(self.folder).event("start", pid=1, worker=True)
            self.begun = True
        elif EventLog(self.folder).request() == "cancel":
            end(self.folder, "cancelled")
            self.ended = True
        else:
            EventLog(self.folder).event("done")
            self.ended = True

    def beat(self) -> None:
        if self.alive and not self.frozen and self.lease:
            self.world.beats += 1
            os.utime(lease_of(self.folder), ns=(self.world.beats, self.world.beats))

    def die(self) -> None:
        """The system frees what it held."""
        if self.alive and self.begun and not self.ended:
            self.world.deaths[self.folder] = self.world.deaths.get(self.folder, 0) + 1
        self.alive = False
        self._release()

    def _release(self) -> None:
        if self.lease:
            self.lease.__exit__(None, None, None)
            self.lease = None

    def _free(self) -> None:
        self.folder = self.given = None
        self.begun = self.ended = False


class Workers:
    """An executor with one worker."""

    def __init__(self, world: "World"):
        self._world = world
        self.worker: Worker | None = None

    def submit(self, folder, lane):
        if self.worker is None or not self.worker.alive:
            self.worker = Worker(self._world)
        self.worker.given = folder
        self.worker.inbox.append(folder)

    def poll(self, folder):
        if self.worker is None or self.worker.given != folder:
            return 0
        if self.worker.alive:
            return None
        self.worker = None
        return -signal.SIGKILL

    def cancel(self, folder):
        for each in self._world.workers:
            if (each is self.worker and each.given == folder) or (each.lease and each.folder == folder):
                each.die()

    def is_free(self, lane):
        return self.worker is None or not self.worker.alive or self.worker.given is None

    def keep_warm(self, lanes):
        pass


class Actor:
    """A supervisor: its next step may be its last, or be held up, before any of its effects."""

    def __init__(self, world: "World"):
        self.executor = Workers(world)
        self.supervisor = Supervisor(self.executor, ("quick",), clock=lambda: world.now)
        self.alive = True
        self.left: int | None = None  # effects until it dies or freezes; None: it does neither
        self.freezes = False
        self.frozen, self.thawed = threading.Event(), threading.Event()
        self.thread: threading.Thread | None = None
        self.error: BaseException | None = None

    def run(self, left: int | None, freezes: bool) -> None:
        """One step, in a thread that stands still where it freezes."""
        self.left, self.freezes = left, freezes
        self.frozen.clear()
        self.thawed.clear()
        over = threading.Event()

        def step() -> None:
            _acting.actor = self
            try:
                self.supervisor.step()
            except Died:
                self.die()
            except BaseException as error:
                self.error = error
            finally:
                over.set()
                self.frozen.set()

        self.thread = threading.Thread(target=step)
        self.thread.start()
        assert self.frozen.wait(60)
        if over.is_set():
            self.thread.join()
            self.thread = None

    def effect(self) -> None:
        """Called before whatever others can see."""
        if not self.alive:
            raise Died
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            if not self.freezes:
                raise Died
            self.frozen.set()
            assert self.thawed.wait(60)
            if not self.alive:
                raise Died

    @property
    def is_frozen(self) -> bool:
        return self.thread is not None

    def thaw(self) -> None:
        if self.thread:
            self.thawed.set()
            self.thread.join()
            self.thread = None

    def die(self) -> None:
        self.alive = False
        if self.executor.worker:
            self.executor.worker.orphan = True
        if threading.current_thread() is not self.thread:
            self.thaw()


_acting = threading.local()


def _with_effect(function):
    def call(*args, **keywords):
        if actor := getattr(_acting, "actor", None):
            actor.effect()
        return function(*args, **keywords)

    return call


class World(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now, self.beats = 0.0, 0
        self.actors: list[Actor] = []
        self.workers: list[Worker] = []
        self.deaths: dict[Path, int] = {}
        self.made: list[Job] = []
        self.frozen_at_the_end = False
        self.most_supervisors = 0  # alive at once, which their lease rules out
        self.home = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("TLCORE_HOME", str(self.home))
        self.patch.setattr(leases, "_beat", lambda *_: None)
        self.patch.setattr(supervisor_module, "_SECONDS_OF_SILENCE", _SECONDS_OF_SILENCE)
        self.patch.setattr(supervisor_module.traceback, "print_exc", self._fail)
        self.patch.setattr(supervisor_module, "end", _with_effect(end))
        for owner, names in (
            (database, ("set_state", "forget")),
            (Workers, ("submit", "cancel", "poll", "is_free")),
            (supervisor_module, ("is_worked_on", "was_interrupted")),
            (leases, ("hold",)),
        ):
            for name in names:
                self.patch.setattr(owner, name, _with_effect(getattr(owner, name)))
        self.patch.setattr(EventLog, "event", _with_effect(EventLog.event))

    @staticmethod
    def _fail():
        raise AssertionError("a supervisor passed over an error")

    @property
    def living(self) -> list[Actor]:
        return [each for each in self.actors if each.alive]

    @initialize(number=st.integers(1, 3), left=st.none() | st.integers(0, 4), frozen=st.booleans())
    def begin(self, number, left, frozen):
        self.frozen_at_the_end = frozen
        for text in range(number):
            self.made.append(jobs.submit("echo", {"text": str(text)}))
        self.start_supervisor()
        self.actors[0].run(left, False)

    @rule()
    def all_go_on(self):
        for actor in self.living:
            if not actor.is_frozen:
                actor.run(None, False)
        for worker in list(self.workers):
            worker.step()

    @rule()
    @precondition(lambda self: len(self.living) < 2)
    def start_supervisor(self):
        self.actors.append(Actor(self))
        self.most_supervisors = max(self.most_supervisors, len(self.living))

    @rule(index=st.integers(0, 1), left=st.none() | st.integers(0, 8), freezes=st.booleans())
    @precondition(lambda self: any(not each.is_frozen for each in self.living))
    def step_supervisor(self, index, left, freezes):
        able = [each for each in self.living if not each.is_frozen]
        able[index % len(able)].run(left, freezes)

    @rule(kill=st.booleans())
    @precondition(lambda self: any(each.is_frozen for each in self.living))
    def thaw_or_kill_supervisor(self, kill):
        actor = next(each for each in self.living if each.is_frozen)
        actor.die() if kill else actor.thaw()

    @rule(index=st.integers(0, 3), steps=st.integers(1, 4))
    @precondition(lambda self: any(each.alive for each in self.workers))
    def step_worker(self, index, steps):
        able = [each for each in self.workers if each.alive]
        for _ in range(steps):
            able[index % len(able)].step()

    @rule(index=st.integers(0, 3), what=st.sampled_from(["die", "freeze", "thaw"]))
    @precondition(lambda self: any(each.alive for each in self.workers))
    def disturb_worker(self, index, what):
        able = [each for each in self.workers if each.alive]
        worker = able[index % len(able)]
        if what == "die":
            worker.die()
        else:
            worker.frozen = what == "freeze"

    @rule(index=st.integers(0, 2), unheard=st.booleans())
    @precondition(lambda self: len(self.workers) > 1)
    def cancel(self, index, unheard):
        job = self.made[index % len(self.made)]
        jobs.cancel(job.folder)
        if unheard and (job.folder / "request").exists():
            os.utime(job.folder / "request", (1, 1))

    @rule()
    def time_passes(self):
        self.now += 5
        for worker in self.workers:
            worker.beat()

    @invariant()
    def no_supervisor_failed(self):
        for actor in self.actors:
            if actor.error:
                raise actor.error

    @invariant()
    def one_worker_has_a_job_at_a_time(self):
        held = [worker.folder for worker in self.workers if worker.lease]
        assert len(held) == len(set(held))

    @invariant()
    def no_job_is_sent_back_while_a_worker_is_at_it(self):
        for worker in self.workers:
            if worker.lease and worker.begun and not worker.ended:
                kinds = [event["event"] for event in read_events(worker.folder)]
                assert kinds[-1] == "start", kinds

    @invariant()
    def no_job_is_lost_or_goes_on_after_its_end(self):
        with database.connect() as connection:
            known = {row["id"]: row["state"] for row in connection.execute("select * from jobs")}
        for job in self.made:
            kinds = [event["event"] for event in read_events(job.folder)]
            assert all(kind not in ENDINGS for kind in kinds[:-1]), kinds
            assert job.over or known[job.id] in ("queued", "running")

    @invariant()
    def only_a_job_whose_workers_died_fails(self):
        for job in self.made:
            if job.state == "failed":
                given = self._workers_that_died_with(job) * self.most_supervisors  # each may count the same death
                assert self.deaths.get(job.folder, 0) >= ATTEMPTS or given >= ATTEMPTS

    def _workers_that_died_with(self, job: Job) -> int:
        """Those that were given it, too: one that dies before it has begun may have died of reading it."""
        return sum(not each.alive and job.folder in (each.given, each.folder) for each in self.workers)

    def teardown(self):
        try:
            for actor in self.living:
                if actor.is_frozen:
                    actor.die()
            for worker in self.workers:
                worker.frozen |= self.frozen_at_the_end
            if not self.living:
                self.start_supervisor()
            for _ in range(_ROUNDS):
                if all(job.over for job in self.made):
                    break
                for actor in self.living:
                    actor.run(None, False)
                for worker in self.workers:
                    worker.step()
                self.time_passes()
            states = [job.state for job in self.made]
            assert set(states) <= set(ENDINGS), f"stuck: {states}"
            self.no_job_is_lost_or_goes_on_after_its_end()
            self.no_supervisor_failed()
        finally:
            for actor in self.actors:
                with contextlib.suppress(AssertionError):
                    actor.die()
            for worker in self.workers:
                worker.die()
            self.patch.undo()
            shutil.rmtree(self.home, ignore_errors=True)


World.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestInterleavings = World.TestCase


def test_a_job_that_a_worker_takes_at_the_last_moment_is_left_to_it(home, monkeypatch):
    job = jobs.submit("echo", {"text": "x"})
    with database.connect() as connection:
        database.set_state(connection, job.id, "running")
    EventLog(job.folder).event("start", pid=1, worker=True)
    monkeypatch.setattr(supervisor_module, "is_worked_on", lambda folder: False)  # it was not, a moment ago
    with leases.hold(lease_of(job.folder)):
        Supervisor(Workers(None), ("quick",)).step()
    assert [event["event"] for event in read_events(job.folder)] == ["start"]
    Supervisor(Workers(None), ("quick",)).step()
    assert [event["event"] for event in read_events(job.folder)] == ["start", "restart"]
