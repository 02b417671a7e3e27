"""The example: a run that is carried out on this machine, once in a workspace, from vectors that are up to date."""

import json
import subprocess
import sys

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.datasets import delete_dataset, import_dataset, import_sample, list_datasets, samples
from tlcore.evaluation.maps.embedding_maps import read_map
from tlcore.evaluation.run_results import out_of_fold, run_predictions
from tlcore.features.extract import extract_features
from tlcore.modules import default_module
from tlcore.pipeline.example import find_example, is_first_opening, set_up_example, shipped_vectors
from tlcore.runs import delete_run, list_runs, open_run

_SET_UP = """
import json, sys
from tlcore.pipeline.example import set_up_example
run = set_up_example()
print(json.dumps({"run": run.id, "heavy": sorted({"tensorflow", "keras", "openvino"} & set(sys.modules))}))
"""


def test_a_new_workspace_gets_a_finished_run_without_tensorflow(home):
    assert is_first_opening()
    done = subprocess.run([sys.executable, "-c", _SET_UP], capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["heavy"] == []
    run = open_run(document["run"])
    assert find_example() == run and run.state == "done" and not is_first_opening()
    (dataset,) = list_datasets()
    assert run.record["dataset"]["fingerprint"] == dataset.fingerprint and "Example" in run.name
    assert len(run_predictions(run)) == len(read_map(run, "module", "pca")) == len(dataset.examples)
    left_out = out_of_fold(run)
    assert run.out_of_fold == ("val",) and set(left_out.splits) == {"train", "val"}
    assert all(len(left_out.only(split)) == dataset.splits[split] for split in ("train", "val"))
    assert run.metrics["val"]["accuracy"] > 0.8 and run.metrics["test"]["accuracy"] > 0.8


def test_it_is_made_once_and_stays_deleted():
    run = set_up_example()
    assert set_up_example() is None and list_runs() == [run]
    delete_run(run.id)
    assert find_example() is None
    delete_dataset(list_datasets()[0].id)
    assert not is_first_opening() and set_up_example() is None and not list_runs()


def test_a_workspace_with_data_of_its_own_gets_none(make_images, tmp_path):
    import_dataset(make_images(tmp_path / "zoo"))
    assert not is_first_opening()


def test_a_mark_that_is_still_being_written_is_no_example():
    workspace.example().touch()
    assert find_example() is None


def test_the_shipped_vectors_are_what_the_module_makes_of_the_sample_today():
    """Else `python -m tlcore.pipeline.example.build` makes them anew."""
    dataset = import_sample(samples()[0].name)
    keys, shipped = shipped_vectors()
    assert keys == dataset.examples["sha256"].tolist()
    now = extract_features(dataset, default_module())
    apart = np.linalg.norm(now - shipped, axis=1) / np.linalg.norm(now, axis=1)
    assert shipped.dtype == np.float32 and apart.max() < 1e-3
