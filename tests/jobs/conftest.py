"""A supervisor with workers that know tasks made for tests, and load no TensorFlow."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import tlcore.base.workspace as workspace
from tests.root import ROOT
from tlcore import pipeline
from tlcore.datasets import import_dataset
from tlcore.modules import find_module
from tlcore.plans import Plan

_TASKS = '''
"""Read by every Python started with this folder on its path: tasks for tests."""

import os, signal, threading, time
from pathlib import Path
from tlcore.base.errors import UserError
from tlcore.pipeline import tasks

def echo(folder, args, progress):
    with open(folder.parents[1] / "order", "a") as file:
        file.write(args["text"] + "\\n")
    print("printed", args["text"])
    os.system("echo printed by another process")
    return {"text": args["text"]}

def long(folder, args, progress):
    """Counts to `steps`, keeping its place; ends early when it is asked to stop."""
    place = folder / "place"
    done = int(place.read_text() or 0) if place.exists() else 0
    progress.stage("counting")
    while done < args["steps"] and progress.request() != "stop":
        progress.step(done, args["steps"], "steps")
        time.sleep(0.02)
        done += 1
        place.write_text(str(done))
    return {"done": done}

def deaf(folder, args, progress):
    progress.stage("deaf")
    os.system("sleep 60 & echo $! > '%s'; wait" % (folder / "child"))

def deadly(folder, args, progress):
    os.kill(os.getpid(), signal.SIGKILL)

def wrong(folder, args, progress):
    raise UserError("It is wrong", "In the file", "Mend it")

def broken(folder, args, progress):
    return 1 / 0

def hungry(folder, args, progress):
    raise MemoryError("too much")

def setting(folder, args, progress):
    return {name: os.environ.get(name) for name in ("TLCORE_MODULE_HOSTS", "TF_FORCE_GPU_ALLOW_GROWTH")}

def train(folder, args, progress):
    """Goes on until a file `go` lies in its folder."""
    (folder / "checkpoints").mkdir(exist_ok=True)
    (folder / "hosts").write_text(os.environ.get("TLCORE_MODULE_HOSTS", ""))
    while not (folder / "go").exists():
        progress.step(0, None, "steps")
        time.sleep(0.02)

def careless(folder, args, progress):
    """Begins what it can't stop."""
    def go_on():
        while True:
            (folder.parents[1] / "going-on").write_text(str(time.time_ns()))
            time.sleep(0.01)
    threading.Thread(target=go_on, daemon=True).start()
    while True:
        progress.step(0, None, "steps")
        time.sleep(0.01)

tasks.TASKS.update(careless=careless, echo=echo, long=long, deaf=deaf, deadly=deadly, wrong=wrong, broken=broken,
                   hungry=hungry,
                   setting=setting, train=train)
tasks.warm_up = lambda: iter(())
'''


@pytest.fixture(autouse=True)
def known_tasks(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "sitecustomize.py").write_text(_TASKS)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{ROOT}")


@pytest.fixture
def supervise(home):
    """Starts supervisors of the workspace; kills all its processes at the end."""

    def start() -> subprocess.Popen:
        with open(home / "supervisor.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tlcore.pipeline.supervisor"], cwd=ROOT, stderr=log, start_new_session=True
            )

    yield start
    for process in processes(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes(home), timeout=5)


def processes(home: Path, module: str = "tlcore.pipeline.") -> list[psutil.Process]:
    """The living processes of a workspace whose command line names a module."""
    found = []
    for process in psutil.process_iter(["environ", "cmdline", "status"]):
        environment, command = process.info["environ"] or {}, process.info["cmdline"] or []
        named = any(part.startswith(module) for part in command)
        if named and environment.get("TLCORE_HOME") == str(home) and process.info["status"] != "zombie":
            found.append(process)
    return found


def until(condition, seconds: float = 60):
    """Waits for something to be true and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    log = workspace.home() / "supervisor.log"
    raise AssertionError(f"It did not come true in {seconds} s\n{log.read_text() if log.exists() else ''}")


@pytest.fixture
def submit_run(make_images, tmp_path):
    """Puts a run on little pictures in the queue, or has it begun in another way."""

    def submit(how: Callable = pipeline.submit_run):
        dataset = import_dataset(make_images(tmp_path / "pictures"))
        return how(dataset, find_module("efficientnet-lite0"), Plan())

    return submit
