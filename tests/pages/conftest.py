"""Pages are tried by themselves: nothing takes up what they put in the queue."""

import pytest

from tlcore import jobs


@pytest.fixture(autouse=True)
def without_a_supervisor(monkeypatch):
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)
