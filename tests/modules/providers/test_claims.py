"""Whose a handle is: one form for each module however it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.modules.providers import claim, providers

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"


def claimed(ref: str) -> tuple[str, str]:
    provider, handle = claim(ref)
    return provider.name, handle


@pytest.mark.parametrize(
    "typed",
    [
        MOBILENET,
        f"  {MOBILENET}\n",
        f"{MOBILENET}/",
        MOBILENET.replace("https://", ""),
        MOBILENET.replace("https://", "http://"),
        MOBILENET.replace("https://tfhub.dev", "HTTPS://TFHub.dev"),
        f"{MOBILENET}?tf-hub-format=compressed",
        f"{MOBILENET}#overview",
    ],
)
def test_a_tfhub_handle_has_one_form_however_typed(typed):
    assert claimed(typed) == ("hub", MOBILENET)


@pytest.mark.parametrize(
    "typed",
    [
        KAGGLE,
        KAGGLE.replace("tensorFlow2", "TensorFlow2"),
        f"https://www.kaggle.com/models/{KAGGLE}",
        f"kaggle.com/models/{KAGGLE}/",
        "https://www.kaggle.com/models/google/mobilenet-v2/frameworks/TensorFlow2/variations/"
        "100-224-feature-vector/versions/2",
    ],
)
def test_a_kaggle_handle_has_one_form_however_typed(typed):
    assert claimed(typed) == ("kaggle", KAGGLE)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "not a module handle"),
        ("x" * 3000, "not a module handle"),
        ("https://tfhub.dev/a\nHost: b", "not a module handle"),
        ("file:///etc/passwd", "“file:”"),
        ("FILE:/etc/passwd", "“FILE:”"),
        ("ftp://tfhub.dev/a", "“ftp:”"),
        ("gs://bucket/module.tar.gz", "“gs:”"),
        ("https://", "not a web address"),
        ("https://[::1", "not a web address"),
        ("https://tfhub.dev:99999/a", "not a web address"),
        ("https://tfhub.dev\\@evil.example/a", "not a web address"),
        ("https://tfhub.dev@evil.example/a", "user name"),
        ("google/mobilenet-v2/keras/small/1", "not a TensorFlow SavedModel"),
        ("https://www.kaggle.com/models/google/mobilenet-v2", "not name a single module"),
        ("https://www.kaggle.com/datasets/a/b", "not name a single module"),
    ],
)
def test_what_can_name_no_module_is_refused_in_words(typed, word):
    with pytest.raises(UserError) as caught:
        claim(typed)
    assert word in str(caught.value)
    assert caught.value.hint


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{0,5}:?/{0,3}[a-z.@:\[\]\\#?%/]{0,20}", fullmatch=True))
def test_any_text_is_a_handle_or_a_user_error_and_its_form_is_stable(text):
    try:
        provider, handle = claim(text)
    except UserError:
        return
    assert claim(handle) == (provider, handle)


@pytest.mark.parametrize("name", ["efficientnet-lite0", " efficientnet-lite0\n"])
def test_a_built_in_module_is_claimed_by_its_name(name):
    assert claimed(name) == ("built-in", "efficientnet-lite0")


def test_a_path_with_something_there_is_that_path_whatever_it_looks_like(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / KAGGLE).mkdir(parents=True)
    assert claimed(KAGGLE) == ("kaggle", KAGGLE)
    provider, handle = claim(KAGGLE, allow_files=True)
    assert (provider.name, handle) == ("file", str(tmp_path / KAGGLE))


def test_every_provider_says_what_people_read_of_it():
    for provider in providers():
        assert provider.title
        assert provider.name == "built-in" or provider.again.endswith(".")
        assert not provider.example or claim(provider.example) == (provider, provider.example)
        assert all(claim(module.handle) == (provider, module.handle) for module in provider.known())
