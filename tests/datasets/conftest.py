"""Little pictures and archives, good and bad."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def picture():
    """The bytes of a noisy picture; each number gives another one."""

    def make(
        number: int = 0, format: str = "PNG", size: tuple[int, int] = (12, 9), mode: str = "RGB", **options
    ) -> bytes:
        pixels = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(buffer, format, **options)
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def two_classes(picture):
    """Files by name: five pictures each of ants and bees."""
    return {f"{label}/{n}.png": picture(100 * k + n) for k, label in enumerate(("ants", "bees")) for n in range(5)}


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
