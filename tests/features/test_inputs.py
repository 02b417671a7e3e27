"""Pictures are decoded one way, once, and come back in order."""

import shutil
import threading

import numpy as np
import pytest

from tlcore.base.errors import UserError
from tlcore.datasets import import_dataset
from tlcore.features import inputs
from tlcore.features.store.feature_store import Rows
from tlcore.modalities import only_tensor
from tlcore.modalities.image.entry import ENTRY as IMAGE
from tlcore.modules.module import Module, TensorFact

SPEC = IMAGE.spec_of((12, 12))
LARGE = IMAGE.spec_of((224, 200))


@pytest.fixture
def decoded(monkeypatch):
    """The files that were decoded, in the order in which that began."""
    files = []
    decode = IMAGE.decode

    def note(path, *how):
        files.append(path)
        return decode(path, *how)

    monkeypatch.setattr(IMAGE, "decode", note)
    return files


def test_pixels_are_in_the_order_asked_for(dataset):
    ids = dataset.examples["id"].tolist()[::-3]
    rows = inputs.load_inputs(dataset, IMAGE.spec_of((12, 10)), ids)
    assert rows.shape == (len(ids), 12, 10, 3) and rows.dtype == np.uint8
    np.testing.assert_array_equal(
        np.asarray(rows), [IMAGE.decode(dataset.file(id), IMAGE.spec_of((12, 10))) for id in ids]
    )


def test_a_picture_is_decoded_once_for_each_size(dataset, decoded):
    inputs.load_inputs(dataset, SPEC, dataset.examples["id"].tolist()[:33])
    assert len(decoded) == 33
    inputs.load_inputs(dataset, SPEC)
    assert len(decoded) == len(set(decoded)) == 73
    inputs.load_inputs(dataset, SPEC)
    assert len(decoded) == 73
    inputs.load_inputs(dataset, IMAGE.spec_of((12, 14)))
    assert len(decoded) == 146


def test_batches_mix_kept_and_new_pictures_in_order(dataset):
    ids = dataset.examples["id"].tolist()
    inputs.load_inputs(dataset, SPEC, ids[5:40:2])
    twice = [*ids, *ids[:9]]
    batches = list(inputs.batches(dataset, SPEC, twice))
    assert [len(batch) for batch in batches] == [32, 32, 18]
    np.testing.assert_array_equal(np.concatenate(batches), inputs.load_inputs(dataset, SPEC, twice)[:])


def test_what_was_decoded_before_an_end_is_kept(dataset, decoded):
    stream = inputs.batches(dataset, SPEC, dataset.examples["id"].tolist())
    next(stream)
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]
    decoded.clear()
    inputs.load_inputs(dataset, SPEC)
    assert len(decoded) == 73 - 32


def test_shards_are_of_bounded_size(dataset, monkeypatch):
    monkeypatch.setattr(inputs, "_SHARD_BYTES", 1)
    inputs.load_inputs(dataset, SPEC)
    assert len(list(inputs.input_store(IMAGE, SPEC).folder.glob("*.rows.npy"))) == 3


def test_decoding_runs_ahead_by_a_bounded_number():
    begun = []
    results = inputs.decode_ahead(range(1000), lambda number: begun.append(number) or number)
    assert next(results) == 0
    assert len(begun) <= 4 * inputs.BATCH
    assert [next(results) for _ in range(50)] == list(range(1, 51))
    results.close()


def test_a_file_that_is_gone_is_named(dataset):
    path = dataset.file(dataset.examples["id"][3])
    path.unlink()
    with pytest.raises(UserError, match=path.name):
        inputs.load_inputs(dataset, SPEC)


def test_kept_pictures_are_read_ahead_and_none_is_decoded(dataset, decoded, monkeypatch):
    ids = dataset.examples["id"].tolist() * 4
    expected = np.concatenate(list(inputs.batches(dataset, SPEC, ids)))
    decoded.clear()
    threads = set()
    read = Rows.__getitem__
    monkeypatch.setattr(
        Rows, "__getitem__", lambda *rows: threads.add(threading.current_thread().name[:6]) or read(*rows)
    )
    np.testing.assert_array_equal(np.concatenate(list(inputs.batches(dataset, SPEC, ids))), expected)
    assert not decoded and threads == {"decode"}


def test_pictures_that_cannot_be_kept_end_the_work(dataset, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inputs, "_SHARD_BYTES", 1)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="space"):
        inputs.load_inputs(dataset, SPEC)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("decode", "keep"))]


def test_a_pass_keeps_no_more_than_there_is_room_for(dataset, decoded, monkeypatch):
    ids = dataset.examples["id"].tolist()
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", str(40 * 12 * 12 * 3))
    first = np.concatenate(list(inputs.batches(dataset, SPEC, ids)))
    assert sum(path.stat().st_size for path in inputs.input_store(IMAGE, SPEC).folder.iterdir()) <= 40 * 12 * 12 * 3
    decoded.clear()
    np.testing.assert_array_equal(np.concatenate(list(inputs.batches(dataset, SPEC, ids))), first)
    assert len(decoded) == 73 - 32
    np.testing.assert_array_equal(inputs.load_inputs(dataset, SPEC)[:], first)  # who indexes them needs all


def test_pixels_of_little_pictures_are_not_kept_but_made_again(dataset, decoded):
    ids = dataset.examples["id"].tolist()
    expected = np.stack([IMAGE.decode(dataset.file(id), LARGE) for id in ids])
    decoded.clear()
    np.testing.assert_array_equal(np.concatenate(list(inputs.batches(dataset, LARGE, ids, keep_all=True))), expected)
    rows = inputs.load_inputs(dataset, LARGE)
    assert len(decoded) == 73
    assert not inputs.input_store(IMAGE, LARGE).folder.exists()
    assert rows.shape == (73, 224, 200, 3)
    some = [70, 3, 3, 41]
    np.testing.assert_array_equal(rows[some], expected[some])
    np.testing.assert_array_equal(rows[5:9], expected[5:9])
    np.testing.assert_array_equal(rows[-1], expected[-1])


def test_little_and_large_pictures_mix(make_images, tmp_path, decoded):
    make_images(tmp_path / "mixed", {"a": 5, "b": 4}, size=20)
    make_images(tmp_path / "mixed" / "more", {"a": 3, "b": 3}, size=300)
    for name in "ab":
        for path in (tmp_path / "mixed" / "more" / name).iterdir():
            path.rename(tmp_path / "mixed" / name / f"large-{path.name}")
    shutil.rmtree(tmp_path / "mixed" / "more")
    dataset = import_dataset(tmp_path / "mixed", name="mixed")
    rows = inputs.load_inputs(dataset, IMAGE.spec_of((100, 100)))
    assert len(decoded) == 6
    expected = [IMAGE.decode(dataset.file(id), IMAGE.spec_of((100, 100))) for id in dataset.examples["id"]]
    np.testing.assert_array_equal(np.asarray(rows), expected)
    np.testing.assert_array_equal(
        np.concatenate(list(inputs.batches(dataset, IMAGE.spec_of((100, 100)), dataset.examples["id"]))), expected
    )


def test_modules_of_other_inputs_are_refused_by_name():
    sound = Module(name="yamnet", handle="yamnet", source="hub", modality="audio", input=TensorFact(shape=(None,)))
    with pytest.raises(UserError, match="yamnet"):
        sound.input_spec()
    strange = Module(name="arrays", handle="arrays", source="file", input=TensorFact(shape=(7, 7, 20)))
    with pytest.raises(UserError, match="arrays"):
        strange.input_spec()
    any_size = Module(name="any", handle="any", source="hub", input=TensorFact(shape=(None, None, 3)))
    assert only_tensor(any_size.input_spec()).shape == (224, 224, 3)
