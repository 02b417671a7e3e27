"""A newcomer's provider: a file, and its name in the registry; its modules are opened, used and listed as others."""

import json
import shutil

import numpy as np
import pytest

import tlcore
from tests.command_line import document, invoke
from tlcore.base import workspace
from tlcore.base.errors import Damaged, UserError
from tlcore.evaluation.run_results import run_predictions
from tlcore.exports import export_run
from tlcore.modules import build_backbone, catalogue, damaged_modules, delete_module, find_module, providers
from tlcore.modules.catalogue import local_modules
from tlcore.modules.descriptions import module_facts


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The line that a newcomer adds to the registry."""
    entries = {"toy": "tests.modules.providers.toy", **providers._ENTRIES}
    monkeypatch.setattr(providers, "_ENTRIES", entries)


@pytest.fixture
def dataset(make_images, tmp_path):
    return tlcore.import_dataset(make_images(tmp_path / "pictures", {"red": 12, "blue": 12}))


def test_it_is_listed_before_it_is_opened_and_after(home):
    (known,) = [module for module in catalogue() if module.source == "toy"]
    assert not known.local and module_facts(known)["Source"] == "Toy networks"
    assert {"name": "Toy of three", "handle": "toy:3", "local": False}.items() <= document("modules")[0].items()
    opened = tlcore.open_module(" TOY:3 ")
    assert [module for module in catalogue() if module.source == "toy"] == [opened]
    assert (opened.name, opened.licence, opened.local) == ("Toy of three", "CC0-1.0", True)
    assert find_module("toy:3") == find_module("Toy of three") == find_module(opened.id) == opened
    other = tlcore.open_module("toy:5", name="five")
    assert (other.feature_dim, other.handle) == (5, "toy:5")
    assert {opened, other} <= set(catalogue())
    assert other.fingerprint != opened.fingerprint
    delete_module(opened.id)
    assert known in catalogue()


def test_it_is_inspected_trained_on_predicted_with_and_exported(dataset, tmp_path):
    groups = document("inspect", "toy:3")["groups"]
    assert [(group["name"], group["parameters"]) for group in groups] == [("stem", 3 * 3 * 3 * 4 + 4), ("top", 15)]
    vectors = tlcore.extract_features(dataset, "toy:3")
    assert vectors.shape == (24, 3)
    run = tlcore.train(dataset, "toy:3")
    assert (run.state, run.record["module"]["handle"]) == ("done", "toy:3")
    assert run.metrics["train"]["accuracy"] > 0.5
    tuned = tlcore.train(dataset, "toy:3", tlcore.Plan(train_groups=("top",), epochs=1))
    assert tuned.result["trainable_parameters"] == 15 + 3 * 2 + 2
    assert len(run.predict([next((tmp_path / "pictures" / "red").iterdir())])) == 1
    export_run(run, "keras", tmp_path / "keras")
    assert len(run_predictions(run)) == 24


def test_its_features_are_the_networks_own(home):
    module = tlcore.open_module("toy:4")
    pictures = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    backbone = build_backbone(module)
    np.testing.assert_array_equal(backbone(pictures), backbone.network(pictures))


def test_choices_that_it_does_not_take_are_refused(home):
    with pytest.raises(UserError, match="value range"):
        tlcore.open_module("toy:3?value_range=0,255")
    assert local_modules() == []


@pytest.mark.parametrize("form", ["folder", "wrapped folder", "archive"])
def test_files_that_it_reads_are_opened_from_a_path_whatever_they_are_called(home, tmp_path, form):
    folder = tmp_path / "mine" / "inner" if form == "wrapped folder" else tmp_path / "mine"
    folder.mkdir(parents=True)
    (folder / "toy.json").write_text(json.dumps({"features": 6}))
    path = tmp_path / "mine"
    if form == "archive":
        path = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    module = tlcore.open_module(str(path))
    assert (module.source, module.feature_dim, module.handle) == ("toy", 6, str(path))


def test_files_that_are_no_program_are_opened_from_an_upload_and_from_nowhere_else(home, tmp_path):
    from tlcore.modules import open_module

    upload = workspace.new_upload()
    (upload / "toy.json").write_text(json.dumps({"features": 2}))
    module = open_module(str(upload), allow_files=False, name="mine")
    assert (module.source, module.feature_dim) == ("toy", 2)
    elsewhere = shutil.copytree(upload, tmp_path / "elsewhere")
    with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
        open_module(str(elsewhere), allow_files=False)


def test_a_module_whose_provider_is_gone_is_damaged_and_all_else_is_there(home, monkeypatch):
    module = tlcore.open_module("toy:3")
    monkeypatch.undo()
    monkeypatch.setenv("TLCORE_HOME", str(home))
    assert isinstance(damaged_modules()[module.id], Damaged)
    assert "toy" in damaged_modules()[module.id].detail
    assert invoke("modules").exit_code == 0
