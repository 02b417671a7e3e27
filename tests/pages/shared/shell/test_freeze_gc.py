"""What imports have made is left out of the search for garbage."""

import gc
import sys
from types import ModuleType

import pytest

from pages.shared.shell.freeze_gc import freeze_gc


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_after_new_imports_what_is_there_is_left_out_once(monkeypatch):
    freeze_gc()
    gc.unfreeze()
    freeze_gc()
    assert gc.get_freeze_count() == 0
    monkeypatch.setitem(sys.modules, "a_new_one", ModuleType("a_new_one"))
    freeze_gc()
    assert gc.get_freeze_count() > 0


def test_garbage_made_afterwards_is_still_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "another_new_one", ModuleType("another_new_one"))
    freeze_gc()
    circle = []
    circle.append(circle)
    del circle
    assert gc.collect() > 0
