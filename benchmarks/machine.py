"""The machine that it all runs on: what it is, and how fast it multiplies matrices."""

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_SIDE = 4096
_REPEATS = 8
_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_PACKAGES = ("tensorflow", "keras", "openvino", "scikit-learn", "numpy", "pillow", "openTSNE", "streamlit")


def describe() -> dict:
    """Cores, processor, its flags that matter, memory, versions."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in reversed(lines))}
    except OSError:
        facts = {}
    return {
        "cores": os.cpu_count(),
        "processor": facts.get("model name", platform.processor() or platform.machine()),
        "flags": [flag for flag in _FLAGS if flag in facts.get("flags", "").split()],
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "versions": {"python": platform.python_version(), **_versions()},
    }


def matrix_product_limit(side: int = _SIDE, repeats: int = _REPEATS) -> float:
    """The most GFLOP/s of a float32 matrix product by NumPy's BLAS and by TensorFlow's oneDNN: the best of each."""
    return max(numpy_rate(side, repeats), tensorflow_rate(side, repeats))


def fastest_product(side: int = _SIDE) -> tuple[Callable[[], object], float, str]:
    """The faster of the two products here.

    Returns:
        What multiplies once, the GFLOP that it is, and whose it is.
    """
    import numpy as np

    a = np.random.default_rng(0).standard_normal((side, side), np.float32)
    ways = {"NumPy's BLAS": lambda: a @ a, "TensorFlow's oneDNN": _tensorflow_product(side)}
    name = max(ways, key=lambda name: _best_rate(ways[name], side, 3))
    return ways[name], 2 * side**3 / 1e9, name


def numpy_rate(side: int = _SIDE, repeats: int = _REPEATS) -> float:
    """GFLOP/s of NumPy's float32 matrix product, at its best."""
    import numpy as np

    a = np.random.default_rng(0).standard_normal((side, side), np.float32)
    return _best_rate(lambda: a @ a, side, repeats)


def tensorflow_rate(side: int = _SIDE, repeats: int = _REPEATS) -> float:
    """GFLOP/s of TensorFlow's float32 matrix product, at its best."""
    return _best_rate(_tensorflow_product(side), side, repeats)


def _tensorflow_product(side: int) -> Callable[[], object]:
    import tensorflow as tf

    with tf.device("CPU"):
        a = tf.random.stateless_normal((side, side), (0, 1))
        multiply = tf.function(lambda: tf.matmul(a, a))
    return lambda: multiply()[0, 0].numpy()


def _best_rate(work, side: int, repeats: int) -> float:
    work()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return 2 * side**3 / min(taken) / 1e9


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package.lower()] = version(package)
        except PackageNotFoundError:
            continue
    return found
