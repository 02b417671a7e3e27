"""A handle leads to a SavedModel's files, or to words that say why not; never to half of them."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import requests

from tests.modules.hub_server import packed, serve
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.modules.providers.handles import cache_name, parse_handle
from tlcore.modules.providers.resolve import resolve

KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"


class Listener(Progress):
    def __init__(self, cancel=False):
        self.events = []
        self.cancel = cancel

    def event(self, kind, **fields):
        self.events.append({"kind": kind, **fields})

    def request(self):
        return "cancel" if self.cancel and len(self.events) > 1 else ""


@pytest.fixture
def saved_model(tmp_path) -> Path:
    """What looks like one without TensorFlow."""
    folder = tmp_path / "tiny"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(os.urandom(600_000))
    (folder / "README.md").write_text("How it was made.")
    return folder


@pytest.fixture
def hub(saved_model, monkeypatch):
    with serve() as hub:
        hub.modules["/google/tiny/feature_vector/1"] = packed(saved_model)
        monkeypatch.setenv("TLCORE_MODULE_HOSTS", hub.url)
        yield hub


@pytest.fixture
def into(tmp_path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def get(ref, into, allow_files=True, progress=None):
    resolve(parse_handle(ref), into, allow_files=allow_files, progress=progress or Progress())
    return sorted(str(file.relative_to(into)) for file in into.rglob("*") if file.is_file())


FILES = ["README.md", "saved_model.pb", "variables/variables.data-00000-of-00001", "variables/variables.index"]


def test_a_handle_is_fetched_as_tf_hub_serves_it_with_progress_in_bytes(hub, into):
    listener = Listener()
    assert get(f"{hub.url}/google/tiny/feature_vector/1", into, progress=listener) == FILES
    assert hub.asked == ["/google/tiny/feature_vector/1?tf-hub-format=compressed"]
    assert listener.events[0] == {"kind": "stage", "name": "fetch"}
    steps = [event for event in listener.events if event["kind"] == "step"]
    size = len(hub.modules["/google/tiny/feature_vector/1"])
    assert {"kind": "step", "done": size, "total": size, "unit": "bytes", "name": steps[0]["name"]} in steps
    assert len(steps) > 3


def test_a_redirect_is_followed_on_the_allowed_host_and_nowhere_else(hub, into, monkeypatch):
    hub.redirects["/old"] = "/google/tiny/feature_vector/1?tf-hub-format=compressed"
    assert get(f"{hub.url}/old", into) == FILES
    with serve() as inside:
        inside.modules["/secret"] = b"secret"
        hub.redirects["/out"] = f"{inside.url}/secret?tf-hub-format=compressed"
        with pytest.raises(UserError, match="redirects to") as caught:
            get(f"{hub.url}/out", into)
        assert inside.asked == []
        assert inside.url in caught.value.detail
    hub.redirects["/file"] = "file:///etc/passwd"
    with pytest.raises(UserError):
        get(f"{hub.url}/file", into)
    hub.redirects["/round"] = "/round"
    with pytest.raises(UserError):
        get(f"{hub.url}/round", into)


@pytest.mark.parametrize(("status", "word"), [(404, "no such module"), (403, "not given"), (500, "can't be fetched")])
def test_a_server_that_says_no_is_told_in_words(hub, into, status, word):
    hub.statuses["/a"] = status
    with pytest.raises(UserError) as caught:
        get(f"{hub.url}/a", into)
    assert word in caught.value.title
    assert f"{hub.url}/a?tf-hub-format=compressed answers {status}" in caught.value.detail


def test_a_handle_that_does_not_exist_and_a_page_that_is_no_module_say_so(hub, into):
    with pytest.raises(UserError, match="There is no such module"):
        get(f"{hub.url}/google/none/1", into)
    hub.modules["/page"] = b"<!doctype html><title>Models</title>"
    with pytest.raises(UserError, match="a web page"):
        get(f"{hub.url}/page", into)
    hub.modules["/empty"] = packed(into)
    with pytest.raises(UserError, match="no saved_model.pb: it is empty"):
        get(f"{hub.url}/empty", into)
    assert list(into.iterdir()) == []


def test_offline_says_which_address_it_needed_and_where_to_put_the_module_by_hand(into, tmp_path, monkeypatch):
    with serve() as gone:
        handle = f"{gone.url}/google/tiny/feature_vector/1"
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", gone.url)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(UserError, match="can't be fetched") as caught:
        get(handle, into)
    assert f"{handle}?tf-hub-format=compressed" in caught.value.detail
    assert str(tmp_path / "cache" / cache_name(handle)) in caught.value.hint


def test_a_module_put_into_the_cache_by_hand_needs_no_network(saved_model, into, tmp_path, monkeypatch):
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    shutil.copytree(saved_model, tmp_path / "cache" / cache_name(handle))
    assert get(f"{handle}/", into) == FILES


def test_a_spoiled_cache_names_its_folder(into, tmp_path, monkeypatch):
    handle = "https://tfhub.dev/google/a/1"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    folder = tmp_path / cache_name(handle)
    folder.mkdir()
    (folder / "notes.txt").write_text("")
    with pytest.raises(UserError, match="not a SavedModel") as caught:
        get(handle, into)
    assert str(folder) in caught.value.detail


def test_too_large_a_module_is_refused_while_it_is_fetched(hub, into, monkeypatch):
    monkeypatch.setenv("TLCORE_MAX_BYTES", "100000")
    with pytest.raises(UserError, match="TLCORE_MAX_BYTES"):
        get(f"{hub.url}/google/tiny/feature_vector/1", into)
    assert list(into.iterdir()) == []


def test_a_connection_that_breaks_leaves_nothing(hub, into):
    hub.cut = 1000
    with pytest.raises(UserError, match="can't be fetched"):
        get(f"{hub.url}/google/tiny/feature_vector/1", into)
    assert list(into.iterdir()) == []
    assert list(workspace.place("tmp").iterdir()) == []


def test_cancel_ends_a_fetch_and_leaves_nothing(hub, into):
    with pytest.raises(Cancelled):
        get(f"{hub.url}/google/tiny/feature_vector/1", into, progress=Listener(cancel=True))
    assert list(into.iterdir()) == []
    assert list(workspace.place("tmp").iterdir()) == []


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
    assert get(str(path), into) == FILES


def test_of_a_folder_nothing_but_the_module_is_copied(saved_model, into):
    (saved_model / "holiday.mov").write_bytes(b"0" * 1000)
    (saved_model / "module.json").write_text("{}")
    assert get(str(saved_model), into) == FILES


def test_paths_are_refused_where_files_are_not_allowed_whether_they_exist_or_not(saved_model, into):
    for path in (saved_model, "/etc/passwd", "/nowhere/at/all", "no-such-name"):
        with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES") as caught:
            get(str(path), into, allow_files=False)
        assert "/" not in caught.value.detail


def test_this_workbench_s_own_exports_are_opened_without_that_permission(saved_model, into):
    out = workspace.place("jobs") / "export-1a2b3c" / "out"
    shutil.copytree(saved_model, out / "tiny")
    assert get(str(out / "tiny"), into, allow_files=False) == FILES
    uploaded = workspace.place("jobs") / "predict-1a2b3c" / "uploads" / "tiny"
    shutil.copytree(saved_model, uploaded)
    for path in (uploaded, out / ".." / "uploads", workspace.place("tmp")):
        with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
            get(str(path), into, allow_files=False)


def test_a_link_in_an_export_s_place_leads_nowhere_else(saved_model, into):
    out = workspace.place("jobs") / "export-1a2b3c" / "out"
    out.mkdir(parents=True)
    (out / "tiny").symlink_to(saved_model)
    with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
        get(str(out / "tiny"), into, allow_files=False)


@pytest.mark.parametrize("name", ["none", "x" * 300, "~nobody/<script>", "🦋 “quoted”"])
def test_a_path_with_nothing_there_says_so(into, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="There is no such module"):
        get(name, into)


def test_a_kaggle_handle_is_read_from_kagglehub_s_own_cache(saved_model, into, tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    kept = tmp_path / "kaggle" / "models" / KAGGLE
    shutil.copytree(saved_model, kept)
    kept.with_name("2.complete").touch()
    assert get(f"https://www.kaggle.com/models/{KAGGLE}", into) == FILES


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (requests.HTTPError(response=None), "can't be reached"),
        (requests.ConnectionError("no route"), "can't be reached"),
        (ValueError("Invalid version"), "Kaggle does not give"),
    ],
)
def test_what_kaggle_says_is_passed_on_in_words(into, monkeypatch, error, word):
    import kagglehub

    def fail(handle):
        raise error

    monkeypatch.setattr(kagglehub, "model_download", fail)
    with pytest.raises(UserError, match=word) as caught:
        get(KAGGLE, into)
    assert f"https://www.kaggle.com/models/{KAGGLE}" in caught.value.detail


def test_a_kaggle_model_that_does_not_exist_says_so(into, monkeypatch):
    import kagglehub

    answer = requests.Response()
    answer.status_code = 404

    def fail(handle):
        raise requests.HTTPError(response=answer)

    monkeypatch.setattr(kagglehub, "model_download", fail)
    with pytest.raises(UserError, match="There is no such module"):
        get(KAGGLE, into)


def test_kaggle_is_not_asked_where_its_host_is_not_allowed(into, monkeypatch):
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", "tfhub.dev")
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(UserError, match="may not be fetched"):
        get(KAGGLE, into)
