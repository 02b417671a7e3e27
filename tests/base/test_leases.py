"""One living process at a time, a dead one told at once and a frozen one after a while."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.root import ROOT
from tlcore.base import leases

_HOLDER = (
    "import sys, time; from pathlib import Path; from tlcore.base import leases\n"
    "leases._SECONDS_BETWEEN_BEATS = 0.02\n"
    "with leases.hold(Path(sys.argv[1])) as held: print(held, flush=True); time.sleep(60)"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture
def start(path):
    """Starts a process that takes the lease; gives it once it has said whether it has it."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, process.stdout.readline().strip() == "True"

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_lease_has_one_holder(path):
    assert not leases.is_held(path) and not path.exists()
    with leases.hold(path) as held:
        assert held and leases.is_held(path)
        with leases.hold(path, wait=0) as second:
            assert not second
        assert leases.is_held(path)
    assert not leases.is_held(path)


def test_it_is_free_as_soon_as_its_holder_is_killed(path, start):
    process, held = start()
    assert held and leases.is_held(path) and not start()[1]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not leases.is_held(path) and start()[1]


def test_a_frozen_holder_keeps_it_and_falls_silent(path, start):
    process, _ = start()
    watch = leases.Watch()
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    deadline = time.monotonic() + 20
    while watch.look(path) < 0.5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert leases.is_held(path)
    process.send_signal(signal.SIGCONT)
    while watch.look(path):
        assert time.monotonic() < deadline


def test_only_time_in_which_the_watcher_was_awake_counts(path):
    path.touch()
    now = 0.0
    watch = leases.Watch(lambda: now)
    assert watch.look(path) == 0
    now += 3
    assert watch.look(path) == 3
    now += 8 * 3600  # the laptop was shut
    assert watch.look(path) == 3 + leases._SECONDS_BETWEEN_LOOKS
    os.utime(path, ns=(1, 1))
    assert watch.look(path) == 0


def test_who_holds_it_is_found_by_the_module_that_it_runs(path, tmp_path):
    (tmp_path / "holder_of_a_lease.py").write_text(_HOLDER)
    line = [sys.executable, "-m", "holder_of_a_lease", str(path)]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, env=environment)
    process.stdout.readline()
    assert [each.pid for each in leases.holders(path, "holder_of_a_lease")] == [process.pid]
    assert leases.holders(path, "another_module") == leases.holders(tmp_path / "no", "holder_of_a_lease") == []
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_holder_whose_folder_vanishes_ends_as_any_other(path):
    before = threading.active_count()
    with leases.hold(path) as held:
        path.unlink()
        assert held
    assert threading.active_count() == before
