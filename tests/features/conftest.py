"""A little dataset of pictures."""

import pytest

from tlcore.datasets import import_dataset


@pytest.fixture
def dataset(make_images, tmp_path):
    """73 pictures, two classes."""
    return import_dataset(make_images(tmp_path / "pictures", {"a": 40, "b": 33}, size=20), name="little")
