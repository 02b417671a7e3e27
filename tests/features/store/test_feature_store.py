"""Rows are kept once, whole, and come back under their keys."""

import hashlib
import multiprocessing
import shutil

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tlcore.base.workspace as workspace
from tlcore.features.store.feature_store import RowStore


def key(text) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def store(folder) -> RowStore:
    return RowStore(folder, (3,), "float32")


def row(number) -> np.ndarray:
    return np.full(3, number, np.float32)


def test_rows_come_back_in_the_order_asked_for(tmp_path):
    first = store(tmp_path / "s")
    first.append([key(i) for i in range(4)], np.stack([row(i) for i in range(4)]))
    first.append([key(i) for i in range(4, 6)], np.stack([row(i) for i in range(4, 6)]))
    rows = store(tmp_path / "s").read([key(i) for i in (5, 0, 3, 0)])
    assert rows.shape == (4, 3) and rows.dtype == np.float32 and len(rows) == 4
    np.testing.assert_array_equal(np.asarray(rows)[:, 0], [5, 0, 3, 0])
    np.testing.assert_array_equal(rows[2], row(3))
    np.testing.assert_array_equal(rows[1:3][:, 0], [0, 3])
    np.testing.assert_array_equal(rows[np.array([3, 0])][:, 0], [0, 5])


def test_missing_names_each_absent_key_once_in_order(tmp_path):
    kept = store(tmp_path / "s")
    assert kept.missing([key(2), key(1), key(2)]) == [key(2), key(1)]
    kept.append([key(1)], row(1)[None])
    assert kept.missing([key(2), key(1), key(2)]) == [key(2)]
    with pytest.raises(KeyError):
        kept.read([key(2)])


def test_no_rows_asked_for_gives_no_rows(tmp_path):
    assert np.asarray(store(tmp_path / "s").read([])).shape == (0, 3)


def test_keys_that_end_in_zero_bytes_are_told_apart(tmp_path):
    keys = ["ab" * 31 + "00", "ab" * 30 + "0000", "00" * 32]
    kept = store(tmp_path / "s")
    kept.append(keys, np.stack([row(i) for i in range(3)]))
    again = store(tmp_path / "s")
    assert again.missing(keys) == []
    np.testing.assert_array_equal(again.read(keys)[:][:, 0], [0, 1, 2])


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    kept = store(tmp_path / "s")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="space"):
        kept.append([key(1)], row(1)[None])
    assert store(tmp_path / "s").missing([key(1)]) == [key(1)]
    assert not list(workspace.place("tmp").iterdir())


@pytest.mark.parametrize("renames", [0, 1])
def test_work_of_a_writer_that_was_killed_is_never_read(tmp_path, renames):
    """Killed before anything was put in its place, and between the rows and their keys."""

    def write():
        import os

        replace, done = os.replace, []

        def kill(*paths):
            if len(done) == renames:
                os.kill(os.getpid(), 9)
            done.append(replace(*paths))

        os.replace = kill
        store(tmp_path / "s").append([key(1), key(2)], np.stack([row(1), row(2)]))

    writer = multiprocessing.get_context("fork").Process(target=write)
    writer.start()
    writer.join()
    assert writer.exitcode == -9
    kept = store(tmp_path / "s")
    assert kept.missing([key(1), key(2)]) == [key(1), key(2)]
    kept.append([key(1), key(2)], np.stack([row(3), row(4)]))
    np.testing.assert_array_equal(store(tmp_path / "s").read([key(2), key(1)])[:][:, 0], [4, 3])


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
def test_rows_are_of_any_number(tmp_path, dtype):
    kept = RowStore(tmp_path / "s", (2, 5), dtype)
    rows = np.arange(30).reshape(3, 2, 5)
    kept.append([key(i) for i in range(3)], rows)
    again = RowStore(tmp_path / "s", (2, 5), dtype).read([key(i) for i in range(3)])
    assert again.dtype == dtype and again[:].dtype == dtype
    np.testing.assert_array_equal(again, rows)


def test_keys_that_begin_alike_are_told_apart(tmp_path):
    keys = ["ab" * 8 + f"{number:048x}" for number in range(5)]
    kept = store(tmp_path / "s")
    kept.append(keys[:4], np.stack([row(i) for i in range(4)]))
    assert kept.missing(keys[::-1]) == [keys[4]]
    np.testing.assert_array_equal(kept.read(keys[3::-1])[:][:, 0], [3, 2, 1, 0])


def test_a_look_reads_no_rows(tmp_path):
    kept = store(tmp_path / "s")
    kept.append([key(1)], row(1)[None])
    (path,) = kept.folder.glob("*.rows.npy")
    written = path.read_bytes()
    path.write_bytes(written[:128] + bytes(12))
    again = store(tmp_path / "s")
    assert again.missing([key(1)]) == []
    path.write_bytes(written)
    np.testing.assert_array_equal(again.read([key(1)])[0], row(1))


def test_a_shard_that_vanishes_while_it_is_looked_for_is_missing(tmp_path):
    store(tmp_path / "s").append([key(1)], row(1)[None])
    (path,) = (tmp_path / "s").glob("*.rows.npy")
    path.unlink()
    kept = store(tmp_path / "s")
    assert kept.missing([key(1)]) == [key(1)]
    kept.append([key(1)], row(2)[None])
    np.testing.assert_array_equal(kept.read([key(1)])[0], row(2))


def test_rows_outlive_a_folder_that_is_deleted_under_way(tmp_path):
    kept = store(tmp_path / "s")
    kept.append([key(1)], row(1)[None])
    shutil.rmtree(tmp_path / "s")
    kept.append([key(2)], row(2)[None])
    np.testing.assert_array_equal(kept.read([key(1), key(2)])[:][:, 0], [1, 2])
    del kept
    assert store(tmp_path / "s").missing([key(1), key(2)]) == [key(1)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_rows_are_indexed_as_arrays_are(tmp_path_factory, data):
    width = data.draw(st.sampled_from([3, 2000]))
    kept = RowStore(tmp_path_factory.mktemp("store") / "s", (width,), "float32")
    numbers = np.arange(20)
    for part in np.split(numbers, sorted(data.draw(st.lists(st.integers(0, 20), max_size=3)))):
        kept.append([key(i) for i in part], np.repeat(part[:, None], width, axis=1))
    order = data.draw(st.lists(st.integers(0, 19), min_size=1, max_size=25))
    rows = kept.read([key(i) for i in order])
    plain = np.repeat(np.array(order, np.float32)[:, None], width, axis=1)
    whole = st.integers(-len(order), len(order) - 1)
    index = data.draw(
        st.one_of(whole, st.slices(len(order)), st.lists(whole, max_size=30).map(lambda each: np.array(each, int)))
    )
    np.testing.assert_array_equal(rows[index], plain[index])


def _write(folder, start, shared):
    kept = store(folder)
    for i in range(start, start + 20):
        kept.append([key(i), key(f"both {i % 20}")], np.stack([row(i), row(shared + i % 20)]))


def test_two_processes_write_at_once_without_harm(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path / "s", start, 1000)) for start in (0, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    kept = store(tmp_path / "s")
    np.testing.assert_array_equal(kept.read([key(i) for i in range(40)])[:][:, 0], range(40))
    np.testing.assert_array_equal(kept.read([key(f"both {i}") for i in range(20)])[:][:, 0], range(1000, 1020))


@settings(max_examples=25, deadline=None)
@example([[1, 2, 0]], [1, 0, 0])  # rows 0, 2, 2: as long as 0, 1, 2
@given(st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=6), st.lists(st.integers(0, 30), max_size=12))
def test_it_behaves_as_a_dictionary_does(tmp_path_factory, appended, asked):
    kept = store(tmp_path_factory.mktemp("store") / "s")
    model = {}
    for numbers in appended:
        kept.append([key(i) for i in numbers], np.stack([row(i) for i in numbers]) if numbers else np.empty((0, 3)))
        model.update({i: i for i in numbers})
    assert kept.missing([key(i) for i in asked]) == [key(i) for i in dict.fromkeys(asked) if i not in model]
    present = [i for i in asked if i in model]
    np.testing.assert_array_equal(
        kept.read([key(i) for i in present])[:], np.array([row(i) for i in present]).reshape(-1, 3)
    )
