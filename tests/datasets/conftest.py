"""Little pictures and archives, good and bad."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest


@pytest.fixture
def make_zip(tmp_path):
    """Writes a zip of files by name."""

    def make(files: dict[str, bytes], name: str = "data.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for entry, content in files.items():
                archive.writestr(entry, content)
        return tmp_path / name

    return make


@pytest.fixture
def make_tar(tmp_path):
    """Writes a tar of files by name, packed as the mode says."""

    def make(files: dict[str, bytes], name: str = "data.tar", mode: str = "w") -> Path:
        with tarfile.open(tmp_path / name, mode) as archive:
            for entry, content in files.items():
                info = tarfile.TarInfo(entry)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return tmp_path / name

    return make


@pytest.fixture
def make_folder(tmp_path):
    """Writes files by name under a folder."""

    def make(files: dict[str, bytes], name: str = "data") -> Path:
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / name

    return make
