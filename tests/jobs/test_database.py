"""The queue's table is made once whoever comes first, and made again whenever it is lost."""

import subprocess
import sys

import pytest

from tests.root import ROOT
from tlcore import jobs
from tlcore.base.events import EventLog
from tlcore.jobs import database


def test_many_processes_make_one_table_and_lose_no_job():
    code = "from tlcore import jobs\nfor n in range(5): jobs.submit('echo', {'text': str(n)})"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in processes:
        assert process.wait(timeout=60) == 0, process.stderr.read()
    assert len(jobs.queue()) == 20


@pytest.mark.parametrize("content", [None, b"", b"this is no database" * 1000])
def test_a_lost_or_broken_table_is_made_again(home, content):
    waiting, done, cancelled = (jobs.submit("echo", {"text": str(number)}) for number in range(3))
    EventLog(done.folder).event("start", pid=1, worker=True)
    EventLog(done.folder).event("done")
    jobs.cancel(cancelled.folder)
    for path in home.glob("tlcore.db*"):
        path.unlink()
    if content is not None:
        database.workspace.database().write_bytes(content)
    assert [job.id for job in jobs.queue()] == [waiting.id]
    assert jobs.find_job("echo", {"text": "1"}).id == done.id
    assert jobs.position(waiting.id) == 1


def test_a_record_that_can_not_be_read_holds_up_no_other(home):
    damaged, other = jobs.submit("echo", {"text": "x"}), jobs.submit("echo", {"text": "y"})
    (damaged.folder / "job.json").write_text('{"kind": "ec')
    for path in home.glob("tlcore.db*"):
        path.unlink()
    assert [job.id for job in jobs.queue()] == [other.id]


def test_equal_work_has_equal_keys():
    assert database.work_key("map", {"a": 1, "b": [2]}) == database.work_key("map", {"b": [2], "a": 1})
    assert database.work_key("map", {"a": 1}) != database.work_key("map", {"a": 2})
    assert database.work_key("map", {"a": 1}) != database.work_key("export", {"a": 1})


def test_a_place_in_the_queue_counts_the_job_under_way():
    first, second = jobs.submit("echo", {"text": "1"}), jobs.submit("echo", {"text": "2"})
    with database.connect() as connection:
        database.set_state(connection, first.id, "running")
    assert (jobs.position(first.id), jobs.position(second.id)) == (0, 2)
