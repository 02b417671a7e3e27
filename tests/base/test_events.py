"""A log that is read as it grows says what the whole log says."""

import json

import pytest

from tlcore.base import events
from tlcore.base.events import EventLog, latest_events, read_events
from tlcore.base.progress import Progress


@pytest.fixture
def log(tmp_path) -> Progress:
    return EventLog(tmp_path)


def write(folder, *documents: dict) -> None:
    with open(folder / "events.jsonl", "a") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)


def steps(name: str, *done: int, total: int = 100) -> list[dict]:
    return [{"event": "step", "name": name, "done": each, "total": total} for each in done]


def test_there_are_no_events_before_there_is_a_log(tmp_path):
    assert latest_events(tmp_path) == []


def test_what_is_written_later_is_found_and_nothing_twice(tmp_path, log):
    for number in range(5):
        log.stage(f"stage {number}")
        assert latest_events(tmp_path) == read_events(tmp_path)
    assert len(latest_events(tmp_path)) == 5


def test_of_the_steps_of_each_work_the_first_two_and_the_last_stay(tmp_path):
    write(tmp_path, *steps("decoding", 1, 2, 3, 4), *steps("vectors", 1, 2), {"event": "stage", "name": "probe"})
    write(tmp_path, *steps("vectors", 5, 6, 7))
    latest_events(tmp_path)
    write(tmp_path, *steps("vectors", 8), *steps("vectors", 1, total=7))
    assert [event.get("done") for event in latest_events(tmp_path)] == [1, 2, 4, 1, 2, None, 5, 6, 8, 1]


def test_a_line_that_is_being_written_waits_until_it_is_whole(tmp_path, log):
    log.stage("probe")
    whole = json.dumps({"event": "stage", "name": "später"}, ensure_ascii=False) + "\n"
    half = len(whole.encode()) // 2 + 8
    with open(tmp_path / "events.jsonl", "ab") as file:
        file.write(whole.encode()[:half])
    assert len(latest_events(tmp_path)) == 1
    with open(tmp_path / "events.jsonl", "ab") as file:
        file.write(whole.encode()[half:])
    assert latest_events(tmp_path)[-1]["name"] == "später"


def test_a_log_that_was_written_anew_is_read_anew(tmp_path, log):
    log.stage("features")
    log.stage("probe")
    latest_events(tmp_path)
    (tmp_path / "events.jsonl").unlink()
    assert latest_events(tmp_path) == []
    log.stage("again")
    assert [event["name"] for event in latest_events(tmp_path)] == ["again"]


def test_few_logs_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "_LOGS", 3)
    for number in range(9):
        (tmp_path / str(number)).mkdir()
        EventLog(tmp_path / str(number)).stage("probe")
        assert len(latest_events(tmp_path / str(number))) == 1
    assert len(events._logs) <= 3 and len(latest_events(tmp_path / "0")) == 1
