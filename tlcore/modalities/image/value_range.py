"""Pictures of more than eight bits: the range that all of a dataset's are scaled by."""

import functools
from collections.abc import Iterable

import numpy as np

from tlcore.modalities.modality import Range

_OUTLIERS = 10_000  # one value in so many, at each end, may be a dead or a hot pixel
_MOST_BITS = 32


def range_of(values: np.ndarray) -> Range | None:
    """The lowest and the highest value of a picture, but for one in ten thousand at each end; None: none is finite."""
    values = values.reshape(-1)
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    if not len(values):
        return None
    out = len(values) // _OUTLIERS
    if not out:
        return float(values.min()), float(values.max())
    low, high = np.partition(values, [out, len(values) - 1 - out])[[out, -1 - out]]
    return float(low), float(high)


def common_range(ranges: Iterable[Range]) -> Range | None:
    """The range that pictures with these ranges are scaled by; None without any.

    It goes from the lowest value to the highest. Where none is below zero it goes from zero to the highest number of
    as many bits as the highest value takes, if that takes at least half of it: 12 bits in 16 give 0…4095, and floating
    values up to one give 0…1.
    """
    ranges = list(ranges)
    if not ranges:
        return None
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if low >= 0:
        for most in (2.0**bits - 1 for bits in range(1, _MOST_BITS + 1)):
            if most / 2 < high <= most:
                return 0.0, most
    return (low, high) if high > low else (low, low + 1)


def to_8_bits(values: np.ndarray, by: Range) -> np.ndarray:
    """Values of a picture scaled by a range to uint8; what is not finite becomes black."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        return _table(by)[values]
    low, high = by
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.floor((values.astype(np.float64) - low) * (255 / max(high - low, np.finfo(float).tiny)) + 0.5)
    return np.where(np.isfinite(values), scaled, 0).clip(0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=4)
def _table(by: Range) -> np.ndarray:
    """What each number of 16 bits becomes: to look it up takes a tenth of the time."""
    return to_8_bits(np.arange(2**16, dtype=np.float64), by)
