"""A handle of TF Hub leads to a SavedModel's files, or to words that say why not; never to half of them."""

import shutil

import pytest

from tests.modules.fetching import FILES, fetch
from tests.modules.hub_server import packed, serve
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.modules.providers.hub import compressed_url
from tlcore.modules.providers.hub_cache import cache_name

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"


class Listener(Progress):
    def __init__(self, cancel=False):
        self.events = []
        self.cancel = cancel

    def event(self, kind, **fields):
        self.events.append({"kind": kind, **fields})

    def request(self):
        return "cancel" if self.cancel and len(self.events) > 1 else ""


@pytest.fixture
def hub(saved_model, monkeypatch):
    with serve() as hub:
        hub.modules["/google/tiny/feature_vector/1"] = packed(saved_model)
        monkeypatch.setenv("TLCORE_MODULE_HOSTS", hub.url)
        yield hub


def test_a_handle_is_fetched_as_tf_hub_serves_it_with_progress_in_bytes(hub, into):
    listener = Listener()
    assert fetch(f"{hub.url}/google/tiny/feature_vector/1", into, progress=listener) == FILES
    assert hub.asked == ["/google/tiny/feature_vector/1?tf-hub-format=compressed"]
    assert listener.events[0] == {"kind": "stage", "name": "fetch"}
    steps = [event for event in listener.events if event["kind"] == "step"]
    size = len(hub.modules["/google/tiny/feature_vector/1"])
    assert {"kind": "step", "done": size, "total": size, "unit": "bytes", "name": steps[0]["name"]} in steps
    assert len(steps) > 3


def test_a_redirect_is_followed_on_the_allowed_host_and_nowhere_else(hub, into, monkeypatch):
    hub.redirects["/old"] = "/google/tiny/feature_vector/1?tf-hub-format=compressed"
    assert fetch(f"{hub.url}/old", into) == FILES
    with serve() as inside:
        inside.modules["/secret"] = b"secret"
        hub.redirects["/out"] = f"{inside.url}/secret?tf-hub-format=compressed"
        with pytest.raises(UserError, match="redirects to") as caught:
            fetch(f"{hub.url}/out", into)
        assert inside.asked == []
        assert inside.url in caught.value.detail
    hub.redirects["/file"] = "file:///etc/passwd"
    with pytest.raises(UserError):
        fetch(f"{hub.url}/file", into)
    hub.redirects["/round"] = "/round"
    with pytest.raises(UserError):
        fetch(f"{hub.url}/round", into)


@pytest.mark.parametrize(
    ("status", "word"), [(404, "no such module"), (403, "was denied"), (500, "can't be downloaded")]
)
def test_a_server_that_says_no_is_told_in_words(hub, into, status, word):
    hub.statuses["/a"] = status
    with pytest.raises(UserError) as caught:
        fetch(f"{hub.url}/a", into)
    assert word in caught.value.title
    assert f"{hub.url}/a?tf-hub-format=compressed answers {status}" in caught.value.detail


def test_a_handle_that_does_not_exist_and_a_page_that_is_no_module_say_so(hub, into):
    with pytest.raises(UserError, match="There is no such module"):
        fetch(f"{hub.url}/google/none/1", into)
    hub.modules["/page"] = b"<!doctype html><title>Models</title>"
    with pytest.raises(UserError, match="a web page"):
        fetch(f"{hub.url}/page", into)
    hub.modules["/empty"] = packed(into)
    with pytest.raises(UserError, match="no saved_model.pb: it is empty"):
        fetch(f"{hub.url}/empty", into)
    assert list(into.iterdir()) == []


def test_offline_says_which_address_it_needed_and_where_to_put_the_module_by_hand(into, tmp_path, monkeypatch):
    with serve() as gone:
        handle = f"{gone.url}/google/tiny/feature_vector/1"
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", gone.url)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(UserError, match="can't be downloaded") as caught:
        fetch(handle, into)
    assert f"{handle}?tf-hub-format=compressed" in caught.value.detail
    assert str(tmp_path / "cache" / cache_name(handle)) in caught.value.hint


def test_a_module_put_into_the_cache_by_hand_needs_no_network(saved_model, into, tmp_path, monkeypatch):
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    shutil.copytree(saved_model, tmp_path / "cache" / cache_name(handle))
    assert fetch(f"{handle}/", into) == FILES


def test_a_spoiled_cache_names_its_folder(into, tmp_path, monkeypatch):
    handle = "https://tfhub.dev/google/a/1"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    folder = tmp_path / cache_name(handle)
    folder.mkdir()
    (folder / "notes.txt").write_text("")
    with pytest.raises(UserError, match="not a SavedModel") as caught:
        fetch(handle, into)
    assert str(folder) in caught.value.detail


def test_too_large_a_module_is_refused_while_it_is_fetched(hub, into, monkeypatch):
    monkeypatch.setenv("TLCORE_MAX_BYTES", "100000")
    with pytest.raises(UserError, match="TLCORE_MAX_BYTES"):
        fetch(f"{hub.url}/google/tiny/feature_vector/1", into)
    assert list(into.iterdir()) == []


def test_a_connection_that_breaks_leaves_nothing(hub, into):
    hub.cut = 1000
    with pytest.raises(UserError, match="can't be downloaded"):
        fetch(f"{hub.url}/google/tiny/feature_vector/1", into)
    assert list(into.iterdir()) == []
    assert list(workspace.place("tmp").iterdir()) == []


def test_cancel_ends_a_fetch_and_leaves_nothing(hub, into):
    with pytest.raises(Cancelled):
        fetch(f"{hub.url}/google/tiny/feature_vector/1", into, progress=Listener(cancel=True))
    assert list(into.iterdir()) == []
    assert list(workspace.place("tmp").iterdir()) == []


def test_the_query_of_a_handle_is_kept_and_its_path_made_plain_ascii():
    assert compressed_url(MOBILENET) == f"{MOBILENET}?tf-hub-format=compressed"
    assert compressed_url("https://tfhub.dev/ä b?x=1") == "https://tfhub.dev/%C3%A4%20b?x=1&tf-hub-format=compressed"


def test_the_cache_folder_is_the_one_that_tensorflow_hub_uses():
    # as tensorflow_hub 0.16's compressed_module_resolver._module_dir names it
    universal_sentence_encoder = "https://tfhub.dev/google/universal-sentence-encoder/4"
    assert cache_name(universal_sentence_encoder) == "063d866c06683311b44b4992fd46003be952409c"
