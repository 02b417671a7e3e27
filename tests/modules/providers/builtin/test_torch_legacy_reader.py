import io
import os
import pickle
import random

import numpy as np
import pytest

from tlcore.base.errors import UserError
from tlcore.modules.providers.builtin import torch_legacy_reader


@pytest.fixture(scope="module")
def content():
    return torch_legacy_reader.efficientnet_lite0_file().read_bytes()


def test_the_package_holds_all_tensors_of_the_network(content):
    tensors = torch_legacy_reader.read_torch_file(io.BytesIO(content))
    floats = {name: tensor for name, tensor in tensors.items() if tensor.dtype == np.float32}
    assert sum(tensor.size for tensor in floats.values()) == 4_694_024
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(tensor).all() for tensor in floats.values())
    assert all((tensor >= 0).all() for name, tensor in floats.items() if name.endswith("running_var"))


def test_a_pickle_that_is_a_program_is_refused(tmp_path):
    class Program:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    head = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {}))
    with pytest.raises(pickle.UnpicklingError, match="no place"):
        torch_legacy_reader.read_torch_file(io.BytesIO(head + pickle.dumps(Program(), 2)))
    assert not (tmp_path / "made").exists()


def test_a_file_that_ends_early_is_refused(content):
    chance = random.Random(0)
    for length in [0, 10, len(content) - 1, *(chance.randrange(len(content)) for _ in range(10))]:
        with pytest.raises((pickle.UnpicklingError, EOFError)):
            torch_legacy_reader.read_torch_file(io.BytesIO(content[:length]))


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(0, (3, 3), (3, 1)), (5, (2,), (1,)), (-1, (2,), (1,)), (0, (2,), (-1,))]
)
def test_a_tensor_beyond_its_values_is_refused(offset, shape, strides):
    storage = torch_legacy_reader._Storage(np.dtype("<f4"), 6)
    storage.values = np.zeros(6, np.float32)
    with pytest.raises(pickle.UnpicklingError):
        torch_legacy_reader._Tensor(storage, offset, shape, strides).to_numpy()


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setattr(torch_legacy_reader, "PACKAGE", "no-such-package-anywhere")
    with pytest.raises(UserError, match="no-such-package-anywhere"):
        torch_legacy_reader.efficientnet_lite0_file()
