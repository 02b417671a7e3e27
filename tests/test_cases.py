"""Inputs that people really have, beyond their reading: modules, predictions, exports; those under `cases` in the
folder that TLCORE_REAL_DATA names. How each is read is in `datasets/importing/test_cases.py`.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tlcore
from tlcore.base.errors import UserError

pytestmark = pytest.mark.real_data

ELSEWHERE = {  # cases without an input of their own, or that need one made: where they are tested
    "disk_full": "cli/test_commands.py",
    "readonly_home": "cli/test_commands.py",
    "killed_run": "cli/test_commands.py",
    "pasted_handle": "modules/providers/test_pasted_code.py",
}
CLASSES = {
    "constant_pictures": {"cat": 13, "dog": 13},
    "same_features": {"blank_back": 8, "blank_front": 8},
    "png_8_bit": {"ring": 40, "square": 40},
    "png_uint16_0_255": {"ring": 8, "square": 8},
    "odd_formats": {"cat": 9, "dog": 9},
    "tar_symlink": {"cat": 6, "dog": 6},
    "zip_split_part": {"bird": 14, "cat": 14, "dog": 14},
}
REFUSED = {"tiff_13_bands": "it has 13 bands", "tar_zst": "Zstandard"}
MODULES = {  # the pixel range, and what says so
    "module_0_255": ((0.0, 255.0), "graph"),
    "module_uint8": ((0.0, 255.0), "type"),
    "module_one_channel": ((0.0, 1.0), "assumed"),
}


@pytest.fixture
def case(real_data):
    return lambda name: real_data / "cases" / name


@pytest.fixture
def imported(home, case):
    """The dataset that a case's one file, or its first part, gives."""

    def make(name: str):
        return tlcore.import_dataset(min(path for path in case(name).iterdir() if path.is_file()), name=name)

    return make


def counts(dataset) -> dict[str, int]:
    numbers = np.bincount(dataset.examples["label"], minlength=len(dataset.class_names))
    return dict(zip(dataset.class_names, numbers.tolist(), strict=True))


def said(dataset) -> str:
    return " ".join(f"{', '.join(each.files)}: {each.action}" for each in dataset.problems)


def test_every_case_is_tested(real_data):
    tests = Path(__file__).parent
    texts = [(tests / path).read_text() for path in ("test_cases.py", "datasets/importing/test_cases.py")]
    cases = {path.name for path in (real_data / "cases").iterdir() if path.is_dir()}
    assert [name for name in cases if not any(f'"{name}"' in text for text in texts)] == []
    assert all((tests / path).exists() for path in ELSEWHERE.values())


@pytest.mark.parametrize("name", CLASSES)
def test_a_case_is_imported_right(name, imported):
    assert counts(imported(name)) == CLASSES[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_read_is_refused_with_the_reason(name, imported):
    with pytest.raises(UserError, match=REFUSED[name]):
        imported(name)


def test_classes_with_odd_names_stay_apart(imported):
    classes = counts(imported("zip_odd_classes"))
    assert len(classes) == 14 and set(classes.values()) == {6} and {"=1+1", "$5 bill", "None"} <= set(classes)


def test_files_that_can_not_be_read_are_named_with_the_reason(imported):
    words = said(imported("odd_formats"))
    assert "cat/deep.dcm: Left out: DICOM" in words and "dog/jxl.jpg: Left out" in words and "LAB" in words
    assert "ds/latest: Left out: it is a link" in said(imported("tar_symlink"))


def test_12_bits_in_16_are_as_bright_as_the_same_pictures_in_8(imported):
    deep, control = imported("png_12_in_16_bit"), imported("png_8_bit")
    assert deep.values == (0, 4095) and control.values is None and "from 0 (black) to 4095" in said(deep)
    assert deep.imported["brightness"].mean() == pytest.approx(control.imported["brightness"].mean(), abs=0.01)
    assert imported("png_uint16_0_255").values == (0, 255)


def test_a_cache_of_links_is_followed(home, case, tmp_path):
    subprocess.run([sys.executable, case("hf_cache_symlinks") / "make.py", tmp_path], check=True)
    (snapshot,) = (tmp_path / "datasets--me--pets" / "snapshots").iterdir()
    assert counts(tlcore.import_dataset(snapshot)) == {"cat": 6, "dog": 6}


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_expects_is_found_out(name, home, case):
    module = tlcore.open_module(case(name) / "module")
    assert (module.value_range, module.values_source) == MODULES[name]
    assert module.input.shape == (64, 64, 1 if name == "module_one_channel" else 3)


@pytest.mark.parametrize("name", MODULES)
def test_each_module_is_fed_as_it_wants(name, imported, case):
    run = tlcore.train(imported("plain"), case(name) / "module")
    assert run.metrics["val"]["accuracy"] is not None and not run.problems


def test_files_of_other_frameworks_are_called_what_they_are(home, case):
    for file, words in (("model.h5", "Keras file"), ("model.tflite", "TFLite model")):
        with pytest.raises(UserError, match=words):
            tlcore.open_module(case("module_file_forms") / file)


def test_a_module_that_gives_nan_goes_on_without_those_examples_and_names_them(imported, case):
    run = tlcore.train(imported("constant_pictures"), case("module_nan_on_constant") / "module")
    assert run.problems and run.problems[0]["kind"] == "not finite" and run.problems[0]["files"]


def test_pictures_that_are_all_alike_to_a_module_are_refused_in_words(imported):
    with pytest.raises(UserError, match="same features"):
        tlcore.train(imported("same_features"), "efficientnet-lite0")


def test_predict_answers_for_every_file(imported, case, tmp_path):
    run = tlcore.train(imported("plain"), case("module_uint8") / "module")
    answers = run.predict(case("predict_folder_heic"))
    assert sorted(Path(path).name for path in answers["path"]) == ["three.jpg", "two.heic", "up_straight_101.jpg"]
    assert all(
        bool(problem) != bool(label) for problem, label in zip(answers["problem"], answers["label"], strict=True)
    )
    with zipfile.ZipFile(case("ipynb_checkpoints") / "input.zip") as archive:
        archive.extractall(tmp_path / "given")
    answers = run.predict(tmp_path / "given")
    hidden = answers["path"].str.contains("/[.]|Thumbs.db|desktop.ini")
    assert hidden.any() and (answers["problem"] != "").tolist() == hidden.tolist()


def test_an_exported_model_turns_pictures_as_the_run_does(imported, case, tmp_path):
    import tensorflow as tf

    run = tlcore.train(imported("exif_turned_phone"), "efficientnet-lite0")
    files = sorted((case("exif_turned_phone") / "new").iterdir())
    answers = run.predict(files)
    run.export("savedmodel", tmp_path / "model")
    served = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"]
    encoded = tf.constant([path.read_bytes() for path in files])
    probabilities = served(encoded=encoded)["probabilities"].numpy()
    np.testing.assert_allclose(probabilities, answers[list(run.class_names)].to_numpy(), atol=1e-3)
    assert answers["label"].tolist() == [path.name.split("_")[0] for path in files]
