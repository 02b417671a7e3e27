"""Principal components are scikit-learn's, whatever they are read from and however large they are."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from tlcore.base.progress import Cancelled, Progress
from tlcore.evaluation.maps.pca import principal_components
from tlcore.features import blocks


def cloud(n: int, d: int, mean: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(0)
    scales = 1 / np.arange(1, d + 1)
    return (random.normal(size=(n, d)) * scales @ np.linalg.qr(random.normal(size=(d, d)))[0] + mean).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(300, 20), (60, 700), (600, 700), (2000, 700)])
def test_they_agree_with_a_whole_decomposition_sign_and_all(n, d):
    vectors = cloud(n, d, mean=5)
    expected = PCA(3, svd_solver="full").fit_transform(vectors.astype(float))
    np.testing.assert_allclose(principal_components(vectors, 3), expected, atol=2e-3)


def test_many_components_agree_in_how_far_apart_they_put_things():
    vectors = cloud(400, 700)
    expected = PCA(50, svd_solver="full").fit_transform(vectors.astype(float))
    placed = principal_components(vectors, 50)
    assert placed.shape == (400, 50) and placed.dtype == np.float32
    np.testing.assert_allclose((placed**2).sum(axis=1), (expected**2).sum(axis=1), rtol=1e-2)
    np.testing.assert_allclose(placed.var(axis=0), expected.var(axis=0), rtol=1e-2)


def test_a_file_read_in_blocks_gives_what_memory_gives(tmp_path, monkeypatch):
    vectors = cloud(500, 16, mean=-3)
    np.save(tmp_path / "vectors.npy", vectors)
    whole = principal_components(vectors, 2)
    monkeypatch.setattr(blocks, "_BYTES", 7 * 16 * 4)
    np.testing.assert_allclose(
        principal_components(np.load(tmp_path / "vectors.npy", mmap_mode="r"), 2), whole, atol=1e-4
    )


@pytest.mark.parametrize("repeats", [3, 30])
def test_beyond_the_rank_of_the_vectors_they_are_nothing(repeats):
    placed = principal_components(np.tile(cloud(4, 20, mean=5), (repeats, 1)), 8)
    assert placed[:, :3].std(axis=0).min() > 0.01
    np.testing.assert_allclose(placed[:, 3:], 0, atol=1e-5)


def test_no_more_come_back_than_there_can_be():
    assert principal_components(cloud(3, 8), 50).shape == (3, 3)
    assert principal_components(cloud(9, 2), 50).shape == (9, 2)


def test_it_can_be_cancelled():
    class Impatient(Progress):
        def request(self) -> str:
            return "cancel"

    with pytest.raises(Cancelled):
        principal_components(cloud(9, 2), 2, progress=Impatient())
