"""The documents that `--json` prints have all their keys, whatever is known."""

import pandas as pd
import pytest

from tlcore.cli import documents
from tlcore.datasets import import_dataset
from tlcore.modules import find_module
from tlcore.plans import Plan
from tlcore.runs import Run, create_run

NOTHING = {"train": None, "val": None, "test": None}


@pytest.fixture
def dataset(make_images, tmp_path):
    return import_dataset(make_images(tmp_path / "pictures"), name="pets")


@pytest.fixture
def run(dataset):
    return create_run(dataset, find_module("efficientnet-lite0"), Plan(seed=3))


def test_a_run_that_waits(run, dataset):
    document = run.to_dict()
    assert (document["run"], document["state"], document["seed"]) == (run.id, "queued", 3)
    assert document["dataset"] == dataset.id and document["plan"] == Plan(seed=3).model_dump(mode="json")
    assert document["metrics"] == NOTHING
    assert document["baselines"] == {"majority": NOTHING, "linear_probe": NOTHING}
    assert document["seconds"] == {"features": None, "training": None, "evaluation": None}


def test_a_damaged_run_has_the_same_keys(run):
    whole = run.to_dict()
    run.artifacts.record.write_text("{")
    damaged = Run(run.folder).to_dict()
    assert set(damaged) == set(whole)
    assert (damaged["state"], damaged["plan"], damaged["metrics"]) == ("damaged", None, NOTHING)


def test_a_dataset_and_a_damaged_one_can_stand_in_one_list(dataset):
    row, imported = documents.dataset_row(dataset), documents.imported_dataset(dataset)
    assert row.items() <= imported.items()
    assert set(documents.damaged_dataset("x")) == {*row, "state"}


def test_a_file_that_can_not_be_read_has_no_label():
    table = pd.DataFrame({
        "path": ["a.jpg", "b.jpg"], "problem": ["", "It is empty"], "label": ["ant", ""], "p0": [0.75, float("nan")],
        "p1": [0.25, float("nan")],
    })  # fmt: skip
    table = table.rename(columns=dict(zip(("p0", "p1"), ("ant", "bee"), strict=True)))
    assert documents.predictions(table, ("ant", "bee")) == [
        {"path": "a.jpg", "label": "ant", "probabilities": {"ant": 0.75, "bee": 0.25}, "problem": ""},
        {"path": "b.jpg", "label": None, "probabilities": {}, "problem": "It is empty"},
    ]
