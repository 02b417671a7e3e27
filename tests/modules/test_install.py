"""Opening a module: from any source to facts and layer groups that stay, or to words and nothing half done."""

import shutil
from pathlib import Path

import pytest

from tests.modules import tiny
from tests.modules.hub_server import packed, serve
from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.modules import catalogue, describe, find_module, open_module
from tlcore.modules.providers.hub_cache import cache_name

INCEPTION = "https://tfhub.dev/google/imagenet/inception_v3/feature_vector/5"


@pytest.fixture(scope="module")
def saved_models(tmp_path_factory) -> Path:
    """A folder with a tiny SavedModel of each form; not to be changed."""
    folder = tmp_path_factory.mktemp("saved-models")
    tiny.write_batch_norm_module(folder / "whole")
    tiny.write_dict_module(folder / "dict")
    tiny.write_text_module(folder / "text")
    tiny.write_tf1_module(folder / "tf1")
    tiny.write_signature_only_module(folder / "signature")
    return folder


def kept() -> list[str]:
    """All that lies in the workspace's modules; and nothing may be left in its tmp."""
    assert list(workspace.place("tmp").iterdir()) == []
    return [path.name for path in workspace.place("modules").iterdir()]


def test_a_served_module_is_fetched_by_its_handle_and_found_with_the_server_gone(saved_models, monkeypatch):
    with serve() as hub:
        monkeypatch.setenv("TLCORE_MODULE_HOSTS", hub.url)
        hub.modules["/google/tiny/feature_vector/1"] = packed(saved_models / "whole")
        handle = f"{hub.url}/google/tiny/feature_vector/1"
        module = open_module(handle, allow_files=False)
        assert len(hub.asked) == 1
    assert module.source == "hub"
    assert module.handle == handle
    assert module.name == "google/tiny/feature_vector/1"
    assert module.modality == "image"
    assert module.input.shape == (224, 224, 3)
    assert module.feature_dim == 2
    assert module.trainable
    assert module.group_names == ("stem", "block 1", "block 2", "top")
    assert module.parameters == 12 + 2 * (16 + 4 * 4) + 8
    assert module.licence == module.training_data == ""
    for ref in (handle, f"{handle}/", module.id, module.name):
        assert find_module(ref) == open_module(ref, allow_files=False) == module
    assert catalogue()[-1] == module
    assert kept() == [module.id]


def test_facts_of_a_known_handle_travel_with_the_module(saved_models, tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    shutil.copytree(saved_models / "whole", tmp_path / cache_name(INCEPTION))
    known = next(module for module in catalogue() if module.handle == INCEPTION)
    module = open_module("Inception V3")
    assert module.handle == INCEPTION
    for fact in ("name", "licence", "training_data", "description", "facts_source"):
        assert getattr(module, fact) == getattr(known, fact)
    assert module.input.shape == (299, 299, 3)
    assert module.parameters == 84
    assert module.feature_dim == 2
    assert [each for each in catalogue() if each.handle == INCEPTION] == [module]


def test_another_choice_makes_a_module_of_its_own_and_the_same_choice_none(saved_models):
    path = str(saved_models / "dict")
    first = open_module(path)
    other = "map" if first.output == ("logits",) else "logits"
    second = open_module(first.id, output=other, name="the other output")
    assert second.output == (other,)
    assert second.feature_dim == {"map": 4, "logits": 2}[other]
    assert second.handle == first.handle == path
    assert second.name == "the other output"
    third = open_module(path, value_range=(-1, 1), output=[other], input_shape=(96, 64, 3))
    assert third.value_range == (-1.0, 1.0)
    assert third.input.shape == (96, 64, 3)
    assert len({first.fingerprint, second.fingerprint, third.fingerprint}) == 3
    assert open_module(path, output=other, value_range=(0, 1), input_shape=(224, 224, 3)) == second
    assert open_module(path, output=first.output) == first
    assert sorted(kept()) == sorted([first.id, second.id, third.id])


def test_a_folder_whose_files_have_changed_is_another_module(saved_models, tmp_path):
    folder = shutil.copytree(saved_models / "dict", tmp_path / "mine")
    first = open_module(str(folder))
    assert open_module(str(folder)) == first
    (folder / "saved_model.pb").touch()
    assert open_module(str(folder)) == first
    assert find_module(str(folder)) == first
    shutil.rmtree(folder)
    shutil.copytree(saved_models / "whole", folder)
    second = open_module(str(folder))
    assert second.fingerprint != first.fingerprint
    assert find_module(str(folder)) == second
    assert len(kept()) == 2


def test_a_run_s_export_is_known_as_one_and_opens_where_files_are_not_allowed(saved_models, tmp_path):
    out = workspace.place("jobs") / "export-1a2b3c" / "out"
    shutil.copytree(saved_models / "dict", out)
    (out / "assets").mkdir(exist_ok=True)
    (out / "assets" / "class_names.txt").write_text("ant\nbee\n")
    (out / "README.md").write_text(
        "# ants\n\nA TensorFlow SavedModel, written by tlcore from the run `ants-1` on a day."
    )
    module = open_module(str(out), name="ants and bees", allow_files=False)
    assert (module.source, module.name, module.handle) == ("run", "ants and bees", str(out))
    assert (workspace.folder("modules", module.id) / "README.md").is_file()
    archived = open_module(shutil.make_archive(str(tmp_path / "ants"), "gztar", out))
    assert (archived.source, archived.name, archived.values_source) == ("run", "ants", "export")
    assert open_module(str(saved_models / "dict")).source == "file"


def test_an_upload_is_known_by_its_own_folder_and_kept_once(saved_models):
    modules = []
    for number in (1, 2):
        uploads = workspace.place("tmp") / f"uploads-{number}"
        uploads.mkdir()
        archive = shutil.make_archive(str(uploads / "mine"), "gztar", saved_models / "dict")
        modules.append(open_module(archive, name="mine.tar.gz"))
        shutil.rmtree(uploads)
    assert modules[0] == modules[1]
    assert modules[0].handle == str(workspace.folder("modules", modules[0].id))
    assert find_module(modules[0].handle) == modules[0]
    assert kept() == [modules[0].id]


@pytest.mark.parametrize(
    ("form", "modality", "trainable", "word"),
    [("text", "text", True, ""), ("tf1", "image", False, "TensorFlow 1"), ("signature", "image", False, "serving")],
)
def test_modules_of_other_forms_open_and_say_what_they_are(saved_models, form, modality, trainable, word):
    module = open_module(str(saved_models / form))
    assert (module.modality, module.trainable) == (modality, trainable)
    assert word in module.why_not_trainable
    assert describe(module)["trainable"] == trainable


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (tiny.without_variables, "variables/variables.index"),
        (tiny.as_lfs_pointer, "git lfs pull"),
        (lambda folder: (folder / "saved_model.pb").write_bytes(b"not a graph"), "can't read"),
        (lambda folder: (folder / "variables" / "variables.index").write_bytes(b"x" * 99), "can't read"),
    ],
)
def test_a_spoiled_module_is_refused_by_name_and_leaves_nothing(saved_models, tmp_path, spoil, word):
    folder = shutil.copytree(saved_models / "dict", tmp_path / "spoiled")
    spoil(folder)
    with pytest.raises(UserError) as caught:
        open_module(str(folder))
    assert word in str(caught.value)
    assert str(folder) in caught.value.detail
    assert caught.value.hint
    assert kept() == []


def test_choices_that_do_not_fit_are_refused_and_leave_nothing(saved_models):
    path = str(saved_models / "dict")
    with pytest.raises(UserError, match="map"):
        open_module(path, output="nothing")
    with pytest.raises(UserError, match="shape"):
        open_module(path, input_shape=(96, 64, 4))
    with pytest.raises(UserError, match="range"):
        open_module(path, value_range=(1, 1))
    with pytest.raises(UserError, match="built-in"):
        open_module("efficientnet-lite0", value_range=(-1, 1))
    assert kept() == []


def test_a_cancelled_opening_leaves_nothing(saved_models):
    class Cancelling(Progress):
        def request(self):
            return "cancel"

    with pytest.raises(Cancelled):
        open_module(str(saved_models / "dict"), progress=Cancelling())
    assert kept() == []


def test_a_name_that_means_nothing_says_what_would(saved_models):
    with pytest.raises(UserError, match="no such module") as caught:
        open_module("no-such-module")
    assert "https://tfhub.dev" in caught.value.hint
    with pytest.raises(UserError, match="TLCORE_ALLOW_MODULE_FILES"):
        open_module(str(saved_models / "dict"), allow_files=False)
    assert kept() == []


@pytest.mark.real_data
def test_a_module_for_sound_is_opened_and_described(real_data):
    module = open_module(str(real_data / "modules" / "basic-pitch"))
    document = describe(module)
    assert module.modality == "audio"
    assert document["input"] == {"name": "input_2", "shape": [43844, 1], "dtype": "float32"}
    assert {output["name"] for output in document["outputs"]} == {"note", "contour", "onset"}
    assert sum(group["parameters"] for group in document["groups"]) == module.parameters
    assert open_module(module.id, output="contour").feature_dim == 264
