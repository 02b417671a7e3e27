"""Everything on disk: whole or not at all, and no path from outside."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.root import ROOT
from tlcore.base import settings, workspace
from tlcore.base.errors import UserError


def test_a_folder_that_fails_half_way_never_appears(home):
    with pytest.raises(ZeroDivisionError), workspace.new_folder("runs", "a-1") as folder:
        (folder / "run.json").write_text("{}")
        raise ZeroDivisionError
    assert list((home / "runs").iterdir()) == []
    assert list((home / "tmp").iterdir()) == []


def test_a_folder_that_succeeds_is_where_its_id_says(home):
    with workspace.new_folder("runs", "a-1") as folder:
        (folder / "run.json").write_text("{}")
        assert not (home / "runs" / "a-1").exists()
    assert (workspace.folder("runs", "a-1") / "run.json").read_text() == "{}"


@pytest.mark.parametrize("id", ["", "..", "../runs", "a/b", "A", "a b", "-a", "a" * 81, "a\n", "ä", ".", "a\x00"])
def test_what_is_no_id_is_refused_before_the_disk_is_touched(id):
    with pytest.raises(UserError, match="There is no such run"):
        workspace.folder("runs", id)


@given(st.text(max_size=400))
def test_every_name_gives_an_id_that_may_be_a_folder(name):
    assert workspace.is_id(workspace.new_id(name))


def test_two_things_of_one_name_have_two_ids():
    assert workspace.new_id("Ants & bees") != workspace.new_id("Ants & bees")
    assert workspace.new_id("Ants & bees").startswith("ants-bees-")


def test_deleting_takes_the_whole_folder(home):
    with workspace.new_folder("datasets", "a-1") as folder:
        (folder / "x").write_text("x")
    workspace.delete_folder("datasets", "a-1")
    assert list((home / "datasets").iterdir()) == []
    assert list((home / "tmp").iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    workspace.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        workspace.write_json(path, {"a": object()})
    assert workspace.read_json(path) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [setting.name for setting in settings.SETTINGS if f"`{setting.name}`" not in readme] == []


def test_data_roots_are_split_as_path_is(monkeypatch, tmp_path):
    monkeypatch.setenv("TLCORE_DATA_ROOTS", f"{tmp_path}/a:{tmp_path}/b")
    assert settings.data_roots() == [tmp_path / "a", tmp_path / "b"]


@pytest.mark.parametrize("value", ["2 GB", "-1", "1e9", "∞"])
def test_a_limit_that_is_no_number_is_a_user_error_that_names_it(monkeypatch, value):
    monkeypatch.setenv("TLCORE_MAX_BYTES", value)
    with pytest.raises(UserError, match="TLCORE_MAX_BYTES"):
        settings.max_bytes()


def test_a_home_that_can_not_be_made_is_a_user_error_that_names_it(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TLCORE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(UserError, match="TLCORE_HOME"):
        workspace.home()


def test_no_other_disk_is_waited_for(home, monkeypatch):
    monkeypatch.setattr(workspace.os, "sync", lambda: pytest.fail("it is for all disks"))
    workspace.sync_disk(home)
    with workspace.new_folder("runs", "a-1") as folder:
        for number in range(30):
            (folder / str(number)).touch()


def test_the_places_are_made_when_they_are_first_needed(home):
    assert workspace.home().is_dir()
    assert list(home.iterdir()) == []
    assert workspace.place("runs").is_dir()


def test_the_system_is_asked_to_write_while_a_block_runs_and_not_after_it(home, monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(workspace, "_SYNC_EVERY", 0.001)
    monkeypatch.setattr(workspace, "sync_disk", lambda path: asked.set())
    with workspace.syncing():
        assert asked.wait(30)
    asked.clear()
    assert not asked.wait(0.1)
    assert "sync" not in [thread.name for thread in threading.enumerate()]
