"""What looks like a SavedModel, and a folder to fetch one into."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def saved_model(tmp_path) -> Path:
    """What looks like one without TensorFlow."""
    folder = tmp_path / "tiny"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(os.urandom(600_000))
    (folder / "README.md").write_text("How it was made.")
    return folder


@pytest.fixture
def into(tmp_path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"
