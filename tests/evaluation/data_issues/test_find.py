"""Suspects of examples made by hand, and of a finished run's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from tests.evaluation.made import drawn, made
from tests.pages.early_run import make_early
from tests.pages.finished_run import finished_run
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.datasets import delete_dataset, open_dataset
from tlcore.evaluation.data_issues.find import find_suspects, read_suspects, suspects_of, suspects_path
from tlcore.evaluation.data_issues.kinds import KINDS
from tlcore.evaluation.maps.neighbours import nearest_others
from tlcore.evaluation.predictions import Predictions

COLUMNS = ["id", "kind", "score", "other", "suggested", "why"]


def all_different(rows: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2**63, 10_000).astype(np.uint64)[rows]


def clouds(n: int = 240, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of classes that lie apart, though not wholly, and their labels."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    return (random.normal(size=(n, 12)) + 2 * np.eye(classes, 12)[labels] * 2).astype(np.float32), labels


def judged(vectors: np.ndarray, labels: np.ndarray, splits: np.ndarray | None = None) -> Predictions:
    """What scikit-learn says of each example when it was left out."""
    predictions = cross_val_predict(LogisticRegression(C=0.1), vectors, labels, method="predict_proba", cv=5)
    return made(labels, predictions, splits)


@pytest.mark.parametrize("seed", range(3))
def test_flipped_labels_come_first_with_what_they_were(seed):
    vectors, labels = clouds(seed=seed)
    flipped = np.random.default_rng(seed).choice(len(labels), len(labels) // 20, replace=False)
    wrong = labels.copy()
    wrong[flipped] = (labels[flipped] + 1) % 4
    predictions = judged(vectors, wrong)
    found = suspects_of(predictions, *nearest_others(vectors, 20), all_different).query("kind == 'label'")
    first = found.head(len(labels) // 10).set_index("id")
    caught = np.isin(predictions.ids[flipped], first.index)
    assert caught.mean() >= 0.9
    right = [predictions.class_names[label] for label in labels[flipped][caught]]
    assert first.loc[predictions.ids[flipped][caught], "suggested"].tolist() == right
    assert found["score"].is_monotonic_decreasing


@pytest.fixture
def twins():
    """Two pairs of nearly equal vectors: 3 and 40 of different classes, 5 in train and 90 in test of the same."""
    vectors, labels = clouds()
    vectors[40] = vectors[3] + 0.001
    labels[40] = (labels[3] + 1) % 4
    vectors[90] = vectors[5] + 0.001
    labels[90] = labels[5]
    splits = np.where(np.arange(len(labels)) == 90, "test", "train")
    return suspects_of(judged(vectors, labels, splits), *nearest_others(vectors, 20), all_different)


def test_near_duplicates_with_two_labels_suggest_the_likelier_one(twins):
    (row,) = twins.query("kind == 'conflict'").to_dict("records")
    assert (row["id"], row["other"], row["suggested"]) == ("e40", "e3", "class 3")


def test_a_leak_names_the_one_in_the_earlier_split(twins):
    (row,) = twins.query("kind == 'leak'").to_dict("records")
    assert (row["id"], row["other"], row["suggested"]) == ("e5", "e90", "") and "test" in row["why"]


def test_what_lies_far_from_all_is_an_outlier():
    vectors, labels = clouds()
    vectors[7] = -10
    found = suspects_of(judged(vectors, labels), *nearest_others(vectors, 20), all_different)
    assert found.query("kind == 'outlier'")["id"].iloc[0] == "e7"


def test_labels_of_test_judge_no_other_example():
    vectors, labels = clouds()
    splits = np.array(["train", "train", "test", "val", "train"])[np.arange(len(labels)) % 5]
    predictions = judged(vectors, labels, splits)
    other = replace(predictions, labels=np.where(splits == "test", (labels + 1) % 4, labels))
    tables = [suspects_of(each, *nearest_others(vectors, 20), all_different) for each in (predictions, other)]
    first, second = (
        table[(table["kind"] == "label") & table["id"].isin(predictions.ids[splits != "test"])].reset_index(drop=True)
        for table in tables
    )
    assert len(first)
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 4),
    st.integers(0, 2**16),
    st.sampled_from([0.0, 1.0, 9.0]),
    st.sampled_from([("train",), ("train", "val"), ("train", "val", "test"), ("val", "test")]),
    st.booleans(),
)
def test_any_examples_give_a_whole_table(n, classes, seed, sharpened, splits, all_alike):
    predictions = drawn(n, classes, seed, sharpened=sharpened)
    predictions = replace(predictions, splits=np.random.default_rng(seed).choice(splits, n))
    vectors = np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32) * (not all_alike)
    found = suspects_of(predictions, *nearest_others(vectors, 20), lambda rows: np.zeros(len(rows), np.uint64))
    assert list(found.columns) == COLUMNS and not found.isna().any(axis=None)
    assert set(found["kind"]) <= set(KINDS) and found["id"].isin(predictions.ids).all()
    assert (
        found["other"].isin(["", *predictions.ids]).all()
        and found["suggested"].isin(["", *predictions.class_names]).all()
    )
    assert np.isfinite(found["score"]).all() and found["why"].str.len().all()
    assert (found["id"] != found["other"]).all()
    labels = dict(zip(predictions.ids, np.array(predictions.class_names)[predictions.labels], strict=True))
    assert (found["suggested"] != found["id"].map(labels)).all()


@pytest.fixture
def run(make_images, tmp_path):
    return finished_run(make_images, tmp_path / "zoo", {"ants": 30, "bees": 30})


def test_what_is_found_is_kept_with_the_run(run):
    assert read_suspects(run) is None
    found = find_suspects(run)
    pd.testing.assert_frame_equal(read_suspects(run), found)
    assert (found["kind"] == "label").any()


def test_work_that_is_cancelled_leaves_nothing(run):
    class Cancelling(Progress):
        def request(self):
            return "cancel"

    with pytest.raises(Cancelled):
        find_suspects(run, Cancelling())
    assert not suspects_path(run).exists() and not list(suspects_path(run).parent.glob("*suspects*"))


def test_examples_that_were_left_out_since_are_no_suspects(run):
    from tlcore.datasets.editing.edits import leave_out

    worst = find_suspects(run)["id"].iloc[0]
    leave_out(open_dataset(run.record["dataset"]["id"]), [worst])
    again = find_suspects(run)
    assert worst not in {*again["id"], *again["other"]}


def test_a_run_whose_dataset_is_gone_says_so(run):
    delete_dataset(run.record["dataset"]["id"])
    with pytest.raises(UserError, match="no such dataset"):
        find_suspects(run)


def test_a_run_whose_module_is_gone_says_so(run, monkeypatch):
    monkeypatch.setattr("tlcore.runs.run.find_module", lambda ref: None)
    with pytest.raises(UserError, match="module is gone"):
        find_suspects(run)


def test_a_run_without_a_result_of_its_own_says_so(run):
    early = make_early(run)
    with pytest.raises(UserError, match="no result"):
        find_suspects(early)


def test_a_run_without_a_probe_says_so(run):
    (run.folder / "result" / "out_of_fold.parquet").unlink()
    with pytest.raises(UserError, match="no out-of-fold predictions"):
        find_suspects(run)
