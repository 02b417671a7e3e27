"""TensorBoard opens the Projector's files, and they say of each example what the run knows."""

import io
import json
import urllib.parse
import urllib.request
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tlcore.evaluation import run_results
from tlcore.exports import export_run
from tlcore.modalities.image.resizing import decode


@pytest.fixture
def tensorboard(made, tmp_path):
    """The export, as TensorBoard's own server gives it out."""
    from tensorboard import program

    export_run(made.run, "projector", tmp_path / "out")
    board = program.TensorBoard()
    board.configure(argv=[None, "--logdir", str(tmp_path / "out"), "--port", "0", "--load_fast", "false"])
    url = board.launch()

    def ask(what: str, **query) -> bytes:
        address = f"{url}data/plugin/projector/{what}?{urllib.parse.urlencode({'run': '.', **query})}"
        with urllib.request.urlopen(address) as answer:
            return answer.read()

    return SimpleNamespace(ask=ask, folder=tmp_path / "out")


def test_tensorboard_serves_vectors_labels_and_pictures(made, tensorboard):
    predictions = run_results.run_predictions(made.run)
    info = json.loads(tensorboard.ask("info"))
    assert [each["tensorName"] for each in info["embeddings"]] == ["Trained module", "Module as it came"]
    for which, each in zip(("trained", "module"), info["embeddings"], strict=True):
        ids, vectors = run_results.features_of(made.run, which)
        assert each["tensorShape"] == [len(ids), vectors.shape[1]]
        served = np.frombuffer(tensorboard.ask("tensor", name=each["tensorName"]), np.float32)
        assert ids.tolist() == predictions.ids.tolist()
        np.testing.assert_array_equal(served.reshape(vectors.shape), vectors[:])
    lines = tensorboard.ask("metadata", name="Trained module").decode().splitlines()
    assert lines[0].split("\t") == ["label", "predicted", "right", "split", "confidence", "file", "id"]
    assert len(lines) == 1 + len(predictions)
    for row, line in enumerate(lines[1:]):
        label, predicted, right, split, confidence, file, id = line.split("\t")
        assert (id, split, label) == (
            predictions.ids[row],
            predictions.splits[row],
            predictions.class_names[predictions.labels[row]],
        )
        assert (right == "right") == (label == predicted) == (predictions.labels[row] == predictions.predicted[row])
        assert float(confidence) == pytest.approx(predictions.confidence[row]) and file.endswith(".png")


def test_each_picture_stands_in_its_place_of_the_sprite(made, tensorboard):
    info = json.loads(tensorboard.ask("info"))["embeddings"][0]
    width, height = info["sprite"]["singleImageDim"]
    sprite = np.asarray(Image.open(io.BytesIO(tensorboard.ask("sprite_image", name="Trained module"))))
    ids = run_results.run_predictions(made.run).ids
    across = sprite.shape[1] // width
    assert max(sprite.shape) <= 8192 and across * (sprite.shape[0] // height) >= len(ids)
    for number in (0, 1, len(ids) - 1):
        top, left = number // across * height, number % across * width
        shown = sprite[top : top + height, left : left + width].astype(float)
        own = decode(made.dataset.file(ids[number]), height, width).astype(float)
        assert abs(shown.mean() - own.mean()) < 2


def test_a_large_dataset_keeps_to_what_the_projector_draws():
    from tlcore.exports.projector import sprite_grid

    for count in (1, 2, 4097, 10_000, 100_000):
        across, side = sprite_grid(count)
        assert across**2 >= count and across * side <= 8192 and side > 0
