"""Embedding maps: feature vectors in two dimensions, computed once and kept with their run."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import tlcore.workspace as workspace
from tlcore.errors import UserError
from tlcore.evaluation.principal import principal_components
from tlcore.progress import Progress
from tlcore.runs import Run

METHODS = {"pca": "PCA", "t-sne": "t-SNE"}
WHICH = {"module": "the module as it came", "trained": "the trained module"}
_COMPONENTS = 50
_PERPLEXITY = 30
_FEW = 5  # points that t-SNE says nothing about
_EARLY, _LATE = 250, 500  # openTSNE's own iterations, with early exaggeration and after it


def compute_map(vectors: np.ndarray, method: str, seed: int = 0, progress: Progress | None = None) -> np.ndarray:
    """Places vectors in the plane.

    PCA gives the two directions of greatest variance. t-SNE (L. van der Maaten and G. Hinton, JMLR 9, 2008; by
    openTSNE) starts from them, on the first 50 principal components; below five points it is PCA.

    Args:
        vectors: (n, d) finite, or what gives such rows when indexed; it is read in blocks.
        method: "pca" or "t-sne".
        seed: the same seed gives the same map.
        progress: hears steps in rows and iterations, and may cancel.

    Returns:
        float32 (n, 2).

    Raises:
        UserError: the method is unknown.
    """
    if method not in METHODS:
        raise UserError("There is no such map", f"“{method}”", f"Choose one of {', '.join(METHODS)}")
    progress = progress or Progress()
    flat = np.zeros((len(vectors), 2), np.float32)
    if not len(vectors):
        return flat
    reduced = principal_components(vectors, 2 if method == "pca" else _COMPONENTS, seed, progress)
    flat[:, : reduced.shape[1]] = reduced[:, :2]
    if method == "pca" or len(flat) < _FEW or not flat.any():
        return flat
    return _t_sne(reduced, flat.astype(float), seed, progress)


def _t_sne(reduced: np.ndarray, start: np.ndarray, seed: int, progress: Progress) -> np.ndarray:
    from openTSNE import TSNE, initialization

    total = _EARLY + _LATE
    done = 0
    past = 0

    def hear(iteration: int, error: float, embedding: np.ndarray) -> None:
        nonlocal done, past
        if past + iteration < done:  # openTSNE counts each of its two phases from the start
            past = _EARLY
        done = past + iteration
        progress.step(done, total, "iterations", "t-SNE")

    progress.step(0, total, "iterations", "t-SNE")
    model = TSNE(
        perplexity=min(_PERPLEXITY, (len(reduced) - 1) / 3),
        initialization=initialization.rescale(start),
        early_exaggeration_iter=_EARLY,
        n_iter=_LATE,
        n_jobs=1 if len(reduced) < 1000 else -1,
        random_state=seed,
        callbacks=hear,
        callbacks_every_iters=10,
    )
    placed = np.asarray(model.fit(reduced), np.float32)
    progress.step(total, total, "iterations", "t-SNE")
    return placed


def map_path(run: Run, which: str, method: str) -> Path:
    """Where a map lies, or is to be written: those of an early result, without the test split, apart from a run's."""
    if which not in WHICH or method not in METHODS:
        raise UserError(
            "There is no such map", f"{method} of {which}", f"Choose {', '.join(METHODS)} of {', '.join(WHICH)}"
        )
    folder = run.folder / "result" / ("" if run.has_result else "early") / "maps"
    return folder / f"{which}-{method}.parquet"


def read_map(run: Run, which: str, method: str) -> pd.DataFrame | None:
    """The kept map of a run: `id`, `x` and `y`, a row an example; None where it was not computed yet."""
    path = map_path(run, which, method)
    return pd.read_parquet(path) if path.exists() else None


def write_map(path: Path, ids: Sequence[str], places: np.ndarray) -> None:
    """Keeps a map at its `map_path`; `places` is (n, 2), rows as `ids`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    pd.DataFrame({"id": ids, "x": places[:, 0], "y": places[:, 1]}).to_parquet(content, index=False)
    workspace.replace_file(path, content.getvalue())
