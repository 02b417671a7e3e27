"""Rows are kept once, whole, and come back under their keys."""

import hashlib
import multiprocessing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlcore.workspace as workspace
from tlcore.features.store import RowStore


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
