"""Each command's document, words, errors and exit status are those that design.md has."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tlcore.base.workspace as workspace
from tests.command_line import document, invoke, train_once
from tests.root import ROOT
from tlcore import jobs, runs
from tlcore.base.errors import UserError
from tlcore.base.events import read_events
from tlcore.evaluation import test_views as count_of_looks
from tlcore.modules import catalogue
from tlcore.plans import make_plan

RUN_KEYS = {
    "run", "state", "dataset", "module", "plan", "seed", "seconds", "trainable_parameters", "kept_epoch", "kept",
    "out_of_fold", "metrics", "baselines", "problems",
}  # fmt: skip
METRICS_KEYS = {"accuracy", "accuracy_interval", "macro_precision", "macro_recall", "macro_f1", "loss", "n"}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        home = tmp_path_factory.mktemp("trained-home")
        monkeypatch.setenv("TLCORE_HOME", str(home))
        yield train_once(tmp_path_factory.mktemp("trained"), home)


@pytest.fixture
def trained(once, home, monkeypatch):
    monkeypatch.setenv("TLCORE_HOME", str(once.home))
    return once


def error_of(*args: object, status: int = 1) -> dict:
    """The error document of a command that must fail."""
    result = invoke(*args, "--json")
    assert result.exit_code == status, result.output
    error = json.loads(result.stdout)["error"]
    assert set(error) == {"title", "detail", "hint"}
    assert all(error.values())
    return error


def test_import_says_what_was_read(trained):
    answer = trained.dataset
    assert set(answer) >= {"dataset", "name", "modality", "class_names", "splits", "problems"}
    assert answer["name"] == "colours"
    assert answer["modality"] == "image"
    assert answer["class_names"] == ["blué", "red"]
    assert sum(answer["splits"].values()) == 28
    assert set(answer["splits"]) == {"train", "val", "test"}
    assert all(set(problem) >= {"kind", "files", "action"} for problem in answer["problems"])
    assert ["Thumbs.db"] in [problem["files"] for problem in answer["problems"]]


def test_modules_lists_the_catalogue():
    answer = document("modules")
    keys = {"name", "handle", "modality", "local", "parameters", "feature_dim", "licence"}
    assert all(set(module) == keys for module in answer)
    assert [module["handle"] for module in answer] == [module.handle for module in catalogue()]
    assert answer[0]["name"] == "efficientnet-lite0"
    assert answer[0]["local"]


def test_inspect_shows_a_module_down_to_its_variables():
    answer = document("inspect", "efficientnet-lite0")
    assert set(answer) == {
        "module", "handle", "modality", "trainable", "input", "expects", "outputs", "output", "inner_outputs", "notes",
        "groups",
    }  # fmt: skip
    assert answer["expects"]["value_range"] == [0, 1] and answer["notes"] == []
    assert answer["trainable"] is True
    assert answer["input"]["shape"] == [224, 224, 3]
    assert [group["name"] for group in answer["groups"]][:2] == ["stem", "block 1"]
    for group in answer["groups"]:
        assert set(group) == {"name", "parameters", "variables"}
        assert all(set(variable) == {"name", "shape"} for variable in group["variables"])


def test_suggest_gives_a_plan_that_can_be_used_and_its_reasons(trained):
    answer = document("suggest", "colours", "--module", "efficientnet-lite0")
    assert set(answer) == {"plan", "reasons"}
    assert make_plan(answer["plan"]).model_dump(mode="json") == answer["plan"]
    assert answer["reasons"]
    assert set(answer["reasons"]) <= set(answer["plan"])


def test_train_says_what_it_made(trained):
    answer = trained.run
    assert set(answer) == RUN_KEYS
    assert answer["state"] == "done"
    assert answer["dataset"] == trained.dataset["dataset"]
    assert answer["seed"] == answer["plan"]["seed"] == 3
    assert answer["plan"]["epochs"] == 2
    assert len(answer["plan"]["train_groups"]) == 1
    assert set(answer["seconds"]) == {"features", "training", "evaluation"}
    assert set(answer["baselines"]) == {"majority", "linear_probe"}
    assert set(answer["metrics"]) == {"train", "val", "test"}
    for entry in answer["metrics"].values():
        assert set(entry) == METRICS_KEYS
        low, high = entry["accuracy_interval"]
        assert 0 <= low <= entry["accuracy"] <= high <= 1


def test_in_words_test_is_shown_when_it_is_asked_for_and_each_look_at_it_is_counted(trained):
    run = runs.open_run(trained.run["run"])
    before = count_of_looks(run)
    for words in (invoke("show", run.id).stdout, invoke("runs").stdout):
        assert not re.search(r"^test +[0-9]", words, re.MULTILINE)
    assert "--test" in invoke("show", run.id).stdout
    assert count_of_looks(run) == before
    assert re.search(r"^test +[0-9]", invoke("show", run.id, "--test").stdout, re.MULTILINE)
    document("show", run.id)
    document("runs")
    assert count_of_looks(run) == before + 3


def test_runs_lists_accuracy_on_val(trained):
    row = next(line for line in invoke("runs").stdout.splitlines() if line.startswith(trained.run["run"]))
    assert row.endswith(f"{trained.run['metrics']['val']['accuracy']:.4f}")


def test_show_and_runs_say_the_same(trained):
    assert document("show", trained.run["run"]) == trained.run
    assert trained.run in document("runs")


def test_an_empty_workspace_has_no_runs_and_no_datasets():
    assert document("runs") == document("datasets") == []


def test_datasets_are_listed(trained):
    keys = {"dataset", "name", "modality", "class_names", "splits"}
    answer = next(each for each in document("datasets") if each["name"] == "colours")
    assert answer == {key: trained.dataset[key] for key in keys}


def test_without_unfreeze_the_linear_probe_is_trained_alone(trained):
    answer = document("train", trained.dataset["dataset"], "--module", trained.module)
    assert answer["plan"]["train_groups"] == []
    assert answer["seed"] == 0
    assert answer["metrics"] == answer["baselines"]["linear_probe"]


def test_a_plan_is_taken_from_a_file_or_a_run(trained, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"probe_c": [0.5], "seed": 9}))
    of_file = document("train", "colours", "--module", trained.module, "--plan", plan)
    assert (of_file["plan"]["probe_c"], of_file["seed"]) == ([0.5], 9)
    of_run = document("train", "colours", "--module", trained.module, "--plan", of_file["run"], "--seed", 1)
    assert (of_run["plan"]["probe_c"], of_run["seed"]) == ([0.5], 1)
    suggested = document("suggest", "colours", "--module", trained.module)["plan"]
    of_name = document("train", "colours", "--module", trained.module, "--plan", "suggested")
    assert of_name["plan"] == suggested


def test_groups_are_named_or_counted_from_the_end(trained):
    groups = [group["name"] for group in document("inspect", trained.module)["groups"]]
    args = ("train", "colours", "--module", trained.module, "--epochs", 1, "--unfreeze", "last:1", "--unfreeze")
    assert document(*args, groups[0])["plan"]["train_groups"] == [groups[0], groups[-1]]


def test_a_path_is_imported_with_the_seed_and_found_again(trained):
    args = ("train", trained.pictures, "--module", trained.module)
    first, again, other = (document(*args, "--seed", seed) for seed in (5, 5, 6))
    assert first["dataset"] == again["dataset"] != other["dataset"]
    assert first["metrics"] == again["metrics"]


def test_predict_gives_probabilities_by_class(trained):
    pictures = [trained.pictures / "red" / "0.png", trained.pictures / "blué" / "1.png"]
    answer = document("predict", trained.run["run"], *pictures)
    assert answer["run"] == trained.run["run"]
    assert [each["path"] for each in answer["predictions"]] == [str(path) for path in pictures]
    for each in answer["predictions"]:
        assert set(each) == {"path", "label", "probabilities", "problem"} and not each["problem"]
        assert set(each["probabilities"]) == {"red", "blué"}
        assert sum(each["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert each["label"] == max(each["probabilities"], key=each["probabilities"].get)


@pytest.mark.parametrize("packed", [False, True])
def test_predict_answers_for_every_file_of_a_folder_or_an_archive(trained, tmp_path, packed):
    given = tmp_path / "given"
    (given / ".ipynb_checkpoints").mkdir(parents=True)
    picture = (trained.pictures / "red" / "0.png").read_bytes()
    for name in ("picture.png", "no picture.png", ".ipynb_checkpoints/copy.png", "raw.cr2", "notes.txt"):
        (given / name).write_bytes(b"text" if name.startswith("no") else picture)
    if packed:
        given = Path(shutil.make_archive(str(given), "zip", given))
    result = invoke("predict", trained.run["run"], given, "--json")
    assert result.exit_code == 0, result.stderr
    answer = {each["path"]: each for each in json.loads(result.stdout)["predictions"]}
    left_out = ("no picture.png", ".ipynb_checkpoints/copy.png", "raw.cr2", "notes.txt")
    assert set(answer) == {str(given / name) for name in ("picture.png", *left_out)}
    assert answer[str(given / "picture.png")]["label"] in ("red", "blué")
    for name in left_out:
        each = answer[str(given / name)]
        assert each["label"] is None and each["probabilities"] == {} and each["problem"]
        assert f"{given / name}: {each['problem']}" in result.stderr
    assert (
        "hidden" in answer[str(given / left_out[1])]["problem"]
        and "raw format" in answer[str(given / "raw.cr2")]["problem"]
    )


def test_predict_answers_for_every_file_where_none_can_be_predicted(trained, tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    given = ["nowhere.png", trained.pictures / "Thumbs.db", tmp_path / "notes.txt"]
    result = invoke("predict", trained.run["run"], *given, "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert [each["path"] for each in answer["predictions"]] == list(map(str, given))
    assert all(each["problem"] and each["label"] is None for each in answer["predictions"])
    assert answer["error"]["title"] == "None of the files can be used for prediction"
    assert "nowhere.png: There is no such file" in answer["error"]["detail"]
    in_words = invoke("predict", trained.run["run"], *given)
    assert in_words.exit_code == 1
    assert all(str(path) in in_words.stdout and str(path) in in_words.stderr for path in given)
    assert "Error: None of the files" in in_words.stderr and "Traceback" not in in_words.stderr


@pytest.mark.parametrize("format", ["savedmodel", "predictions"])
def test_export_names_the_files_it_wrote(trained, tmp_path, format):
    answer = document("export", trained.run["run"], "--format", format, "--out", tmp_path / "out")
    assert set(answer) == {"path", "files"}
    assert Path(answer["path"]) == tmp_path / "out"
    assert answer["files"]
    assert all((tmp_path / "out" / file).is_file() for file in answer["files"])


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("import", "nowhere"), "nowhere"),
        (("import", "{pictures}", "--modality", "text"), "text"),
        (("import", "{pictures}/red/0.png"), "two classes"),
        (("inspect", "no-such-module"), "no-such-module"),
        (("inspect", "{pictures}"), "pictures"),
        (("suggest", "no-such-dataset", "--module", "efficientnet-lite0"), "no-such-dataset"),
        (("suggest", "colours", "--module", "no-such-module"), "no-such-module"),
        (("train", "no-such-dataset", "--module", "efficientnet-lite0"), "no-such-dataset"),
        (("train", "colours", "--module", "no-such-module"), "no-such-module"),
        (("train", "colours", "--module", "efficientnet-lite0", "--unfreeze", "block 99"), "block 99"),
        (("train", "colours", "--module", "efficientnet-lite0", "--plan", "nowhere.json"), "nowhere.json"),
        (("train", "colours", "--module", "efficientnet-lite0", "--plan", "{wrong_plan}"), "learnig_rate"),
        (("train", "colours", "--module", "efficientnet-lite0", "--plan", "{pictures}/Thumbs.db"), "Thumbs.db"),
        (("show", "no-such-run"), "no-such-run"),
        (("show", "../datasets"), "../datasets"),
        (("predict", "no-such-run", "{pictures}/red/0.png"), "no-such-run"),
        (("predict", "{run}", "{empty}"), "empty"),
        (("export", "no-such-run", "--format", "savedmodel", "--out", "out"), "no-such-run"),
        (("export", "{run}", "--format", "docx", "--out", "out"), "docx"),
        (("export", "{run}", "--format", "predictions", "--out", "{pictures}"), "pictures"),
    ],
)
def test_a_mistake_is_said_in_words_that_name_it(trained, tmp_path, args, named):
    wrong_plan = tmp_path / "wrong.json"
    wrong_plan.write_text('{"learnig_rate": 1}')
    (tmp_path / "empty").mkdir()
    known = {
        "pictures": trained.pictures, "module": trained.module, "run": trained.run["run"], "wrong_plan": wrong_plan,
        "empty": tmp_path / "empty",
    }  # fmt: skip
    args = [arg.format(**known) for arg in args]
    error = error_of(*args)
    assert named in f"{error['title']} {error['detail']}"
    in_words = invoke(*args)
    assert in_words.exit_code == 1
    assert in_words.stdout == ""
    assert named in in_words.stderr
    assert "Traceback" not in in_words.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("no-such-command",),
        ("runs", "--no-such-option"),
        ("show",),
        ("predict", "run"),
        ("train", "colours"),
        ("train", "colours", "--module", "efficientnet-lite0", "--seed", "-1"),
        ("train", "colours", "--module", "efficientnet-lite0", "--epochs", "0"),
        ("train", "colours", "--module", "efficientnet-lite0", "--epochs", "3"),
        ("train", "colours", "--module", "efficientnet-lite0", "--unfreeze", "last:none"),
        ("import", "x", "--modality", "video"),
        ("export", "run", "--format", "savedmodel"),
    ],
)
def test_wrong_usage_ends_with_2(trained, args):
    assert error_of(*args, status=2)["title"] == "Wrong usage"
    in_words = invoke(*args)
    assert in_words.exit_code == 2
    assert in_words.stdout == ""
    assert "Usage" in in_words.stderr


def test_a_defect_keeps_its_traceback_and_one_document(monkeypatch):
    def broken():
        return 1 / 0

    monkeypatch.setattr(runs, "list_runs", broken)
    result = invoke("runs", "--json")
    assert result.exit_code == 1
    assert "ZeroDivisionError" in json.loads(result.stdout)["error"]["detail"]
    assert "Traceback" in result.stderr


def test_a_full_disk_is_said_in_words_and_is_no_defect(monkeypatch):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device", "/the/file")

    monkeypatch.setattr(runs, "list_runs", full)
    in_words = invoke("runs")
    assert (in_words.exit_code, in_words.stdout) == (1, "")
    assert in_words.stderr.splitlines()[0] == "Error: The disk is full"
    assert "/the/file" in in_words.stderr and "Traceback" not in in_words.stderr
    assert error_of("runs")["title"] == "The disk is full"


def test_in_words_the_answers_name_what_they_are_about(trained, tmp_path):
    run = trained.run["run"]
    picture = trained.pictures / "red" / "0.png"
    for args, words in (
        (("import", trained.pictures), ("classes", "train", "Thumbs.db")),
        (("datasets",), ("colours", "train", "image")),
        (("modules",), ("efficientnet-lite0", "licence")),
        (("inspect", "efficientnet-lite0"), ("block 16", "parameters")),
        (("suggest", "colours", "--module", "efficientnet-lite0"), ("probe_c", "reason")),
        (("train", "colours", "--module", trained.module), ("linear probe", "95 % interval", "majority")),
        (("runs",), (run, "done")),
        (("show", run), (run, "val", "fine-tuned")),
        (("predict", run, picture), (str(picture), "probability")),
        (("export", run, "--format", "predictions", "--out", tmp_path / "out"), (str(tmp_path / "out"),)),
    ):
        result = invoke(*args)
        assert result.exit_code == 0, result.output
        assert all(word in result.stdout for word in words), result.stdout


def test_an_import_with_problems_that_name_no_file_is_said_in_words(make_images, tmp_path):
    make_images(tmp_path / "train", {"many": 12, "few": 3})
    make_images(tmp_path / "test", {"many": 4, "few": 2}, size=24)
    result = invoke("import", tmp_path)
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    assert all(words in result.stdout for words in ("2 classes: few, many", "Splits", "Imbalance"))


def command(*args: object) -> subprocess.Popen:
    """A command in a process of its own."""
    line = [sys.executable, "-m", "tlcore", *map(str, args)]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_prints_one_document_and_nothing_of_tensorflow(trained):
    process = command("predict", trained.run["run"], trained.pictures / "red" / "0.png", "--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert len(json.loads(out)["predictions"]) == 1
    assert [line for line in err.splitlines() if not line.endswith(" …")] == []  # stages alone


def test_a_reader_that_has_read_enough_is_no_defect():
    process = command("modules")
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 1


def test_interrupted_it_ends_with_130_and_leaves_no_half_run(trained):
    before = {run.id for run in runs.list_runs()}
    process = command(
        "train", "colours", "--module", trained.module, "--unfreeze", "last:1", "--epochs", 1000, "--json"
    )
    try:
        run = _new_run(before, process)
        deadline = time.monotonic() + 120
        while not any(event["event"] == "epoch" for event in read_events(run.folder)):
            assert process.poll() is None and time.monotonic() < deadline, _killed(process)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert json.loads(out)["error"]["title"] == "Interrupted"
    assert "Traceback" not in err
    assert run.state == "cancelled"
    assert not (run.folder / "checkpoints").exists()
    assert not (run.folder / "result").exists()
    assert list(workspace.place("tmp").iterdir()) == []


def test_a_run_whose_process_was_killed_has_failed_at_the_next_look_and_can_be_deleted(trained):
    before = {run.id for run in runs.list_runs()}
    process = command("train", "colours", "--module", trained.module, "--unfreeze", "last:1", "--epochs", 1000)
    try:
        run = _new_run(before, process)
        deadline = time.monotonic() + 120
        while not any(event["event"] == "stage" for event in read_events(run.folder)):
            assert process.poll() is None and time.monotonic() < deadline, _killed(process)
            time.sleep(0.05)
        assert run.state == "running"
        with pytest.raises(UserError, match="under way"):
            runs.delete_run(run.id)
    finally:
        process.kill()
    process.communicate()
    assert run.state == "failed"
    assert f"{run.id}: failed" in invoke("show", run.id).stdout
    assert "ended before the run was finished" in jobs.open_job(run.id).error["title"]
    runs.delete_run(run.id)
    assert run.id not in {each.id for each in runs.list_runs()}


def _new_run(before: set[str], process: subprocess.Popen) -> runs.Run:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        for run in runs.list_runs():
            if run.id not in before:
                return run
        time.sleep(0.05)
    raise AssertionError(_killed(process))


def _killed(process: subprocess.Popen) -> tuple[str, str]:
    """What a process has said, which is ended where it goes on."""
    process.kill()
    return process.communicate()
