"""`show --slices` and `run.slices` give every measure by slice of a column, and count their looks at test."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import tlcore
from tests.command_line import document, invoke
from tests.pages.finished_run import run_on
from tests.pages.skin import import_skin, write_skin
from tlcore.evaluation import test_views as count_of_looks
from tlcore.evaluation.metrics.measures import MEASURES, Measure
from tlcore.evaluation.run_results import run_predictions

KEYS = {"value", "interval", "rest", "difference", "difference_interval", "p", "p_holm", "outcome"}


@pytest.fixture
def run(tmp_path):
    return tlcore.open_run(run_on(import_skin(write_skin(tmp_path / "skin")), fine_tuned=False, maps=False).id)


def of_sex(run, split: str) -> dict[str, np.ndarray]:
    """Which of a split's examples are of each sex, by the dataset's own table."""
    sexes = run.dataset().examples.set_index("id").loc[run_predictions(run).only(split).ids, "sex"]
    return {sex: (sexes == sex).to_numpy() for sex in ("female", "male")}


def test_the_document_has_every_measure_of_each_slice_of_val_and_test(run):
    answer = document("show", run.id, "--slices", "sex")
    plain = document("show", run.id)
    assert answer.pop("slices") and answer == plain
    sliced = document("show", run.id, "--slices", "sex")["slices"]
    assert set(sliced) == {"column", "val", "test"} and sliced["column"] == "sex"
    for split in ("val", "test"):
        predictions, rows = run_predictions(run).only(split), of_sex(run, split)
        assert {each["slice"] for each in sliced[split]} == {"female", "male"}
        for each in sliced[split]:
            of_it = predictions.rows(rows[each["slice"]])
            assert each["n"] == len(of_it) and each["right"] == (of_it.predicted == of_it.labels).sum()
            assert list(each["measures"]) == list(MEASURES)
            assert all(set(measure) == KEYS for measure in each["measures"].values())
            assert each["measures"]["accuracy"]["value"] == each["right"] / each["n"]
            for measure in each["measures"].values():
                low, high = measure["interval"]
                assert low <= measure["value"] <= high and measure["p"] <= measure["p_holm"]
        highs = [each["measures"]["accuracy"]["difference_interval"][1] for each in sliced[split]]
        assert highs == sorted(highs)


def test_only_what_shows_test_counts_a_look(run):
    words = invoke("show", run.id, "--slices", "sex")
    assert words.exit_code == 0
    assert "of “sex” on val" in words.stdout and "of “sex” on test" not in words.stdout
    run.slices("sex")
    assert count_of_looks(run) == 0
    assert "By slice of “sex” on test" in invoke("show", run.id, "--slices", "sex", "--test").stdout
    assert count_of_looks(run) == 1
    document("show", run.id, "--slices", "sex")
    assert count_of_looks(run) == 2
    run.slices("sex", "test")
    assert count_of_looks(run) == 3


def test_in_words_each_slice_is_a_row_with_every_measure_and_its_interval(run):
    text = invoke("show", run.id, "--slices", "sex").stdout
    lines = text.splitlines()
    head = next(line for line in lines if line.startswith("slice"))
    assert head.split() == ["slice", "n", "accuracy", "precision", "recall", "F1", "loss"]
    for sex in ("female", "male"):
        assert next(line for line in lines if line.startswith(sex)).count("–") == len(MEASURES)
    assert "after Holm's correction for 2 slices. Other differences may be due to chance." in text


def test_a_table_has_a_row_a_slice_with_the_same_numbers_as_the_document(run):
    table = run.slices("sex")
    assert table["slice"].tolist() == [
        each["slice"] for each in document("show", run.id, "--slices", "sex")["slices"]["val"]
    ]
    for row, each in zip(
        table.to_dict("records"), document("show", run.id, "--slices", "sex")["slices"]["val"], strict=True
    ):
        for name, measure in each["measures"].items():
            ours = [row[f"{name}{end}"] for end in ("", "_low", "_high", "_rest", "_difference", "_p", "_p_holm")]
            theirs = [measure["value"], *measure["interval"], measure["rest"], measure["difference"]]
            assert ours == pytest.approx([*theirs, measure["p"], measure["p_holm"]])
            assert row[f"{name}_outcome"] == measure["outcome"]
    assert len(run.slices("sex", "train")) == 2


@pytest.mark.parametrize("column", ["brightness", "Brightness", "age"])
def test_properties_and_numbers_are_sliced_too_missing_values_among_them(run, column):
    names = run.slices(column)["slice"].tolist()
    assert any(name.startswith("under ") for name in names) and ("missing" in names) == (column == "age")


def test_a_column_that_is_not_there_is_an_error_that_names_those_that_are(run):
    result = invoke("show", run.id, "--slices", "camera", "--json")
    error = json.loads(result.stdout)["error"]
    assert result.exit_code == 1 and error["title"] == "There is no column called “camera”"
    assert all(name in error["detail"] for name in ("sex", "age", "site", "brightness"))
    with pytest.raises(tlcore.UserError, match="sex, site"):
        run.slices("camera", "test")
    assert count_of_looks(run) == 0, "nothing was shown"


def test_a_split_that_is_not_there_is_an_error(run):
    with pytest.raises(tlcore.UserError, match="no holdout examples"):
        run.slices("sex", "holdout")


def test_a_run_without_a_result_and_one_without_its_dataset_are_errors(run):
    from tlcore.datasets.store import delete_dataset

    delete_dataset(run.record["dataset"]["id"])
    result = invoke("show", run.id, "--slices", "sex")
    assert result.exit_code == 1 and "Traceback" not in result.output


def rows_of(run, column: str, values: list) -> None:
    """Gives the run's dataset another column of metadata."""
    folder = run.dataset().folder
    table = pd.read_parquet(folder / "examples.parquet")
    attrs = dict(table.attrs)
    table[column] = values
    table.attrs = attrs
    table.to_parquet(folder / "examples.parquet", index=False)
    facts = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(facts | {"metadata": [*facts["metadata"], column]}))


def test_a_column_of_one_value_divides_nothing_and_a_slice_of_one_example_has_all_that_is_known(run):
    ids = run.dataset().examples["id"].tolist()
    one = run_predictions(run).only("val").ids[0]
    rows_of(run, "camera", ["old" if id == one else "new" for id in ids])
    rows_of(run, "clinic", ["north"] * len(ids))
    table = run.slices("camera").set_index("slice")
    assert table.loc["old", "n"] == 1 and math.isnan(table.loc["old", "loss_low"])
    assert table.loc["old", "accuracy_low"] < table.loc["old", "accuracy_high"]
    measures = {each["slice"]: each for each in document("show", run.id, "--slices", "camera")["slices"]["val"]}
    assert measures["old"]["measures"]["loss"]["interval"] is None
    assert "old  " in invoke("show", run.id, "--slices", "camera").stdout

    empty = run.slices("clinic")
    assert len(empty) == 0 and {"slice", "macro_f1", "loss_outcome"} <= {*empty}
    assert document("show", run.id, "--slices", "clinic")["slices"]["val"] == []
    assert "it does not divide the val examples" in invoke("show", run.id, "--slices", "clinic").stdout


def test_a_new_measure_needs_no_change_and_may_be_undefined(run, monkeypatch):
    def recall_of_the_first(counts):
        enough = np.asarray(counts.true[..., 0]) >= 7
        return np.where(enough, counts.right[..., 0] / np.maximum(1, counts.true[..., 0]), np.nan)

    monkeypatch.setitem(MEASURES, "toy", Measure("Toy measure", "It is a toy.", recall_of_the_first))
    found = document("show", run.id, "--slices", "age")["slices"]["val"]
    values = [each["measures"]["toy"]["value"] for each in found]
    assert None in values and any(value is not None for value in values)
    text = invoke("show", run.id, "--slices", "age").stdout
    assert "toy measure" in text and "undefined" in text
    assert {"toy", "toy_p_holm"} <= {*run.slices("age")}
