"""Modules are fetched from hosts that the settings or the providers name, and from nowhere else."""

import pytest

from tlcore.base.errors import UserError
from tlcore.modules.providers.hosts import check_allowed, module_hosts

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"


@pytest.mark.parametrize(
    "url",
    [
        "http://tfhub.dev/a",
        "https://tfhub.dev:8443/a",
        "https://tfhub.dev.evil.example/a",
        "https://evil.example/tfhub.dev",
        "https://storage.googleapis.com/bucket/a",
        "http://127.0.0.1/a",
        "http://169.254.169.254/latest/meta-data",
        "https://localhost/a",
        "https://[::1]/a",
    ],
)
def test_only_allowed_hosts_are_fetched_from(url):
    with pytest.raises(UserError, match="may not be downloaded") as caught:
        check_allowed(url)
    assert "TLCORE_MODULE_HOSTS" in caught.value.hint


def test_an_entry_with_a_scheme_permits_exactly_that_origin(monkeypatch):
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", "http://127.0.0.1:8123")
    check_allowed("http://127.0.0.1:8123/a/1")
    for url in ("http://127.0.0.1:8124/a", "https://127.0.0.1:8123/a", "http://localhost:8123/a", MOBILENET):
        with pytest.raises(UserError):
            check_allowed(url)


def test_redirects_lead_from_the_known_hosts_to_their_storage_only():
    storage = "https://storage.googleapis.com/kaggle-models-data/1/2/bundle.tar.gz"
    check_allowed("https://www.kaggle.com/models/google/a", came_from=MOBILENET)
    check_allowed(storage, came_from="https://www.kaggle.com/models/google/a")
    for url, came_from in (
        (storage, "http://127.0.0.1:8123/a"),
        (storage.replace("https", "http"), MOBILENET),
        ("http://169.254.169.254/latest/meta-data", MOBILENET),
        ("https://evil.example/a", MOBILENET),
    ):
        with pytest.raises(UserError, match="redirects to"):
            check_allowed(url, came_from=came_from)


def test_without_a_setting_the_hosts_are_those_of_the_providers(monkeypatch):
    assert set(module_hosts()) == {"tfhub.dev", "www.kaggle.com", "kaggle.com"}
    monkeypatch.setenv("TLCORE_MODULE_HOSTS", "example.org, tfhub.dev")
    assert module_hosts() == ["example.org", "tfhub.dev"]
