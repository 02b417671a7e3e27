"""What every test stands on: a workspace of its own, little pictures, and real data where there is some."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fine_tuning import helping as helping

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch) -> Path:
    """A fresh workspace."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TLCORE_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def main_module():
    """A page tried here becomes `__main__`, which processes that are started later would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real inputs: data/ and modules/."""
    folder = os.environ.get("TLCORE_REAL_DATA")
    if not folder:
        pytest.skip("TLCORE_REAL_DATA names no folder")
    return Path(folder).resolve()


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
def make_images():
    """Writes PNGs of a colour a class, with some noise, a folder a class."""

    def make(folder: Path, classes: dict[str, int] | None = None, size: int = 32) -> Path:
        random = np.random.default_rng(0)
        for index, (name, count) in enumerate((classes or {"a": 8, "b": 8}).items()):
            (folder / name).mkdir(parents=True, exist_ok=True)
            colour = np.array([(index * 97 + 40) % 256, (index * 53 + 120) % 256, (200 - index * 71) % 256])
            for number in range(count):
                pixels = colour + random.integers(-30, 31, (size, size, 3))
                Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name / f"{name}-{number}.png")
        return folder

    return make
