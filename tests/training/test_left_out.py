"""Pictures of which a module makes NaN are named and left out, and the run goes on without them."""

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.little_run import trained_run
from tests.modules import tiny
from tlcore.base.errors import UserError
from tlcore.cli import render
from tlcore.datasets import import_dataset
from tlcore.evaluation.new_files import predict_files
from tlcore.evaluation.run_results import features_of, run_predictions
from tlcore.features import extract
from tlcore.features.extract import doubtful_range, extract_features
from tlcore.modules import open_module
from tlcore.runs import open_run


@pytest.fixture
def module(tmp_path):
    path = tiny.write_module_dividing_by_spread(tmp_path / "module")
    return open_module(str(path), input_shape=(8, 8, 3), value_range=(0, 1))


@pytest.fixture
def make_pictures(make_images, tmp_path):
    """Writes pictures of noise, and some of one colour each."""

    def make(noisy=20, constant=4):
        folder = make_images(tmp_path / "pictures", {"a": noisy, "b": noisy}, size=8)
        for number in range(constant):
            for name in "ab":
                colour = (number * 9 + (100 if name == "a" else 0), 40, 60)
                Image.new("RGB", (8, 8), colour).save(folder / name / f"plain-{number}.png")
        return folder

    return make


@pytest.mark.parametrize("groups", [0, 1])
def test_a_run_goes_on_without_them_and_names_them(module, make_pictures, tmp_path, groups):
    dataset = import_dataset(make_pictures(), name="some plain")
    run = trained_run(dataset, module, groups=groups)
    plain = dataset.examples[dataset.examples["source_name"].str.contains("plain")]
    assert run.left_out == dict(zip(plain["id"], plain["source_name"], strict=True))
    (problem,) = run.to_dict()["problems"]
    assert sorted(problem["files"]) == sorted(plain["source_name"])
    predictions = run_predictions(run)
    assert set(predictions.ids) == set(dataset.examples["id"]) - set(plain["id"])
    assert np.isfinite(predictions.probabilities).all()
    assert sum(run.metrics[split]["n"] for split in ("train", "val", "test")) == 40
    for which in ("module", "trained"):
        ids, vectors = features_of(open_run(run.id), which)
        assert ids.tolist() == predictions.ids.tolist() and np.isfinite(np.asarray(vectors)).all()
    files = [dataset.file(plain["id"].iloc[0]), dataset.file(predictions.ids[0])]
    table = predict_files(run, files)
    assert "NaN or infinite" in table["problem"][0] and table["label"][0] == ""
    assert table["problem"][1] == "" and table["label"][1] in ("a", "b")


def test_features_of_them_are_nan_and_of_the_others_kept(module, make_pictures):
    dataset = import_dataset(make_pictures(), name="some plain")
    vectors = extract_features(dataset, module)
    plain = dataset.examples["source_name"].str.contains("plain").to_numpy()
    assert (np.isnan(vectors).all(axis=1) == plain).all() and np.isfinite(vectors[~plain]).all()


def test_where_they_are_all_it_says_so(module, make_pictures):
    dataset = import_dataset(make_pictures(noisy=0, constant=4), name="all plain")
    with pytest.raises(UserError, match="not finite.*for every example"):
        trained_run(dataset, module)


def test_a_run_without_any_has_no_problem(module, make_pictures):
    run = trained_run(import_dataset(make_pictures(constant=0), name="none"), module)
    assert run.problems == [] and not (run.folder / "result" / "left_out.json").exists()


def test_features_that_hardly_differ_are_a_problem_of_the_run(module, make_pictures, monkeypatch):
    monkeypatch.setattr(extract, "_HARDLY", 100)
    dataset = import_dataset(make_pictures(constant=0), name="doubtful")
    assert trained_run(dataset, module).problems == []  # somebody has said the range
    run = trained_run(dataset, module.model_copy(update={"values_source": "assumed"}))
    (problem,) = open_run(run.id).to_dict()["problems"]
    assert (problem["kind"], problem["files"]) == ("pixel range", [])
    assert "hardly differ" in problem["action"] and "pixel range other than 0 … 1" in problem["action"]
    assert f"Pixel range\n  {problem['action']}." in render.run(run.to_dict())
    run.artifacts.problems.write_text("{")
    assert run.state == "damaged"


def test_features_that_hardly_differ_put_the_pixel_range_in_doubt(module):
    vectors = np.random.default_rng(0).normal(size=(20, 4)) + 100
    assumed = module.model_copy(update={"values_source": "assumed"})
    assert "pixel range" in doubtful_range(assumed, vectors)
    assert doubtful_range(assumed, vectors - 100) == ""
    assert doubtful_range(module, vectors) == ""  # somebody has said it
