"""Embedding maps against the libraries that they stand on, called plainly."""

from collections.abc import Iterator

from benchmarks.measuring import Row, benchmark, take_turns
from benchmarks.synthetic import clusters


@benchmark("maps", minutes=5)
def maps() -> Iterator[Row]:
    """PCA and t-SNE of 10,000 feature vectors against scikit-learn and openTSNE, PCA of 100,000."""
    import os

    import numpy as np
    from openTSNE import TSNE
    from sklearn.decomposition import PCA

    from tlcore.evaluation.maps.embedding_maps import compute_map

    vectors, _ = clusters(10_000)
    data = "10,000 × 1,280, synthetic"
    yield take_turns(
        {
            "ours": lambda turn: compute_map(vectors, "pca"),
            "peer": lambda turn: PCA(2, random_state=0).fit_transform(vectors),
        }
    ).row("map: PCA", data, against="scikit-learn: PCA(2).fit_transform(vectors), float32", target=1.0)
    yield take_turns(
        {
            "ours": lambda turn: compute_map(vectors, "t-sne"),
            "peer": lambda turn: np.asarray(TSNE(n_jobs=os.cpu_count(), random_state=0).fit(vectors)),
        },
        warm=False,
    ).row("map: t-SNE", data, against="openTSNE: TSNE(n_jobs=cores).fit(vectors)", target=1.0)
    many, _ = clusters(100_000)
    yield take_turns({"ours": lambda turn: compute_map(many, "pca")}, warm=False).row(
        "map: PCA", "100,000 × 1,280, synthetic", target=10.0, at_most=True
    )
