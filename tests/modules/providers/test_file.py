"""A path leads to the files of the module that lies there, where it may be opened; and nothing else is copied."""

import shutil
from pathlib import Path

import pytest

from tests.modules.fetching import FILES, fetch
from tlcore.base import workspace
from tlcore.base.errors import UserError


@pytest.mark.parametrize("form", ["folder", "gztar", "bztar", "zip", "wrapped", "wrapped folder"])
def test_a_folder_and_its_archives_are_opened_by_path(saved_model, into, tmp_path, form):
    path = saved_model
    if form == "wrapped folder":
        path = tmp_path / "uploads"
        shutil.copytree(saved_model, path / "tiny")
    elif form == "wrapped":
        path = Path(shutil.make_archive(str(tmp_path / "m"), "zip", tmp_path, "tiny"))
    elif form != "folder":
        path = Path(shutil.make_archive(str(tmp_path / "m"), form, saved_model))
    assert fetch(str(path), into) == FILES


def test_of_a_folder_nothing_but_the_module_is_copied(saved_model, into):
    (saved_model / "holiday.mov").write_bytes(b"0" * 1000)
    (saved_model / "module.json").write_text("{}")
    assert fetch(str(saved_model), into) == FILES


def test_paths_are_refused_where_files_are_not_allowed_whether_they_exist_or_not(saved_model, into):
    for path in (saved_model, "/etc/passwd", "/nowhere/at/all", "no-such-name"):
        with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES") as caught:
            fetch(str(path), into, allow_files=False)
        assert "/" not in caught.value.detail


def test_this_workbench_s_own_exports_are_opened_without_that_permission(saved_model, into):
    out = workspace.place("jobs") / "export-1a2b3c" / "out"
    shutil.copytree(saved_model, out / "tiny")
    assert fetch(str(out / "tiny"), into, allow_files=False) == FILES
    uploaded = workspace.place("jobs") / "predict-1a2b3c" / "uploads" / "tiny"
    shutil.copytree(saved_model, uploaded)
    for path in (uploaded, out / ".." / "uploads", workspace.place("tmp")):
        with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
            fetch(str(path), into, allow_files=False)


def test_a_link_in_an_export_s_place_leads_nowhere_else(saved_model, into):
    out = workspace.place("jobs") / "export-1a2b3c" / "out"
    out.mkdir(parents=True)
    (out / "tiny").symlink_to(saved_model)
    with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
        fetch(str(out / "tiny"), into, allow_files=False)


@pytest.mark.parametrize("name", ["none", "x" * 300, "~nobody/<script>", "🦋 “quoted”"])
def test_a_path_with_nothing_there_says_so(into, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="There is no such module"):
        fetch(name, into)
