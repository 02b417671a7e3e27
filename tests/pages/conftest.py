"""Pages are tried by themselves: nothing takes up what they put in the queue, and a new workspace is empty."""

import sys

import pytest

from pages.parts import first_opening
from tests.pages.finished_run import finished_run
from tlcore import jobs


@pytest.fixture(autouse=True)
def without_a_supervisor(monkeypatch):
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)


@pytest.fixture(autouse=True)
def main_module():
    """A page tried here becomes `__main__`, which processes that are started later would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def without_an_example(request, monkeypatch):
    if "new_workspace" not in request.fixturenames:
        monkeypatch.setattr(first_opening, "is_first_opening", lambda: False)


@pytest.fixture
def new_workspace():
    """What is opened is opened for the first time."""


@pytest.fixture
def run(make_images, tmp_path):
    """A finished run that fine-tuned two layer groups."""
    return finished_run(make_images, tmp_path / "zoo")
