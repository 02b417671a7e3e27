"""The report says what the pages say, stands alone, and says what changed."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tests.drawn import HOSTILE, Drawn
from tests.evaluation.written import written_run
from tests.pages.finished_run import finished_run, run_on
from tlcore.base.errors import UserError
from tlcore.base.formatting import share, with_interval
from tlcore.cli import cli
from tlcore.datasets import delete_dataset, open_dataset
from tlcore.datasets.editing.edits import correct_label, leave_out, merge_classes
from tlcore.evaluation.calibration.temperature_scaling import calibration_error
from tlcore.evaluation.comparison.runs import compare_runs
from tlcore.evaluation.comparison.significance import differences, mcnemar
from tlcore.evaluation.data_issues.find import suspects_path
from tlcore.evaluation.metrics.classification import class_table, top_losses
from tlcore.evaluation.run_results import count_test_view, run_predictions, test_views
from tlcore.exports import export_run
from tlcore.reports.report import report

test_views.__test__ = False


@pytest.fixture
def run(make_images, tmp_path):
    return finished_run(make_images, tmp_path / "zoo")


def drawn(run, baseline=None) -> Drawn:
    page = Drawn(report(run, baseline))
    assert page.is_whole and not page.runs
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.loads)
    return page


def test_numbers_are_those_of_the_run_beside_its_baselines(run):
    rows = {(row[0], row[1]): row[2:] for row in drawn(run).rows if len(row) == 7}
    for title, entries in (("This run", run.metrics), ("Majority class", run.result["baselines"]["majority"])):
        for split in ("test", "val"):
            found, entry = rows[title, split], entries[split]
            assert found[0] == with_interval(entry) and found[2] == share(entry["macro_f1"])
            assert found[3:] == [f"{entry['loss']:.3f}", str(entry["n"])]


def test_classes_examples_and_calibration_are_of_the_test_split(run):
    page, predictions = drawn(run), run_predictions(run, "test")
    expected = {row["class"]: row for row in class_table(predictions).to_dict("records")}
    rows = {row[0]: row for row in page.rows if row[0] in expected and len(row) == 6}
    assert {name: row[1:5] for name, row in rows.items()} == {
        name: [str(row["n"]), *(share(row[key]) for key in ("precision", "recall", "f1"))]
        for name, row in expected.items()
    }
    assert f"differ by {share(calibration_error(predictions))} on average" in page.text
    worst = int(np.flatnonzero(predictions.ids == top_losses(predictions, 1)[0])[0])
    first = page.text[page.text.index("Highest loss") :]
    assert f"true: {run.class_names[predictions.labels[worst]]}" in first[:200]


def test_each_report_is_a_look_at_test_that_it_counts(run, tmp_path):
    export_run(run, "report", tmp_path / "first")
    assert "have been viewed" not in (tmp_path / "first" / "report.html").read_text() and test_views(run) == 1
    count_test_view(run)
    export_run(run, "report", tmp_path / "second")
    assert "have been viewed 3 times, this report included" in (tmp_path / "second" / "report.html").read_text()


def test_it_says_what_a_search_for_suspects_found(run):
    assert "has not been searched for wrong labels" in drawn(run).text
    kinds = ["label"] * 3 + ["leak"] + ["outlier"] * 5
    pd.DataFrame({"id": [f"e{place}" for place in range(9)], "kind": kinds}).to_parquet(suspects_path(run))
    assert "found 3 labels that may be wrong, and 1 example nearly the same" in drawn(run).text


def test_without_test_it_is_of_val_and_says_that_this_is_optimistic():
    page = drawn(written_run("one", {"a": ("val", 0, 1), "b": ("val", 1, 1), "c": ("train", 0, 0)}))
    assert "There is no test split" in page.text and "Confusion matrix on val" in page.text


def test_with_train_alone_it_says_that_nothing_is_known():
    page = drawn(written_run("one", {"a": ("train", 0, 0), "b": ("train", 1, 1)}))
    assert "neither val nor test" in page.text and "Confusion matrix" not in page.text


def test_what_is_gone_is_said_to_be(run):
    delete_dataset(run.record["dataset"]["id"])
    page = drawn(run)
    assert "dataset is gone" in page.text and not page.loads
    assert "The module was deleted" in drawn(written_run("one", {"a": ("val", 0, 0), "b": ("val", 1, 1)})).text


def test_it_shows_the_dataset_as_the_run_had_it(run):
    dataset = open_dataset(run.record["dataset"]["id"])
    before = drawn(run)
    merge_classes(leave_out(dataset, dataset.examples["id"].tolist()[:3]), ["ants", "bees"], "insects")
    after = drawn(run)
    counts = [[row for row in page.rows if row[0] in run.class_names and len(row) == 5] for page in (before, after)]
    assert counts[0] == counts[1] and len(counts[0]) == 3
    assert "as imported" in after.text and len(after.loads) == len(before.loads)


def test_what_changed_since_a_baseline(run):
    dataset = open_dataset(run.record["dataset"]["id"])
    ids = dataset.examples["id"].tolist()
    mended = correct_label(dataset, ids[:2], "bees", by="Ada")
    second = run_on(mended, confused=0.1)
    page = drawn(second, run)
    assert "Label of 2 examples corrected from “ants” to “bees” by Ada" in page.text
    assert page.text.count("now bees") == 2
    for split in ("test", "val"):
        predictions = compare_runs([run, second], split).answers
        test, difference = mcnemar(*predictions), differences(predictions)[0]["accuracy"]
        assert f"{test.gained} example" in page.text and f"{test.lost:,} lost" in page.text
        assert f"{difference.value * 100:+.1f}".replace("-", "−") in page.text
    assert test_views(run) == 1, "to compare on test looks at the baseline's test too"
    assert [row for row in page.rows if row[0] == "dataset" and len(row) == 4]


def test_the_command_line_takes_the_baseline(run, tmp_path):
    again = run_on(open_dataset(run.record["dataset"]["id"]))
    asked = ["export", again.id, "--format", "report", "--out", str(tmp_path / "out"), "--baseline", run.id]
    assert CliRunner().invoke(cli, asked).exit_code == 0
    assert "What changed since test run" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_equal_runs_differ_in_nothing(run):
    again = run_on(open_dataset(run.record["dataset"]["id"]))
    text = drawn(again, run).text
    assert "gets the same examples right" in text and "None: both runs have the same plan" in text


def test_merged_classes_leave_what_was_done_and_say_why_numbers_are_missing(run):
    dataset = merge_classes(open_dataset(run.record["dataset"]["id"]), ["ants", "bees"], "insects")
    page = drawn(run_on(dataset), run)
    assert "These runs have different classes" in page.text and "merged into “insects”" in page.text


def test_a_run_of_another_dataset_is_no_baseline(run, make_images, tmp_path):
    other = finished_run(make_images, tmp_path / "farm", {"cows": 8, "hens": 8})
    for baseline, words in ((other, "different datasets"), (run, "two different runs")):
        with pytest.raises(UserError, match=words):
            report(run, baseline)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name):
    rows = {"a": ("val", 0, 1), "b": ("val", 1, 1), "c": ("test", 0, 0), "d": ("test", 1, 0), "e": ("train", 0, 0)}
    runs = [written_run(id, rows, class_names=("ant", name), dataset="x", module=name) for id in ("one", "two")]
    page = drawn(runs[1], runs[0])
    assert not page.loads and page.text.count(" ".join(name.split())) > 5
    assert not re.search(r"\b49\b", page.text), "templates compute nothing that they are given"


def test_it_is_one_file_of_moderate_size(run, tmp_path):
    made = export_run(run, "report", tmp_path / "out")
    assert made["files"] == ["report.html"]
    assert (tmp_path / "out" / "report.html").stat().st_size < 400_000


def test_only_a_report_takes_a_baseline(run, tmp_path):
    with pytest.raises(UserError, match="Only some formats take a baseline"):
        export_run(run, "predictions", tmp_path / "out", baseline=run)
    assert not (tmp_path / "out").exists()
