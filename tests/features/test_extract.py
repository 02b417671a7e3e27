"""A feature vector is computed once for an example's bytes, and depends on nothing else."""

import shutil
import sys
import threading

import numpy as np
import pytest

from tests.evaluation.little_run import SIZE, tiny_module
from tests.modules.tiny import write_batch_norm_module
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.datasets import import_dataset
from tlcore.features import extract, forward_pass
from tlcore.features.extract import extract_features, features_are_kept, kept_features
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.modules import open_module
from tlcore.modules.module import Module, TensorFact


class Heard(Progress):
    """Counts the pictures that went through the module, and asks to cancel after some."""

    def __init__(self, cancel_at: int | None = None):
        self.steps = []
        self.cancel_at = cancel_at

    def event(self, kind, **fields):
        if kind == "step" and fields["unit"] == "examples":
            self.steps.append(fields["done"])

    def request(self):
        return "cancel" if self.cancel_at and self.steps and self.steps[-1] >= self.cancel_at else ""


@pytest.fixture
def module(tmp_path):
    return tiny_module(tmp_path)


@pytest.fixture
def computed(monkeypatch):
    """How many pictures each pass computed, and at which precision."""
    counts = []
    run = forward_pass.Pass.run

    def note(self, batches, total, *rest):
        counts.append((total, self.precision))
        return run(self, batches, total, *rest)

    monkeypatch.setattr(forward_pass.Pass, "run", note)
    return counts


def test_vectors_are_the_modules_own_in_the_datasets_order(dataset, module, tmp_path):
    """Against the SavedModel called by plain TensorFlow, a picture at a time."""
    import tensorflow as tf

    vectors = extract_features(dataset, module)
    assert vectors.shape == (73, module.feature_dim) and vectors.dtype == np.float32
    plain = tf.saved_model.load(str(tmp_path / "tiny"))
    for row in (0, 31, 32, 72):
        picture = IMAGE.decode(dataset.file(dataset.examples["id"][row]), IMAGE.spec_of((SIZE, SIZE)))
        expected = plain(tf.constant(picture[None] / 255, tf.float32), training=False)[0]
        np.testing.assert_allclose(vectors[row], expected, rtol=1e-5, atol=1e-6)


def test_ten_new_pictures_compute_ten_and_shared_ones_none(dataset, module, make_images, tmp_path, computed):
    before = extract_features(dataset, module)
    make_images(tmp_path / "more", {"a": 40, "b": 33}, size=20)
    make_images(tmp_path / "new", {"c": 10}, size=24)
    shutil.move(tmp_path / "new" / "c", tmp_path / "more" / "c")
    more = import_dataset(tmp_path / "more", name="more")
    after = extract_features(more, module)
    assert computed == [(73, "f32"), (10, "f32")]
    rows = dict(zip(more.examples["sha256"], after, strict=True))
    np.testing.assert_array_equal([rows[key] for key in dataset.examples["sha256"]], before)


def test_other_labels_compute_none(dataset, module, make_images, tmp_path, computed):
    extract_features(dataset, module)
    make_images(tmp_path / "again", {"a": 40, "b": 33}, size=20)
    (tmp_path / "again" / "b" / "b-1.png").rename(tmp_path / "again" / "a" / "b-1.png")
    corrected = import_dataset(tmp_path / "again", name="corrected")
    assert corrected.fingerprint != dataset.fingerprint
    extract_features(corrected, module)
    assert computed == [(73, "f32")]


def test_what_fast_gives_does_not_depend_on_what_else_is_kept(dataset, module, computed):
    fast = extract_features(dataset, module, precision="fast")
    used = computed[0][1]
    assert computed == [(73, used)]
    assert features_are_kept(dataset, module) == (used == "f32")
    exact = extract_features(dataset, module)
    np.testing.assert_allclose(fast, exact, rtol=0.02, atol=0.02)
    np.testing.assert_array_equal(extract_features(dataset, module, precision="fast"), fast)
    assert computed == [(73, each) for each in dict.fromkeys((used, "f32"))]


def test_a_picture_is_decoded_once_for_all_precisions(dataset, module, monkeypatch):
    decoded = []
    decode = IMAGE.decode
    monkeypatch.setattr(IMAGE, "decode", lambda *args: decoded.append(args) or decode(*args))
    extract_features(dataset, module, precision="fast")
    extract_features(dataset, module)
    assert len(decoded) == len(dataset.examples)


def test_a_vector_does_not_depend_on_its_neighbours(dataset, module, home):
    together = extract_features(dataset, module)
    shutil.rmtree(home / "features")
    part = import_dataset([dataset.file(id) for id in dataset.examples["id"][40:45]] + _labels(dataset), name="part")
    rows = dict(zip(dataset.examples["sha256"], together, strict=True))
    alone = extract_features(part, module)
    assert len(alone) < 32
    np.testing.assert_array_equal(alone, [rows[key] for key in part.examples["sha256"]])


def _labels(dataset):
    path = dataset.folder.parent.parent / "tmp" / "labels.csv"
    names = [dataset.file(id).name for id in dataset.examples["id"][40:45]]
    path.write_text("filename,label\n" + "".join(f"{name},{'xy'[i % 2]}\n" for i, name in enumerate(names)))
    return [path]


def test_what_features_depend_on_keeps_them_apart(dataset, module, tmp_path, computed):
    extract_features(dataset, module)
    other_range = open_module(str(tmp_path / "tiny"), input_shape=(SIZE, SIZE, 3), value_range=(-1, 1))
    assert kept_features(dataset, other_range) is None
    assert not np.allclose(extract_features(dataset, other_range), extract_features(dataset, module))
    other_size = open_module(str(tmp_path / "tiny"), input_shape=(8, 8, 3))
    assert kept_features(dataset, other_size) is None
    same = open_module(str(write_batch_norm_module(tmp_path / "copy")), input_shape=(SIZE, SIZE, 3), name="copy")
    assert (kept_features(dataset, same) is not None) == (same.fingerprint == module.fingerprint)
    assert computed == [(73, "f32"), (73, "f32")]


def test_work_that_was_cancelled_goes_on_where_it_was(dataset, module, computed):
    with pytest.raises(Cancelled):
        extract_features(dataset, module, progress=Heard(cancel_at=32))
    assert kept_features(dataset, module) is None and not features_are_kept(dataset, module)
    heard = Heard()
    vectors = extract_features(dataset, module, progress=heard)
    assert computed == [(73, "f32"), (41, "f32")] and heard.steps[-1] == 73 and len(vectors) == 73
    assert features_are_kept(dataset, module)
    np.testing.assert_array_equal(kept_features(dataset, module), vectors)


def test_a_module_whose_numbers_are_not_finite_is_refused(dataset, module):
    def backbone(x, training):
        return x[:, 0, 0, :2] / 0

    with pytest.raises(UserError, match="finite"):
        extract_features(dataset, module, backbone=backbone)
    assert kept_features(dataset, module) is None


def test_a_slow_module_is_heard_of_while_it_computes(dataset, module):
    """The module does not go on before it was heard of twice."""
    import tensorflow as tf

    class Patient(Heard):
        def event(self, kind, **fields):
            super().event(kind, **fields)
            if self.steps.count(0) >= 3:  # the first says that it begins
                heard_twice.set()

    def slow(x):
        assert heard_twice.wait(60)
        return x

    def backbone(x, training):
        return tf.ensure_shape(tf.py_function(slow, [x[:, 0, 0, :2]], tf.float32), (None, 2))

    heard_twice = threading.Event()
    extract_features(dataset, module, backbone=backbone, progress=Patient())
    assert heard_twice.is_set()


def test_modules_and_datasets_without_pictures_are_refused(dataset, module):
    text = Module(id="text", name="use", handle="use", source="hub", modality="text", feature_dim=3)
    with pytest.raises(UserError, match="use"):
        extract_features(dataset, text)
    away = Module(name="away", handle="https://tfhub.dev/away", source="hub", input=TensorFact(shape=(8, 8, 3)))
    with pytest.raises(UserError, match="tfhub.dev/away"):
        extract_features(dataset, away)


def test_kept_features_need_no_tensorflow(dataset, module):
    import os
    import subprocess

    extract_features(dataset, module)
    code = (
        "import sys; from tlcore.datasets import open_dataset; from tlcore.modules import find_module\n"
        "from tlcore.features.extract import kept_features, extract_features\n"
        f"kept = kept_features(open_dataset({dataset.id!r}), find_module({module.id!r}))\n"
        f"again = extract_features(open_dataset({dataset.id!r}), find_module({module.id!r}))\n"
        "assert kept.shape == (73, 2) and (kept == again).all() and 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


def test_a_store_that_another_process_fills_meanwhile_is_taken_as_it_is(dataset, module, home):
    expected = extract_features(dataset, module)
    shutil.rmtree(home / "compiled")
    keys = dataset.examples["sha256"].tolist()
    store = extract._compute(dataset, module, "f32", None, keys, Progress())
    np.testing.assert_array_equal(np.asarray(store.read(keys)), expected)
