"""What a run says of its dataset is written once, whole, and is what it says of the same bytes again."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neighbors import NearestNeighbors

from tests.evaluation.little_run import Heard, little_dataset, tiny_module, trained_run
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.datasets.dataset import SPLITS
from tlcore.datasets.editing import edits
from tlcore.evaluation import run_results
from tlcore.evaluation.maps.embedding_maps import map_path
from tlcore.evaluation.new_files import predict_files
from tlcore.evaluation.predictions import class_columns
from tlcore.features.extract import extract_features
from tlcore.modules import delete_module
from tlcore.pipeline import run_pipeline
from tlcore.pipeline.run_pipeline import make_map
from tlcore.plans import Plan
from tlcore.runs import create_run
from tlcore.training.result_weights import read_probe


@pytest.fixture
def little(make_images, tmp_path):
    return little_dataset(make_images, tmp_path), tiny_module(tmp_path)


@pytest.mark.parametrize("groups", [0, 2])
def test_a_run_ends_with_predictions_and_numbers(little, groups):
    dataset, module = little
    run = trained_run(dataset, module, groups)
    predictions = run_results.run_predictions(run)
    examples = dataset.examples
    assert (
        predictions.ids.tolist() == examples["id"].tolist()
        and predictions.labels.tolist() == examples["label"].tolist()
    )
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-6)

    result = run.result
    assert set(result["seconds"]) == {"features", "training", "evaluation"}
    assert result["trainable_parameters"] == 2 * 2 + 2 + module.trainable_parameters(run.plan.train_groups)
    for split in SPLITS:
        part = predictions.only(split)
        entry = result["metrics"][split]
        assert entry["n"] == len(part) == dataset.splits[split]
        assert entry["accuracy"] == accuracy_score(part.labels, part.predicted)
        assert entry["loss"] == pytest.approx(log_loss(part.labels, part.probabilities, labels=[0, 1]), rel=1e-4)
        assert result["baselines"]["majority"][split]["accuracy"] == 0.5
    of_probe = read_probe(run).probabilities(extract_features(dataset, module))
    test = predictions.splits == "test"
    loss = log_loss(predictions.labels[test], of_probe[test], labels=[0, 1])
    assert result["baselines"]["linear_probe"]["test"]["loss"] == pytest.approx(loss, rel=1e-4)
    assert run_results.has_trained_features(run) == bool(groups)
    val = predictions.splits == "val"
    assert np.array_equal(of_probe[~val], predictions.probabilities[~val]) == (not groups)
    left_out = run_results.out_of_fold(run).only("val")
    assert left_out.ids.tolist() == predictions.ids[val].tolist()
    assert np.array_equal(left_out.probabilities, predictions.probabilities[val]) == (not groups)
    assert run.out_of_fold == (() if groups else ("val",)) and run.is_probe == (not groups)
    loss = log_loss(left_out.labels, left_out.probabilities, labels=[0, 1])
    assert result["baselines"]["linear_probe"]["val"]["loss"] == pytest.approx(loss, rel=1e-4)

    ids, vectors = run_results.features_of(run, "trained")
    assert ids.tolist() == predictions.ids.tolist()
    same = np.array_equal(vectors, run_results.features_of(run, "module")[1])
    assert same == (not groups)
    np.testing.assert_array_equal(run_results.features_of(run, "module")[1], extract_features(dataset, module))


@pytest.mark.parametrize("groups", [0, 2])
def test_an_older_run_keeps_its_own_examples_when_the_dataset_is_mended(little, groups):
    dataset, module = little
    run = trained_run(dataset, module, groups)
    before = {which: run_results.features_of(run, which) for which in ("module", "trained")}
    ids = dataset.examples["id"].tolist()
    edits.leave_out(dataset, ids[3:6])
    edits.correct_label(dataset, ids[-1:], "c")
    for which, (of, vectors) in before.items():
        ids_now, now = run_results.features_of(run, which)
        assert ids_now.tolist() == of.tolist() == ids
        np.testing.assert_array_equal(np.asarray(now), np.asarray(vectors))
    table = predict_files(run, [dataset.file(id) for id in ids[3:6]])
    assert set(table["label"]) <= set(run.class_names)


@pytest.mark.parametrize("groups", [0, 2])
def test_the_same_bytes_get_the_same_predictions_again(little, groups):
    dataset, module = little
    run = trained_run(dataset, module, groups)
    predictions = run_results.run_predictions(run)
    table = predict_files(run, [dataset.file(id) for id in predictions.ids[::-1]])
    again = table[class_columns(run.class_names)].to_numpy()[::-1]
    by_model = ~np.isin(predictions.splits, run.out_of_fold)
    assert np.abs(again - predictions.probabilities)[by_model].max() < (
        1e-3 if groups else 1e-5
    )  # from kept activations in float16
    names = np.array(run.class_names)
    assert (table["label"].to_numpy(str)[::-1] == names[predictions.predicted])[by_model].all()
    assert (table["problem"] == "").all()

    ids, vectors = run_results.features_of(run, "trained")
    train = np.isin(ids, predictions.only("train").ids)
    expected, _ = NearestNeighbors(n_neighbors=5, metric="cosine").fit(vectors[train]).kneighbors(vectors[:3])
    distance = dict(zip(ids, vectors, strict=True))
    for row, wanted in zip((-1, -2, -3), expected, strict=True):
        near = table["neighbours"].iloc[row]
        assert set(near) <= set(predictions.only("train").ids.tolist()) and len(near) == 5
        here = vectors[-row - 1]
        cosine = [1 - here @ distance[id] / np.linalg.norm(here) / np.linalg.norm(distance[id]) for id in near]
        np.testing.assert_allclose(cosine, wanted, atol=1e-5)


def test_feature_vectors_that_were_thrown_out_are_computed_again(little, home):
    dataset, module = little
    run = trained_run(dataset, module)
    ids, before = run_results.features_of(run, "module")
    before = np.asarray(before)
    files = [dataset.file(id) for id in ids[:3]]
    near = predict_files(run, files)["neighbours"].tolist()
    shutil.rmtree(home / "features")
    assert run_results.kept_features_of(run, "module") is None
    heard = Heard()
    ids_again, again = run_results.features_of(run, "module", heard)
    assert ids_again.tolist() == ids.tolist()
    np.testing.assert_allclose(again, before, rtol=1e-5, atol=1e-6)
    assert any(fields.get("unit") == "examples" for _, fields in heard.events)
    shutil.rmtree(home / "features")
    assert predict_files(run, files)["neighbours"].tolist() == near
    shutil.rmtree(home / "features")
    make_map(run, "module", "pca", Heard())
    assert map_path(run, "module", "pca").exists()


def test_what_is_most_in_doubt_is_compared_with_the_whole_module(little, monkeypatch):
    from tlcore.evaluation import predicting

    dataset, module = little
    run = trained_run(dataset, module, 2)
    predictions = run_results.run_predictions(run)
    doubtful = int(predictions.probabilities.max(axis=1).argmin())
    asked = []
    whole = predicting._whole_features

    def listen(trained, module, dataset, rows, progress):
        asked.append(rows.tolist())
        return whole(trained, module, dataset, rows, progress)

    monkeypatch.setattr(predicting, "_whole_features", listen)
    monkeypatch.setattr(predicting, "_COMPARED", 1)
    monkeypatch.setattr(predicting, "_PROBABILITY", 0.0)
    heard = Heard()
    predicting.evaluate_run(run, dataset, progress=heard)
    assert asked == [sorted({0, doubtful}), list(range(len(predictions)))]
    assert any("with the whole module" in fields.get("message", "") for _, fields in heard.events)
    table = predict_files(run, [dataset.file(id) for id in predictions.ids])
    again = table[class_columns(run.class_names)].to_numpy()
    np.testing.assert_allclose(run_results.run_predictions(run).probabilities, again, atol=1e-5)


def test_a_file_that_is_no_picture_is_listed_and_stops_no_other(little, tmp_path):
    dataset, module = little
    run = trained_run(dataset, module)
    good = dataset.file(dataset.examples["id"][0])
    (tmp_path / "words.jpg").write_text("these are words")
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:80])
    heard = Heard()
    paths = [tmp_path / "words.jpg", good, tmp_path / "cut.png", tmp_path / "gone.png", good]
    table = predict_files(run, paths, progress=heard)
    assert table["path"].tolist() == [str(path) for path in paths]
    assert [bool(problem) for problem in table["problem"]] == [True, False, True, True, False]
    assert "words.jpg" in table["problem"][0] and table["label"][0] == "" and table["neighbours"][0] == []
    columns = class_columns(run.class_names)
    assert table.loc[[0, 2, 3], columns].isna().all(axis=None) and table.loc[[1, 4], columns].notna().all(axis=None)
    assert [fields for kind, fields in heard.events if kind == "step"][-1]["done"] == 4
    assert len(predict_files(run, [])) == 0
    assert len(predict_files(run, paths[:1])) == 1


def test_a_path_alone_a_folder_and_an_archive_are_answered_for_file_by_file(little, tmp_path):
    dataset, module = little
    run = trained_run(dataset, module)
    good = dataset.file(dataset.examples["id"][0]).read_bytes()
    files = {"a.png": good, "a_mask.png": good, ".hidden.png": good, "notes.txt": b"words", "raw.cr2": b"x"}
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    packed = Path(shutil.make_archive(str(tmp_path / "all"), "zip", folder))
    for given, place in ((folder, folder), (str(folder), folder), ([packed], packed)):
        table = predict_files(run, given)
        assert table.index.tolist() == list(range(5))
        rows = {row.path: row for row in table.itertuples()}
        assert set(rows) == {str(place / name) for name in files}
        assert [path for path, row in rows.items() if row.label] == [str(place / "a.png")]
        assert rows[str(place / "a_mask.png")].problem == "It is a mask of another file"
        assert "hidden file" in rows[str(place / ".hidden.png")].problem
        assert "raw format" in rows[str(place / "raw.cr2")].problem
        assert "not a picture" in rows[str(place / "notes.txt")].problem


def test_new_files_are_predicted_without_the_dataset(little, tmp_path):
    from tlcore.datasets import delete_dataset

    dataset, module = little
    run = trained_run(dataset, module)
    kept = tmp_path / "new.png"
    kept.write_bytes(dataset.file(dataset.examples["id"][0]).read_bytes())
    delete_dataset(dataset.id)
    table = predict_files(run, [kept])
    assert table["label"][0] in run.class_names and table["neighbours"][0] == []


def test_classes_named_as_other_columns_keep_a_column_of_their_own():
    names = ("path", "label", "label (class)", "neighbours", "cat")
    columns = class_columns(names)
    assert len({*columns, "path", "problem", "label", "neighbours"}) == 9 and columns[-1] == "cat"


def test_numbers_are_written_last(little, monkeypatch):
    """A run that dies meanwhile has no result, and gets all of it when it goes on."""
    from tlcore.evaluation import predicting
    from tlcore.training.train import train_run

    dataset, module = little
    run = trained_run(dataset, module)
    (run.folder / "result" / "metrics.json").unlink()
    (run.folder / "result" / "predictions.parquet").unlink()

    def dies(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(predicting, "majority", dies)
        with pytest.raises(MemoryError):
            predicting.evaluate_run(run, dataset)
    assert not run.has_result
    with pytest.raises(UserError):
        run_results.run_predictions(run)
    train_run(run, dataset, module)
    predicting.evaluate_run(run, dataset)
    assert run.has_result and len(run_results.run_predictions(run)) == 40


def test_numbers_are_plain_json(little):
    run = trained_run(*little)
    text = (run.folder / "result" / "metrics.json").read_text()
    json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert pd.read_parquet(run.folder / "result" / "predictions.parquet").columns.tolist() == [
        "id", "split", "label", "p0", "p1",
    ]  # fmt: skip


def test_looks_at_test_are_counted(little):
    from tlcore.plans import Plan

    run = create_run(*little, Plan())
    assert run_results.test_views(run) == 0
    assert [run_results.count_test_view(run), run_results.count_test_view(run)] == [1, 2] and run_results.test_views(
        run
    ) == 2


@pytest.mark.parametrize("groups", [0, 2])
def test_a_module_deleted_while_its_run_is_under_way_is_said_to_be_gone(little, monkeypatch, groups):
    dataset, module = little
    train = run_pipeline.train_run

    def deleted_after(*args, **options):
        train(*args, **options)
        delete_module(module.id)

    monkeypatch.setattr(run_pipeline, "train_run", deleted_after)
    run = create_run(dataset, module, Plan(train_groups=module.last_groups(groups), epochs=1) if groups else Plan())
    with pytest.raises(UserError, match="module is gone"):
        run_pipeline.carry_out_run(run, dataset, module, Progress())
