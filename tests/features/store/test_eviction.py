"""What is kept stays within its limit: what was used least recently goes, and nothing that is in use."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlcore.base.workspace as workspace
from tests.features.store.test_feature_store import key, row, store
from tlcore.base.errors import UserError
from tlcore.features.store import eviction, shards
from tlcore.features.store.eviction import SECONDS_SAFE, CacheEntry, choose

NOW = 1e9


@given(
    st.lists(st.tuples(st.integers(0, 3 * SECONDS_SAFE), st.integers(0, 1000)), max_size=30),
    st.integers(0, 20_000),
)
def test_the_least_recently_used_goes_and_no_more_than_needed(facts, most):
    things = [CacheEntry(NOW - ago, size, (Path(str(number)),)) for number, (ago, size) in enumerate(facts)]
    gone = choose(things, most, NOW)
    stays = [thing for thing in things if thing not in gone]
    assert all(NOW - thing.used >= SECONDS_SAFE for thing in gone)
    if gone and stays:
        assert max(thing.used for thing in gone) <= min(thing.used for thing in stays)
    left = sum(thing.bytes for thing in stays)
    assert left <= most or all(NOW - thing.used < SECONDS_SAFE for thing in stays)
    if gone:  # without the last of them gone, there would be too much
        assert left + max(gone).bytes > most


@pytest.fixture
def kept():
    """The folder of two shards of one row each: the first used an hour ago, the second two hours ago."""
    folder = workspace.place("features") / "s"
    for number in range(2):
        store(folder).append([key(number)], row(number)[None])
    age(folder, {key(0): 1, key(1): 2})
    return folder


def age(folder: Path, hours: dict[str, float]) -> None:
    for path in folder.glob("*.keys.npy"):
        then = time.time() - 3600 * hours[np.load(path).tobytes().hex()]
        for each in (path, path.with_name(path.name.replace(".keys.", ".rows."))):
            os.utime(each, (then, then))
    shards._marked.clear()


def names() -> list[str]:
    """The keys that are still kept."""
    return [text for text in (key(0), key(1)) if not store(workspace.place("features") / "s").missing([text])]


def test_the_longest_unused_shard_is_thrown_out(kept, monkeypatch):
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "400")
    eviction.trim()
    assert len(list(kept.iterdir())) == 2
    assert names() == [key(0)]


def test_reading_counts_as_use(kept, monkeypatch):
    np.asarray(store(kept).read([key(1)]))
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "400")
    eviction.trim()
    assert names() == [key(1)]


def test_use_is_noted_once_a_minute(kept):
    rows = store(kept).read([key(0)])
    age(kept, {key(0): 1, key(1): 2})
    rows[:]
    path = next(path for path in kept.glob("*.keys.npy") if np.load(path).tobytes().hex() == key(0))
    assert time.time() - path.stat().st_mtime < 60
    os.utime(path, (NOW, NOW))
    rows[:]
    assert path.stat().st_mtime == NOW


def test_what_was_used_just_now_stays_beyond_the_limit(kept, monkeypatch):
    age(kept, {key(0): 0, key(1): 0})
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "0")
    eviction.trim()
    assert names() == [key(0), key(1)]


def test_rows_that_are_thrown_out_can_be_read_by_who_has_them(kept, monkeypatch):
    holder = store(kept)
    rows = holder.read([key(1), key(0)])
    age(kept, {key(0): 1, key(1): 2})
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "0")
    eviction.trim()
    assert list(kept.iterdir()) == []
    np.testing.assert_array_equal(rows[:][:, 0], [1, 0])
    np.testing.assert_array_equal(holder.read([key(0)])[0], row(0))
    del rows, holder
    again = store(kept)
    assert again.missing([key(0), key(1)]) == [key(0), key(1)]
    again.append([key(0)], row(7)[None])
    np.testing.assert_array_equal(again.read([key(0)])[0], row(7))


def test_a_big_write_throws_out_and_so_does_a_processs_first(kept, monkeypatch):
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "0")
    monkeypatch.setattr(eviction, "_since_trim", 0)
    other = store(workspace.place("features") / "other")
    other.append([key(5)], row(5)[None])
    assert len(list(kept.iterdir())) == 4
    monkeypatch.setattr(eviction, "_BIG_WRITE", 1)
    other.append([key(6)], row(6)[None])
    assert len(list(kept.iterdir())) == 0 and len(list(other.folder.iterdir())) == 4


def test_compiled_modules_and_other_files_count(monkeypatch):
    then = time.time() - 3600
    model = workspace.place("compiled") / "0123abcd"
    model.mkdir()
    (model / "model.bin").write_bytes(bytes(1000))
    other = workspace.place("features") / "folder" / "notes.json"
    other.parent.mkdir()
    other.write_text("{}")
    for path in (model / "model.bin", model, other):
        os.utime(path, (then, then))
    assert {thing.paths: thing.bytes >= 2 for thing in eviction.kept_things()} == {(model,): True, (other,): True}
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", "0")
    eviction.trim()
    assert not model.exists() and not other.exists()


def test_rows_whose_keys_were_never_written_are_cleared_away(kept):
    orphan = kept / "0123456789abcdef.rows.npy"
    np.save(orphan, np.zeros((4, 3), np.float32))
    eviction.delete_unused_rows([key(0), key(1)], 60)
    assert orphan.exists()
    os.utime(orphan, (NOW, NOW))
    eviction.delete_unused_rows([key(0), key(1)], 60)
    assert not orphan.exists() and names() == [key(0), key(1)]


def test_rows_are_thrown_out_by_two_at_once_without_harm(kept, monkeypatch):
    """The other one deletes each shard between the list and the look."""
    load = np.load

    def too_late(path):
        path.unlink()
        return load(path)

    monkeypatch.setattr(np, "load", too_late)
    eviction.delete_unused_rows([], 60)
    assert not list(kept.iterdir())


@pytest.mark.parametrize("text", ["much", "-1", "1e9", "20 GB", "²"])
def test_a_limit_that_is_no_number_is_named(monkeypatch, text):
    monkeypatch.setenv("TLCORE_FEATURES_BYTES", text)
    with pytest.raises(UserError, match="TLCORE_FEATURES_BYTES"):
        eviction.trim()
