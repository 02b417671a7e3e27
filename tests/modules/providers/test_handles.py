"""Handles: one form for each module however it is typed, and no way to a place that the settings do not name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.base.errors import UserError
from tlcore.modules.providers.handles import cache_name, check_allowed, compressed_url, handle_in_code, parse_handle

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"


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
    assert parse_handle(typed) == ("hub", MOBILENET)


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
    assert parse_handle(typed) == ("kaggle", KAGGLE)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "name a module"),
        ("x" * 3000, "name a module"),
        ("https://tfhub.dev/a\nHost: b", "name a module"),
        ("file:///etc/passwd", "“file:”"),
        ("FILE:/etc/passwd", "“FILE:”"),
        ("ftp://tfhub.dev/a", "“ftp:”"),
        ("gs://bucket/module.tar.gz", "“gs:”"),
        ("https://", "no address"),
        ("https://[::1", "no address"),
        ("https://tfhub.dev:99999/a", "no address"),
        ("https://tfhub.dev\\@evil.example/a", "no address"),
        ("https://tfhub.dev@evil.example/a", "user name"),
        ("google/mobilenet-v2/keras/small/1", "no TensorFlow SavedModel"),
        ("https://www.kaggle.com/models/google/mobilenet-v2", "no single module"),
        ("https://www.kaggle.com/datasets/a/b", "no single module"),
    ],
)
def test_what_can_name_no_module_is_refused_in_words(typed, word):
    with pytest.raises(UserError) as caught:
        parse_handle(typed)
    assert word in str(caught.value)
    assert caught.value.hint


@given(st.text(max_size=60) | st.from_regex(r"[a-z]{0,5}:?/{0,3}[a-z.@:\[\]\\#?%/]{0,20}", fullmatch=True))
def test_any_text_is_a_handle_or_a_user_error_and_its_form_is_stable(text):
    try:
        handle = parse_handle(text)
    except UserError:
        return
    assert parse_handle(handle.text) == handle


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
    with pytest.raises(UserError, match="may not be fetched") as caught:
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


def test_the_query_of_a_handle_is_kept_and_its_path_made_plain_ascii():
    assert compressed_url(MOBILENET) == f"{MOBILENET}?tf-hub-format=compressed"
    assert compressed_url("https://tfhub.dev/ä b?x=1") == "https://tfhub.dev/%C3%A4%20b?x=1&tf-hub-format=compressed"


def test_the_cache_folder_is_the_one_that_tensorflow_hub_uses():
    # as tensorflow_hub 0.16's compressed_module_resolver._module_dir names it
    universal_sentence_encoder = "https://tfhub.dev/google/universal-sentence-encoder/4"
    assert cache_name(universal_sentence_encoder) == "063d866c06683311b44b4992fd46003be952409c"


@pytest.mark.parametrize(
    "pasted",
    [
        f'hub.KerasLayer("{MOBILENET}")',
        f"layer = hub.KerasLayer('{MOBILENET}', input_shape=(224, 224, 3), trainable=True)",
        f'hub.load(\n    "{MOBILENET}",\n)',
        f'"{MOBILENET}",',
        f"{MOBILENET},",
        f"module_url = {MOBILENET}",
        f"[MobileNet]({MOBILENET})",
        f"“{MOBILENET}”",
    ],
)
def test_a_handle_is_taken_out_of_a_pasted_line_of_code(pasted):
    assert handle_in_code(pasted) == MOBILENET


def test_kaggle_handles_and_paths_are_taken_out_of_code_too():
    assert handle_in_code(f"kagglehub.model_download('{KAGGLE}')") == KAGGLE
    assert handle_in_code('"/home/me/my model"') == "/home/me/my model"


@pytest.mark.parametrize(
    "text",
    [
        MOBILENET,
        f"{MOBILENET}?value_range=0,255",
        KAGGLE,
        "/home/me/my model (1)",
        "name with “quotes” in it",
        "a=b.zip",
    ],
)
def test_what_is_no_code_stays_as_it_is(text):
    assert handle_in_code(text) == text


@given(st.text())
def test_looking_for_a_handle_in_anything_does_no_harm(text):
    assert isinstance(handle_in_code(text), str)
