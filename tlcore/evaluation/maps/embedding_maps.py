"""Embedding maps: feature vectors in two or three dimensions, computed once and kept with their run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation.maps import projections
from tlcore.evaluation.maps.pca import principal_components
from tlcore.runs import Run

METHODS = {"pca": "PCA", "t-sne": "t-SNE", "umap": "UMAP"}
DIMENSIONS = (2, 3)
WHICH = {"module": "the module as it came", "trained": "the trained module"}
AXES = ("x", "y", "z")
_COMPONENTS = 50
_FEW = 5  # points that t-SNE and UMAP say nothing about
_LAYOUTS = {"t-sne": projections.t_sne, "umap": projections.umap}


def compute_map(
    vectors: np.ndarray, method: str, seed: int = 0, progress: Progress | None = None, dimensions: int = 2
) -> np.ndarray:
    """Places vectors in the plane, or in space.

    PCA gives the directions of greatest variance. t-SNE and UMAP start from them, on the first 50 principal
    components; below five points they are PCA.

    Args:
        vectors: (n, d) finite, or what gives such rows when indexed; it is read in blocks.
        method: one of `METHODS`.
        seed: the same seed gives the same map.
        progress: hears steps in rows and iterations, and may cancel.
        dimensions: one of `DIMENSIONS`.

    Returns:
        float32 (n, dimensions).

    Raises:
        UserError: there is no such method, or so many dimensions.
    """
    _check(method, dimensions)
    progress = progress or Progress()
    flat = np.zeros((len(vectors), dimensions), np.float32)
    if not len(vectors):
        return flat
    reduced = principal_components(vectors, dimensions if method == "pca" else _COMPONENTS, seed, progress)
    flat[:, : reduced.shape[1]] = reduced[:, :dimensions]
    if method == "pca" or len(flat) < _FEW or not flat.any():
        return flat
    return _LAYOUTS[method](reduced, flat.astype(float), seed, progress)


def map_path(run: Run, which: str, method: str, dimensions: int = 2) -> Path:
    """Where a map lies, or is to be written: those of an early result, without the test split, apart from a run's."""
    _check(method, dimensions)
    if which not in WHICH:
        raise UserError("There is no such map", f"A map of {which}", f"Choose one of {', '.join(WHICH)}")
    return run.artifacts.map(which, method, dimensions, early=not run.has_result)


def map_version(run: Run, which: str, method: str, dimensions: int = 2) -> tuple | None:
    """What tells a kept map from those of other runs or times; None where it was not computed yet."""
    return workspace.file_version(map_path(run, which, method, dimensions))


def read_map(run: Run, which: str, method: str, dimensions: int = 2) -> pd.DataFrame | None:
    """The kept map of a run: `id`, `x`, `y` and, of three dimensions, `z`; None where it was not computed yet."""
    path = map_path(run, which, method, dimensions)
    return pd.read_parquet(path) if path.exists() else None


def write_map(path: Path, ids: Sequence[str], places: np.ndarray) -> None:
    """Keeps a map at its `map_path`; `places` is (n, 2) or (n, 3), rows as `ids`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame({"id": ids, **dict(zip(AXES, places.T, strict=False))})
    workspace.replace_file(path, table.to_parquet(index=False))


def _check(method: str, dimensions: int) -> None:
    if method not in METHODS or dimensions not in DIMENSIONS:
        raise UserError(
            "There is no such map",
            f"“{method}” in {dimensions} dimensions",
            f"Choose one of {', '.join(METHODS)}, in {' or '.join(map(str, DIMENSIONS))} dimensions",
        )
