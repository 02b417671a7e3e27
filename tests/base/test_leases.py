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


def test_its_owner_is_known_while_it_is_held(path, start):
    process, _ = start()
    assert leases.owner(path).pid == process.pid
    assert not start()[1] and leases.owner(path).pid == process.pid  # one that waited in vain
    process.kill()
    process.wait()
    assert leases.owner(path) is None
    with leases.hold(path):
        assert leases.owner(path).pid == os.getpid()
    assert leases.owner(path) is None


@pytest.mark.parametrize(
    "content",
    ["", "no number", str(os.getpid()), str(os.getppid()), "4194999"],
    ids=["empty", "text", "this process", "its parent", "no process"],
)
def test_a_process_that_does_not_have_it_is_not_its_owner(path, content):
    assert leases.owner(path) is None
    path.write_text(content)  # as an older workspace has it, or one whose holder died and whose number is another's now
    assert leases.owner(path) is None


def test_it_is_held_on_when_its_folder_is_renamed(tmp_path, monkeypatch):
    monkeypatch.setattr(leases, "_SECONDS_BETWEEN_BEATS", 0.02)
    (tmp_path / "before").mkdir()
    with leases.hold(tmp_path / "before" / "lock"):
        path = (tmp_path / "before").rename(tmp_path / "after") / "lock"
        assert leases.is_held(path) and leases.owner(path).pid == os.getpid()
        os.utime(path, (1, 1))
        deadline = time.monotonic() + 20
        while path.stat().st_mtime == 1:
            assert time.monotonic() < deadline
    assert not leases.is_held(path)


def test_a_holder_whose_folder_vanishes_ends_as_any_other(path):
    before = threading.active_count()
    with leases.hold(path) as held:
        path.unlink()
        assert held
    assert threading.active_count() == before
