"""What is put in the queue waits in the lane of its kind; what was put there before lanes were noted still does."""

import json

import pytest

import tlcore.base.workspace as workspace
from tlcore import jobs, pipeline
from tlcore.base.events import EventLog
from tlcore.base.work import ENDINGS
from tlcore.datasets import import_dataset
from tlcore.modules import find_module
from tlcore.pipeline.kinds import KINDS, LANES
from tlcore.pipeline.submit import adopt
from tlcore.pipeline.tasks import TASKS
from tlcore.plans import Plan
from tlcore.runs import begin_run, create_run


@pytest.fixture
def create(make_images, tmp_path):
    dataset, module = import_dataset(make_images(tmp_path / "pictures")), find_module("efficientnet-lite0")
    return lambda how=create_run: how(dataset, module, Plan())


def test_every_kind_has_a_task_and_a_lane():
    assert set(KINDS) == set(TASKS)
    assert {kind.lane for kind in KINDS.values()} == set(LANES)


def test_each_kind_waits_in_its_lane():
    first, other = pipeline.submit("import", {"n": 1}), pipeline.submit("map", {})
    second = pipeline.submit("import", {"n": 1})
    assert [jobs.position(job.id) for job in (first, other, second)] == [1, 1, 2]
    assert (first.limit, other.limit) == (float("inf"), 2 * 3600)


def test_a_run_waits_as_a_job(make_images, tmp_path):
    dataset, module = import_dataset(make_images(tmp_path / "pictures")), find_module("efficientnet-lite0")
    run = pipeline.submit_run(dataset, module, Plan(), name="x")
    (job,) = jobs.queue()
    assert (job.folder, job.kind, job.lane, job.limit) == (run.folder, "train", "train", float("inf"))


def as_before(job: jobs.Job) -> None:
    """A record as older versions wrote it."""
    path = job.folder / jobs.RECORD
    record = json.loads(path.read_text())
    del record["lane"], record["limit"]
    path.write_text(json.dumps(record))


def test_what_waited_in_an_older_workspace_goes_on_waiting_in_its_lane(home, create):
    job, run = pipeline.submit("import", {"source": "/nowhere"}), create()
    as_before(job)
    for path in home.glob("tlcore.db*"):
        path.unlink()
    adopt()
    assert [(each.kind, each.lane, each.limit) for each in jobs.queue()] == [
        ("import", "import", float("inf")), ("train", "train", float("inf")),
    ]  # fmt: skip
    assert jobs.open_job(run.id).created == run.record["created"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_over_is_not_put_in_the_queue(home, create, ending):
    run = create()
    EventLog(run.folder).event("start", pid=1, worker=True)
    EventLog(run.folder).event(ending)
    adopt()
    assert jobs.queue() == [] and not (run.folder / jobs.RECORD).exists()


def test_a_run_that_a_command_line_carries_out_is_none_of_the_queues(create):
    with create(begin_run) as run:
        adopt()
    assert not (run.folder / jobs.RECORD).exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_record_holds_up_no_other(content, create):
    job, run = pipeline.submit("map", {}), create()
    (job.folder / jobs.RECORD).write_text(content)
    (workspace.place("jobs") / "empty").mkdir()
    adopt()
    assert (run.folder / jobs.RECORD).exists()
