"""The record of a run: frozen, read back as it was, its state told by its last event."""

import contextlib
import os
from pathlib import Path

import pandas as pd
import pytest

from tlcore import runs
from tlcore.base import leases, workspace
from tlcore.base.errors import UserError
from tlcore.base.events import EventLog, make_request, read_events
from tlcore.base.progress import Cancelled
from tlcore.base.work import ENDINGS, died, is_worked_on, lease_of
from tlcore.datasets.dataset import Dataset
from tlcore.modules.module import LayerGroup, Module, VariableFact
from tlcore.plans import Plan

GROUPS = (
    LayerGroup(name="stem", variables=(VariableFact(name="stem/kernel", shape=(3, 3, 3, 8)),)),
    LayerGroup(name="top", variables=(VariableFact(name="top/kernel", shape=(8, 4)),)),
)
MODULE = Module(
    id="m", name="Tiny", handle="tiny", source="built-in", groups=GROUPS, trainable=True, batch_norm_update="all"
)
DATASET = Dataset("d", "Beetles", "image", ("a", "b"), "f" * 64, "2026-01-01", Path("nowhere"))
vars(DATASET)["examples"] = pd.DataFrame({"label": [0, 1], "split": ["train", "train"]})


def test_a_run_reads_back_as_it_was_asked_for():
    plan = Plan(train_groups=("top",), epochs=3, seed=7)
    run = runs.open_run(runs.create_run(DATASET, MODULE, plan, owner="me").id)
    assert run.plan == plan
    assert run.name == "Beetles · Tiny"
    assert run.class_names == ("a", "b")
    assert run.record["owner"] == "me"
    assert run.record["versions"]["tensorflow"]
    assert (run.state, run.metrics, run.has_result) == ("queued", {}, False)


def test_a_rename_leaves_the_record_frozen():
    run = runs.create_run(DATASET, MODULE, Plan())
    before = (run.folder / "run.json").read_bytes()
    runs.rename_run(run.id, " Better ")
    assert (run.name, (run.folder / "run.json").read_bytes()) == ("Better", before)
    with pytest.raises(UserError, match="needs a name"):
        runs.rename_run(run.id, "  ")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_last_event_tells_the_state(ending):
    run = runs.create_run(DATASET, MODULE, Plan())
    log = EventLog(run.folder)
    log.stage("features")
    assert run.state == "running"
    log.event(ending)
    assert run.state == ending


def test_half_a_line_is_not_read():
    run = runs.create_run(DATASET, MODULE, Plan())
    EventLog(run.folder).stage("features")
    with open(run.folder / "events.jsonl", "a") as file:
        file.write('{"event": "do')
    assert [event["event"] for event in read_events(run.folder)] == ["stage"]
    assert run.state == "running"


def test_work_that_is_asked_to_cancel_ends_at_its_next_step():
    run = runs.create_run(DATASET, MODULE, Plan())
    log = EventLog(run.folder)
    log.step(1, 10, "images")
    make_request(run.folder, "cancel")
    with pytest.raises(Cancelled):
        log.step(2, 10, "images")


def test_a_run_under_way_is_not_deleted():
    run = runs.create_run(DATASET, MODULE, Plan())
    with pytest.raises(UserError, match="under way"):
        runs.delete_run(run.id)
    EventLog(run.folder).event("done")
    runs.delete_run(run.id)
    assert runs.list_runs() == []


def test_runs_are_listed_newest_first(monkeypatch):
    times = iter(["2026-01-01", "2026-01-03", "2026-01-02"])
    monkeypatch.setattr("tlcore.base.workspace.now", lambda: next(times))
    made = [runs.create_run(DATASET, MODULE, Plan(), name=name) for name in ("first", "third", "second")]
    assert [run.name for run in runs.list_runs()] == ["third", "second", "first"]
    assert len({run.id for run in made}) == 3


@pytest.mark.parametrize(
    ("module", "plan", "title"),
    [
        (MODULE, Plan(train_groups=("middle",)), "no such layer groups"),
        (MODULE, Plan(train_groups=("top",), batch_norm="update"), "can't be updated"),
        (MODULE.model_copy(update={"trainable": False}), Plan(train_groups=("top",)), "can't be fine-tuned"),
        (MODULE.model_copy(update={"modality": "text"}), Plan(), "does not fit the dataset"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_before_it_starts(module, plan, title):
    with pytest.raises(UserError, match=title):
        runs.create_run(DATASET, module, plan)
    assert not list(workspace.place("runs").iterdir())


@pytest.mark.parametrize("id", ["nothing-here", "../tmp", "<script>"])
def test_an_unknown_run_is_a_clear_word(id):
    with pytest.raises(UserError, match="There is no such run"):
        runs.open_run(id)


def test_what_a_run_under_way_needs_is_not_to_be_deleted():
    run = runs.create_run(DATASET, MODULE, Plan(), name="needs both")
    for kind, id in (("dataset", DATASET.id), ("module", MODULE.id)):
        with pytest.raises(UserError, match="needs both is queued"):
            runs.check_unused(kind, id)
        runs.check_unused(kind, "another")
    EventLog(run.folder).event("done")
    runs.check_unused("module", MODULE.id)


def test_a_dataset_or_module_that_is_gone_is_said_to_be(monkeypatch):
    run = runs.create_run(DATASET, MODULE, Plan(), name="mine")
    with pytest.raises(UserError, match=r"module is gone.*mine was trained from Tiny"):
        run.module()
    with pytest.raises(UserError, match=r"dataset is gone.*Beetles"):
        run.dataset()
    monkeypatch.setattr("tlcore.runs.run.find_module", lambda id: MODULE.model_copy(update={"fingerprint": "other"}))
    with pytest.raises(UserError, match="has changed"):
        run.module()


def test_a_run_of_this_process_is_under_way_from_the_moment_it_can_be_seen_and_failed_when_it_is_left(monkeypatch):
    seen = []
    rename = os.rename

    def look_at_once(source, goal):
        rename(source, goal)
        seen.append((is_worked_on(goal), leases.owner(lease_of(goal)).pid))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", look_at_once)
        begun = contextlib.ExitStack()
        run = begun.enter_context(runs.begin_run(DATASET, MODULE, Plan()))
    with begun:
        assert seen == [(True, os.getpid())]
        assert run.state == "running" and died(run.folder) is None
    assert run.state == "failed"
    assert "notebook" in died(run.folder)["detail"]
    runs.delete_run(run.id)


def test_a_run_that_ends_between_two_looks_has_not_died(monkeypatch):
    with runs.begin_run(DATASET, MODULE, Plan()) as run:
        pass
    is_held = leases.is_held

    def end_first(path):
        EventLog(run.folder).event("done")
        return is_held(path)

    monkeypatch.setattr(leases, "is_held", end_first)
    assert died(run.folder) is None


def test_one_that_a_worker_left_goes_on():
    run = runs.create_run(DATASET, MODULE, Plan())
    EventLog(run.folder).event("start", pid=1, worker=True)
    assert run.state == "running"
    assert died(run.folder) is None
