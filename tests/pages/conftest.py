"""Pages are tried by themselves: nothing takes up what they put in the queue, and a new workspace is empty."""

from types import SimpleNamespace

import numpy as np
import pytest

from pages.shared.jobs import first_opening
from tests.pages.finished_run import finished_run
from tests.pages.skin import import_skin, write_skin
from tlcore import jobs
from tlcore.evaluation.maps.embedding_maps import compute_map, map_path, write_map
from tlcore.evaluation.run_results import features_of


@pytest.fixture(autouse=True)
def without_a_supervisor(monkeypatch):
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)


@pytest.fixture(autouse=True)
def without_an_example(request, monkeypatch):
    if "new_workspace" not in request.fixturenames:
        monkeypatch.setattr(first_opening, "is_first_opening", lambda: False)


@pytest.fixture
def new_workspace():
    """What is opened is opened for the first time."""


@pytest.fixture(scope="session")
def _skin(tmp_path_factory):
    from tests.evaluation.little_run import tiny_module, trained_run

    folder = tmp_path_factory.mktemp("skin")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLCORE_HOME", str(folder / "home"))
        dataset = import_skin(write_skin(folder / "pictures"))
        module = tiny_module(folder)
        runs = trained_run(dataset, module), trained_run(dataset, module, hidden_units=(4,), epochs=1)
        for run in runs:
            ids, vectors = features_of(run, "module")
            write_map(map_path(run, "module", "pca"), ids.tolist(), compute_map(np.asarray(vectors[:]), "pca"))
    return SimpleNamespace(home=folder / "home", dataset=dataset, run=runs[0], other=runs[1])


@pytest.fixture
def skin(_skin, monkeypatch):
    """What the pipeline itself made of pictures with a table of metadata, for tests that only read: `dataset`; `run`, a
    linear probe that is weak on women; `other`, a run of a head with a hidden layer.
    """
    monkeypatch.setenv("TLCORE_HOME", str(_skin.home))
    return _skin


@pytest.fixture
def run(make_images, tmp_path):
    """A finished run that fine-tuned two layer groups."""
    return finished_run(make_images, tmp_path / "zoo")
