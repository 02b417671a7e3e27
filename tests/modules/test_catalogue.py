"""The catalogue: real handles with facts that are known, and what is on this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tlcore.base import workspace
from tlcore.base.errors import UserError
from tlcore.modules import catalogue, delete_module, describe, describe_short, find_module
from tlcore.modules.catalogue import known_module
from tlcore.modules.module import LayerGroup, Module, TensorFact, VariableFact
from tlcore.modules.providers import claim, provider_of
from tlcore.modules.providers.hosts import check_allowed

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"


def keep(name="tiny", handle="https://tfhub.dev/google/tiny/1", source="hub", **facts):
    """Puts an opened module into the workspace, without its files."""
    id = workspace.new_id(name)
    module = Module(id=id, name=name, handle=handle, source=source, **facts)
    with workspace.new_folder("modules", id) as folder:
        workspace.write_json(folder / "module.json", module.model_dump(mode="json"))
    return module


def test_importing_the_room_does_not_import_tensorflow():
    code = (
        "import sys, tlcore.modules as m; m.catalogue(); m.find_module('x'); m.open_module('efficientnet-lite0');"
        "print([name for name in ('tensorflow', 'keras', 'tensorflow_hub', 'kagglehub') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("module", provider_of("hub").known(), ids=lambda module: module.name)
def test_what_the_catalogue_says_of_a_module_is_well_formed(module):
    assert claim(module.handle) == (provider_of("hub"), module.handle)
    check_allowed(module.handle)
    assert not module.local
    assert module.source == "hub"
    assert module.modality == "image"
    height, width, channels = module.input.shape
    assert height == width
    assert channels == 3
    assert height is None or 96 <= height <= 480
    assert 1000 <= module.feature_dim <= 4096
    assert module.training_data
    assert module.description
    assert module.facts_source.startswith("https://")
    assert module.handle.removeprefix("https://tfhub.dev/").split("/")[-2] in module.facts_source
    assert bool(module.why_not_trainable) == (module.trainable is False)
    assert module.parameters is None


def test_the_catalogue_has_many_modules_of_many_families_each_once():
    modules = catalogue()
    assert modules[0].source == "built-in"
    hub = [module for module in modules if module.source == "hub"]
    assert len(hub) >= 20
    assert len({module.handle for module in modules}) == len({module.name for module in modules}) == len(modules)
    for family in ("MobileNet V2", "MobileNet V3", "EfficientNet V2", "Lite", "ResNet V2 50", "Inception V3", "BiT"):
        assert any(family in module.name for module in hub), family


def test_a_fetched_catalogue_module_is_listed_once_in_its_place_as_the_local_one():
    before = [module.handle for module in catalogue()]
    kept = keep(handle=MOBILENET)
    other = keep("mine", "/somewhere/mine", "file")
    modules = catalogue()
    assert [module.handle for module in modules] == [*before, "/somewhere/mine"]
    assert modules[before.index(MOBILENET)] == kept
    assert modules[-1] == other


def test_a_module_is_found_by_id_handle_and_name_in_any_form():
    assert find_module("efficientnet-lite0").source == "built-in"
    assert find_module(MOBILENET) is None
    assert find_module("MobileNet V2 1.0") is None
    kept = keep("my mobilenet", MOBILENET)
    for ref in (kept.id, MOBILENET, f" {MOBILENET}/ ", MOBILENET[8:], "my mobilenet", "MobileNet V2 1.0"):
        assert find_module(ref) == kept, ref


@pytest.mark.parametrize(
    "ref", ["", "..", "../modules", "file:///etc", "x" * 5000, "a\0b", "https://[", "<script>", "~nobody/x"]
)
def test_a_reference_that_means_nothing_finds_nothing(ref):
    assert find_module(ref) is None


def test_a_path_is_found_until_its_files_change(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"1")
    kept = keep("mine", str(tmp_path), "file")
    assert find_module(str(tmp_path)) == kept
    (tmp_path / "saved_model.pb").write_bytes(b"2")
    assert find_module(str(tmp_path)) is None
    assert find_module(kept.id) == kept


def test_a_path_whose_files_are_gone_is_still_found(tmp_path):
    kept = keep("mine", str(tmp_path / "gone"), "file")
    assert find_module(str(tmp_path / "gone")) == kept


def test_a_relative_path_is_the_same_as_the_whole_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = keep("mine", str(Path("folder").absolute()), "file")
    assert find_module("folder") == find_module("./folder") == kept


def test_a_deleted_module_is_gone_and_a_built_in_one_stays():
    kept = keep(handle=MOBILENET)
    delete_module(kept.id)
    assert find_module(MOBILENET) is None
    assert known_module(MOBILENET) in catalogue()
    with pytest.raises(UserError, match="no such module"):
        delete_module(kept.id)
    with pytest.raises(UserError, match="built-in"):
        delete_module("efficientnet-lite0")
    with pytest.raises(UserError):
        delete_module("../datasets")


def test_the_documents_have_the_keys_that_the_command_line_promises():
    variables = (VariableFact(name="w", shape=(3, 4)), VariableFact(name="mean", shape=(4,), trainable=False))
    module = Module(
        id="tiny-1",
        name="tiny",
        handle="h",
        source="hub",
        trainable=True,
        input=TensorFact(name="images", shape=(None, None, 3)),
        outputs=(TensorFact(name="out", shape=(2,)),),
        groups=(LayerGroup(name="stem", variables=variables),),
        feature_dim=2,
        parameters=16,
    )
    assert describe(module) == {
        "module": "tiny-1",
        "handle": "h",
        "modality": "image",
        "trainable": True,
        "input": {"name": "images", "shape": [None, None, 3], "dtype": "float32"},
        "expects": {
            "value_range": [0.0, 1.0],
            "mean": [],
            "std": [],
            "channels": 3,
            "channel_order": "RGB",
            "layout": "HWC",
            "batch_size": None,
            "found_by": "",
            "in_words": "0 … 1",
        },
        "outputs": [{"name": "out", "shape": [2], "dtype": "float32"}],
        "output": [],
        "inner_outputs": [],
        "notes": [],
        "groups": [
            {
                "name": "stem",
                "parameters": 16,
                "variables": [{"name": "w", "shape": [3, 4]}, {"name": "mean", "shape": [4]}],
            }
        ],
    }
    assert describe_short(module) == {
        "name": "tiny",
        "handle": "h",
        "modality": "image",
        "local": True,
        "parameters": 16,
        "feature_dim": 2,
        "licence": "",
    }
