"""What people paste: the handle in it is found, and what is no code is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.modules.providers.pasted_code import handle_in_code

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/2"


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
