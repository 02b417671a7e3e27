"""Layouts that put like feature vectors side by side, by iteration, and speak while they do."""

import re
import sys
import warnings

import numpy as np

from tlcore.base.progress import Progress

_PERPLEXITY = 30
_EARLY, _LATE = 250, 500  # openTSNE's own iterations, with early exaggeration and after it
_ALONE = 1000  # points below which threads cost more than they give
_NEIGHBOURS = 15  # umap-learn's own
_DONE_OF_ALL = re.compile(r"(\d+)/(\d+)")


def t_sne(vectors: np.ndarray, start: np.ndarray, seed: int, progress: Progress) -> np.ndarray:
    """t-SNE (L. van der Maaten and G. Hinton, JMLR 9, 2008) by openTSNE.

    Args:
        vectors: (n, d) float32, n at least 5.
        start: (n, 2 or 3), where the points begin.
        seed: what chance depends on.
        progress: hears steps in iterations, and may cancel.

    Returns:
        float32, as `start`.
    """
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
        n_components=start.shape[1],
        perplexity=min(_PERPLEXITY, (len(vectors) - 1) / 3),
        initialization=initialization.rescale(start),
        early_exaggeration_iter=_EARLY,
        n_iter=_LATE,
        negative_gradient_method="auto" if start.shape[1] == 2 else "bh",  # the other is for the plane alone
        n_jobs=1 if len(vectors) < _ALONE else -1,
        random_state=seed,
        callbacks=hear,
        callbacks_every_iters=10,
    )
    placed = np.asarray(model.fit(vectors), np.float32)
    progress.step(total, total, "iterations", "t-SNE")
    return placed


def umap(vectors: np.ndarray, start: np.ndarray, seed: int, progress: Progress) -> np.ndarray:
    """UMAP (L. McInnes, J. Healy and J. Melville, arXiv:1802.03426) by umap-learn, on exact nearest neighbours.

    Args:
        vectors: (n, d) float32, n at least 5.
        start: (n, 2 or 3), where the points begin.
        seed: what chance depends on; one seed, one thread, so that the map is the same again.
        progress: hears steps in iterations, and may cancel.

    Returns:
        float32, as `start`.
    """
    from sklearn.neighbors import NearestNeighbors

    sys.modules.setdefault("umap.parametric_umap", None)  # umap would import TensorFlow for it; without, it goes on
    from umap import UMAP

    progress.step(0, None, "iterations", "UMAP")
    neighbours = min(_NEIGHBOURS, len(vectors) - 1)
    distances, indices = NearestNeighbors(n_neighbors=neighbours).fit(vectors).kneighbors(vectors)
    jitter = np.random.default_rng(seed).normal(scale=1e-4 * start.std(), size=start.shape)  # no direction is flat
    model = UMAP(
        n_components=start.shape[1],
        n_neighbors=neighbours,
        precomputed_knn=(indices, distances.astype(np.float32), None),
        init=(start + jitter).astype(np.float32),
        random_state=seed,
        n_jobs=1,
        tqdm_kwds={"file": _Bar(progress), "disable": False},
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "precomputed_knn.*transform", UserWarning)  # nothing new is to be placed
        return np.asarray(model.fit_transform(vectors), np.float32)


class _Bar:
    """A file that a bar of tqdm is written to: umap-learn has no other way to say how far it is."""

    def __init__(self, progress: Progress):
        self._progress = progress

    def write(self, text: str) -> None:
        for done, total in _DONE_OF_ALL.findall(text):
            self._progress.step(int(done), int(total), "iterations", "UMAP")

    def flush(self) -> None:
        pass
