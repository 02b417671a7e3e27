"""Two runs that were trained once, for all that is exported of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.little_run import tiny_module, trained_run
from tlcore.datasets import import_dataset
from tlcore.modules import find_module


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCORE_HOME", str(folder / "home"))
        random = np.random.default_rng(0)
        for shade, name in ((80, "ants"), (150, "bees, & more")):
            (folder / "pictures" / name).mkdir(parents=True)
            for number in range(20):
                picture = random.integers(shade - 60, shade + 60, (20, 20, 3)).astype(np.uint8)
                Image.fromarray(picture).save(folder / "pictures" / name / f"{number}.png")
        dataset = import_dataset(folder / "pictures", name="little")
        run = trained_run(dataset, tiny_module(folder), groups=2)
        built_in = trained_run(dataset, find_module("efficientnet-lite0"), hidden_units=(8,), dropout=0.1)
    return SimpleNamespace(home=folder / "home", dataset=dataset, run=run, built_in=built_in)


@pytest.fixture
def made(_made, monkeypatch):
    """What is only read: `dataset`, of noise, dark or bright; `run`, a SavedModel fine-tuned; `built_in`, a run of the
    built-in module and a head with a hidden layer; `home`, the workspace that they lie in.
    """
    monkeypatch.setenv("TLCORE_HOME", str(_made.home))
    return _made


@pytest.fixture
def picture(made, tmp_path, monkeypatch):
    """The id of an example whose file is `picture.jpg` in what is now the present folder."""
    id = made.dataset.examples["id"].iloc[0]
    (tmp_path / "picture.jpg").write_bytes(made.dataset.file(id).read_bytes())
    monkeypatch.chdir(tmp_path)
    return id
