"""`python -m benchmarks`, with benchmarks that measure nothing."""

import json

import pytest
from click.testing import CliRunner, Result

from benchmarks import __main__ as command
from tests.benchmarks.fake import FAKES


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    monkeypatch.setattr(command, "all_benchmarks", lambda: FAKES)
    monkeypatch.setattr(command, "in_own_process", lambda limit: 123.4)  # measuring it needs TensorFlow and a minute


def invoke(*args: str) -> Result:
    return CliRunner().invoke(command.main, args)


def test_a_table_of_ratios_is_drawn_with_the_machine_above_it():
    result = invoke("one")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "cores" in lines[0]
    assert "123 GFLOP/s" in result.stdout
    thing = next(line for line in lines if line.startswith("thing"))
    assert all(each in thing for each in ("[1]", "3 things", "0.5 s", "1 s", "2 (1.5–2.5)", "≥ 1.5", "reached"))
    other = next(line for line in lines if line.startswith("other thing"))
    assert all(each in other for each in ("200 ms", "≤ 150 ms", "missed"))
    assert "[1] peer: theirs" in lines


def test_json_is_one_document_and_nothing_else_on_stdout():
    document = json.loads(invoke("one", "lacking", "--json").stdout)
    assert document["machine"]["limit_gflops"] == 123.4
    assert [row["benchmark"] for row in document["rows"]] == ["thing", "other thing", "half a thing"]
    assert [row["met"] for row in document["rows"]] == [True, False, None]
    assert document["rows"][0]["ratio"] == 2.0


def test_what_could_not_be_measured_is_said_beside_what_was():
    result = invoke("lacking")
    assert result.exit_code == 0
    assert "half a thing" in result.stdout
    assert "Not measured: lacking: no photographs here" in result.stdout


def test_a_benchmark_that_fails_keeps_its_traceback_and_the_others_go_on():
    result = invoke("broken", "one")
    assert result.exit_code == 1
    assert "ZeroDivisionError: a defect" in result.stdout
    assert "2 (1.5–2.5)" in result.stdout
    assert json.loads(invoke("broken", "--json").stdout)["failed"][0]["benchmark"] == "broken"


def test_an_unknown_name_is_refused_with_those_that_there_are():
    result = invoke("one", "speed of light")
    assert result.exit_code == 2
    assert "There is no benchmark speed of light" in result.stderr
    assert "lacking" in result.stderr
    assert not result.stdout


def test_list_names_them_and_runs_none():
    result = invoke("--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(FAKES)
    assert json.loads(invoke("--list", "--json").stdout)[0]["benchmark"] == "one"
