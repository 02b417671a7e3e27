"""Pages are tried by themselves: nothing takes up what they put in the queue."""

import pytest

from tests.pages.finished_run import finished_run
from tlcore import jobs


@pytest.fixture(autouse=True)
def without_a_supervisor(monkeypatch):
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)


@pytest.fixture
def run(make_images, tmp_path):
    """A finished run that fine-tuned two layer groups."""
    return finished_run(make_images, tmp_path / "zoo")
