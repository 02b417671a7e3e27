"""A model of another form is named, and what to do with it said, in the same words bare, in a folder, in an archive."""

import io
import shutil
import zipfile

import pytest

from tests.modules.fetching import fetch
from tlcore.base.errors import UserError
from tlcore.modules.savedmodel.other_formats import format_of


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return content.getvalue()


FILES = {
    "model.h5": (b"\x89HDF\r\n\x1a\n" + b"x" * 99, "Keras file"),
    "model.hdf5": (b"x", "Keras file"),
    "mine.keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "Keras file"),
    "model_unquant.tflite": (b"\x1c\0\0\0TFL3" + b"x" * 99, "TFLite"),
    "resnet.onnx": (b"\x08\x08", "ONNX"),
    "resnet.pt": (zipped("resnet/data.pkl", "resnet/version"), "PyTorch"),
    "resnet.pth": (b"\x80\x02", "PyTorch"),
    "bert.safetensors": (b"\0" * 8, "weights"),
    "model.ckpt-1000.meta": (b"\x0a", "checkpoint"),
    "cp.ckpt.index": (b"\0", "checkpoint"),
    "cp.ckpt.data-00000-of-00001": (b"\0", "checkpoint"),
    "frozen_inference_graph.pb": (b"\x0a", "frozen graph"),
    "model.json": (b"{}", "TensorFlow.js"),
    "renamed.bin": (b"\x89HDF\r\n\x1a\n", "Keras file"),
}


def refusal(path, into) -> UserError:
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    with pytest.raises(UserError) as caught:
        fetch(str(path), into)
    assert not any(into.iterdir())
    return caught.value


@pytest.mark.parametrize("name", FILES)
def test_the_words_are_the_same_bare_in_a_folder_and_in_an_archive(tmp_path, name):
    content, word = FILES[name]
    bare = tmp_path / name
    bare.write_bytes(content)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_bytes(content)
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", folder)
    errors = [refusal(each, tmp_path / "into") for each in (bare, folder, archive)]
    assert {error.title for error in errors} == {"This is not a SavedModel"}
    assert len({error.hint for error in errors}) == 1 and errors[0].hint
    assert all(name in error.detail and word in error.detail for error in errors)


def test_a_saved_model_s_own_files_are_of_no_other_form(tmp_path):
    (tmp_path / "variables").mkdir()
    for name in ("saved_model.pb", "fingerprint.pb", "keras_metadata.pb", "README.md", "variables/variables.index"):
        (tmp_path / name).write_bytes(b"x")
        assert format_of(tmp_path / name) is None
    (tmp_path / "variables" / "variables.data-00000-of-00001").write_bytes(b"x")
    (tmp_path / "into").mkdir()
    fetch(str(tmp_path / "saved_model.pb"), tmp_path / "into")
    assert (tmp_path / "into" / "saved_model.pb").exists()


def test_the_hint_names_the_file(tmp_path):
    (tmp_path / "it's.h5").write_bytes(b"x")
    assert "it's.h5" in refusal(tmp_path / "it's.h5", tmp_path / "into").hint
