"""One map laid over another: what is left of the way between them is how the examples moved."""

from typing import NamedTuple

import numpy as np


class Alignment(NamedTuple):
    """A map laid over another.

    Attributes:
        places: (n, k), the first map's points shifted, turned, mirrored and scaled.
        left: the share of the other map's spread (its sum of squares about its centre) that is still between the
            two, 0…1; 0 where the maps differ in nothing else.
    """

    places: np.ndarray
    left: float


def align(places: np.ndarray, target: np.ndarray) -> Alignment:
    """Lays a map over another of the same examples, so that squared distances between them are least.

    Ordinary Procrustes analysis: J. C. Gower, Generalized Procrustes analysis, Psychometrika 40 (1975). Which way is
    up, left from right and how large it is mean nothing in an embedding map.

    Args:
        places: (n, k), n at least 1.
        target: (n, k), rows of the same examples.
    """
    from scipy.linalg import orthogonal_procrustes

    places, target = np.asarray(places, float), np.asarray(target, float)
    centre = target.mean(axis=0)
    moved, aim = places - places.mean(axis=0), target - centre
    size, spread = (moved**2).sum(), (aim**2).sum()
    if not size or not spread:
        return Alignment(np.broadcast_to(centre, target.shape).copy(), float(spread > 0))
    turn, overlap = orthogonal_procrustes(moved, aim)
    return Alignment(moved @ turn * (overlap / size) + centre, max(0.0, 1 - overlap**2 / (size * spread)))
