"""How far rows that one engine computed are from another's."""

from typing import NamedTuple

import numpy as np


class Cosines(NamedTuple):
    """Of rows with those that were expected: the mean over all pictures, and the worst picture's."""

    mean: float
    worst: float


@np.errstate(invalid="ignore", over="ignore")
def cosines(rows: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> Cosines:
    """The cosines of each picture's row with the one expected; of several outputs, those of the worst.

    Args:
        rows: an array an output, a row a picture.
        expected: the same from another engine.

    Returns:
        Of rows that are not finite nan, which is larger than nothing; rows that are expected not to be do not count.
    """
    of_outputs = []
    for mine, theirs in _flat(rows, expected):
        lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(theirs, axis=1)
        same = (mine == theirs).all(axis=1)  # rows of zeros have no direction
        of_outputs.append(np.where(same, 1.0, (mine * theirs).sum(axis=1) / np.where(lengths == 0, np.inf, lengths)))
    return Cosines(float(min(each.mean() for each in of_outputs)), float(min(each.min() for each in of_outputs)))


@np.errstate(invalid="ignore", over="ignore")
def difference(rows: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> float:
    """The largest distance of a picture's row from the one expected, as a share of that one's length.

    Args and what comes of rows that are not finite: as `cosines`.
    """
    shares = []
    for mine, theirs in _flat(rows, expected):
        far, length = np.linalg.norm(mine - theirs, axis=1), np.linalg.norm(theirs, axis=1)
        shares.append((np.where(far == 0, 0.0, far / np.where(length == 0, np.finfo(float).tiny, length))).max())
    return float(np.max(shares))


def _flat(rows, expected):
    for mine, theirs in zip(rows, expected, strict=True):
        mine, theirs = (each.reshape(len(each), -1).astype(np.float64) for each in (mine, theirs))
        finite = np.isfinite(theirs).all(axis=1)
        is_alike = finite.any() and (np.isfinite(mine).all(axis=1) == finite).all()
        yield (mine[finite], theirs[finite]) if is_alike else (mine, theirs)
