"""One damaged document takes nothing else down: it is named as damaged, it can be deleted, and all else is there."""

import json
import shutil
from pathlib import Path

import pytest

import tlcore.base.workspace as workspace
from tests.command_line import document, invoke
from tests.pages.finished_run import finished_run
from tlcore import jobs, runs
from tlcore.base.errors import Damaged, UserError
from tlcore.base.events import EventLog, latest_events
from tlcore.datasets import damaged_datasets, delete_dataset, list_datasets, open_dataset
from tlcore.evaluation.comparison.leaderboard import leaderboard
from tlcore.evaluation.run_results import count_test_view, test_views
from tlcore.jobs import database
from tlcore.modules.catalogue import catalogue, damaged_modules, delete_module, local_modules

WAYS = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "something else": lambda content: b"[]",
    "no text": lambda content: b"\xff\xfe\x00" + content,
    "missing": lambda content: None,
}
in_each_way = pytest.mark.parametrize("way", WAYS)


def damage(path: Path, way: str) -> None:
    content = WAYS[way](path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)


@pytest.fixture
def run(make_images, tmp_path) -> runs.Run:
    """A finished run; beside it lies another with its dataset, to be damaged."""
    run = finished_run(make_images, tmp_path / "zoo", maps=False)
    for kind, id in (("runs", run.id), ("datasets", run.record["dataset"]["id"])):
        shutil.copytree(workspace.place(kind) / id, workspace.place(kind) / "other")
    return run


def check_that_the_rest_is_there(run: runs.Run) -> None:
    dataset = run.record["dataset"]["id"]
    assert run.id in [each.id for each in runs.list_runs()]
    assert dataset in [each.id for each in list_datasets()]
    assert open_dataset(dataset).splits == {"train": 18, "val": 9, "test": 9}
    assert run.id in [place.run.id for place in leaderboard(runs.list_runs(), dataset)]
    assert run.id in [each["run"] for each in document("runs")]
    assert dataset in [each["dataset"] for each in document("datasets")]
    for command in ("runs", "datasets", "modules"):
        assert invoke(command).exit_code == 0
    with database.connect() as connection:
        database.reindex(connection)


@in_each_way
@pytest.mark.parametrize("name", ["run.json", "result/metrics.json"])
def test_a_damaged_run_is_listed_as_damaged_and_can_be_deleted(run, name, way):
    other = runs.Run(workspace.place("runs") / "other")
    damage(other.folder / name, way)
    check_that_the_rest_is_there(run)
    if (name, way) == ("result/metrics.json", "missing"):  # as if it had never had a result
        assert other.state == "done" and not other.has_result
    else:
        assert other.state == "damaged"
        assert str(other.folder / name) in runs.damaged_runs()["other"].detail
        assert next(each for each in document("runs") if each["run"] == "other")["state"] == "damaged"
        assert "other" in invoke("runs").stdout
        with pytest.raises(Damaged):
            runs.open_run("other")
        assert "is damaged" in invoke("show", "other").stderr
    runs.delete_run("other")
    assert not runs.damaged_runs()


@in_each_way
def test_damaged_notes_cost_a_run_its_other_name_alone(run, way):
    runs.rename_run("other", "better")
    damage(workspace.place("runs") / "other" / "notes.json", way)
    check_that_the_rest_is_there(run)
    assert runs.open_run("other").name == "test run"
    runs.rename_run("other", "best")
    assert runs.open_run("other").name == "best"


@in_each_way
def test_a_damaged_log_leaves_a_runs_result(run, way):
    other = runs.open_run("other")
    damage(other.folder / "events.jsonl", way)
    check_that_the_rest_is_there(run)
    assert other.state == "done"
    assert other.metrics == run.metrics
    assert isinstance(latest_events(other.folder), list)
    runs.delete_run("other")


@pytest.mark.parametrize("way", ["empty", "something else"])
def test_a_run_without_a_result_whose_log_is_damaged_has_failed(run, way):
    other = runs.open_run("other")
    shutil.rmtree(other.folder / "result")
    damage(other.folder / "events.jsonl", way)
    assert other.state == "failed"
    assert "damaged" in jobs.open_job("other").error["title"]
    runs.delete_run("other")


@in_each_way
def test_a_damaged_count_of_looks_is_begun_anew(run, way):
    other = runs.open_run("other")
    assert (count_test_view(other), count_test_view(other)) == (1, 2)
    damage(other.folder / "test_views.json", way)
    check_that_the_rest_is_there(run)
    assert test_views(other) == 1  # that of `runs --json`


@in_each_way
@pytest.mark.parametrize("name", ["dataset.json", "examples.parquet"])
def test_a_damaged_dataset_is_listed_as_damaged_and_can_be_deleted(run, name, way):
    damage(workspace.place("datasets") / "other" / name, way)
    check_that_the_rest_is_there(run)
    assert name in damaged_datasets()["other"].detail
    assert next(each for each in document("datasets") if each["dataset"] == "other")["state"] == "damaged"
    with pytest.raises(Damaged):
        open_dataset("other")
    delete_dataset("other")
    assert not damaged_datasets()


@in_each_way
def test_a_damaged_module_is_named_and_the_others_are_listed(run, way):
    folder = workspace.place("modules") / "other"
    folder.mkdir()
    (folder / "module.json").write_text(catalogue()[0].model_copy(update={"id": "other"}).model_dump_json())
    assert [module.id for module in local_modules()] == ["other"]
    damage(folder / "module.json", way)
    check_that_the_rest_is_there(run)
    assert local_modules() == []
    assert "module.json" in damaged_modules()["other"].detail
    listed = document("modules")
    assert [each["name"] for each in listed if each.get("state") == "damaged"] == ["other"]
    assert all(each.keys() >= listed[0].keys() for each in listed)
    (line,) = [line for line in invoke("modules").stdout.splitlines() if "(damaged)" in line]
    assert line.split()[0] == "other"
    delete_module("other")
    assert not damaged_modules()


@in_each_way
@pytest.mark.parametrize("name", ["job.json", "events.jsonl"])
def test_a_damaged_job_holds_up_no_other(run, name, way):
    job, other = jobs.submit("echo", {"text": "x"}), jobs.submit("echo", {"text": "y"})
    EventLog(job.folder).event("start", pid=1, worker=True)
    damage(job.folder / name, way)
    check_that_the_rest_is_there(run)
    assert other in jobs.queue()
    assert isinstance(jobs.open_job(job.id).state, str)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, json.dumps({"a": {}}).encode(), b'{"a": []}']
)
def test_what_a_document_must_hold_is_checked_as_it_is_read(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(Damaged, match="x.json"):
        workspace.read_json(tmp_path / "x.json", "a.b")


def test_a_run_of_another_version_is_listed_as_damaged(run):
    path = workspace.place("runs") / "other" / "run.json"
    workspace.write_json(path, workspace.read_json(path) | {"plan": {"learning_speed": 1}})
    assert "learning_speed" in runs.damaged_runs()["other"].detail
    assert runs.list_runs() == [run]


def test_a_folder_that_is_gone_is_not_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        workspace.read_json(tmp_path / "gone" / "x.json")
    with pytest.raises(UserError, match="no such run"):
        runs.open_run("gone")
