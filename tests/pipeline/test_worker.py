"""The worker's process, given jobs by hand."""

import os
import subprocess
import sys

import tlcore.base.workspace as workspace
from tests.jobs.conftest import until
from tlcore import jobs

_LOADS_FOR_EVER = """
import runpy, time
from tlcore.pipeline import tasks

def pieces():
    while True:
        time.sleep(0.01)
        yield

tasks.warm_up = pieces
runpy.run_module("tlcore.pipeline.worker", run_name="__main__")
"""


def test_a_job_that_comes_while_a_worker_loads_does_not_wait_for_the_rest():
    worker = subprocess.Popen(
        [sys.executable, "-c", _LOADS_FOR_EVER, "-", "quick"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TLCORE_HOME": str(workspace.home())},
    )
    with worker:
        for text in ("one", "two"):
            job = jobs.submit("echo", {"text": text})
            worker.stdin.write(f"{job.folder}\n".encode())
            worker.stdin.flush()
            until(lambda job=job: job.over)
            assert job.result == {"text": text}
        worker.stdin.close()
        assert worker.wait(10) == 0
        assert worker.stdout.read().split() == [b"ready", b"free", b"free"]
