"""A model of Kaggle is fetched by Kaggle's own client, and what that says is said in words."""

import shutil
import sys

import pytest
import requests

from tests.modules.fetching import FILES, fetch
from tlcore.base.errors import UserError

KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"


def test_a_kaggle_handle_is_read_from_kagglehub_s_own_cache(saved_model, into, tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    kept = tmp_path / "kaggle" / "models" / KAGGLE
    shutil.copytree(saved_model, kept)
    kept.with_name("2.complete").touch()
    assert fetch(f"https://www.kaggle.com/models/{KAGGLE}", into) == FILES


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (requests.HTTPError(response=None), "can't be reached"),
        (requests.ConnectionError("no route"), "can't be reached"),
        (ValueError("Invalid version"), "Kaggle does not provide"),
    ],
)
def test_what_kaggle_says_is_passed_on_in_words(into, monkeypatch, error, word):
    import kagglehub

    def fail(handle):
        raise error

    monkeypatch.setattr(kagglehub, "model_download", fail)
    with pytest.raises(UserError, match=word) as caught:
        fetch(KAGGLE, into)
    assert f"https://www.kaggle.com/models/{KAGGLE}" in caught.value.detail


def test_a_kaggle_model_that_does_not_exist_says_so(into, monkeypatch):
    import kagglehub

    answer = requests.Response()
    answer.status_code = 404

    def fail(handle):
        raise requests.HTTPError(response=answer)

    monkeypatch.setattr(kagglehub, "model_download", fail)
    with pytest.raises(UserError, match="There is no such module"):
        fetch(KAGGLE, into)


def test_kaggle_is_not_asked_where_its_host_is_not_allowed(into, monkeypatch):
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", "tfhub.dev")
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(UserError, match="may not be downloaded"):
        fetch(KAGGLE, into)
