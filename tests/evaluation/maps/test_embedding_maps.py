"""Maps are the same for the same seed, exist for few points, and speak while they are made."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from tlcore.base.errors import UserError
from tlcore.base.progress import Cancelled, Progress
from tlcore.evaluation.maps.embedding_maps import DIMENSIONS, METHODS, compute_map, map_path, read_map, write_map
from tlcore.runs import Run


class Heard(Progress):
    def __init__(self, answer: str = ""):
        self.steps = []
        self.answer = answer

    def event(self, kind, **fields):
        if fields["unit"] == "iterations":
            self.steps.append((fields["done"], fields["total"]))

    def request(self):
        return self.answer


def clusters(n=90, d=64):
    random = np.random.default_rng(0)
    return (np.repeat(random.normal(0, 6, (3, d)), n // 3, axis=0) + random.normal(0, 1, (n, d))).astype(np.float32)


def test_pca_agrees_with_scikit_learn():
    vectors = clusters()
    expected = PCA(2, svd_solver="full").fit_transform(vectors.astype(float))
    np.testing.assert_allclose(np.abs(compute_map(vectors, "pca")), np.abs(expected), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_map(method, dimensions):
    vectors = clusters()
    one, same = (compute_map(vectors, method, 3, dimensions=dimensions) for _ in range(2))
    assert one.shape == (90, dimensions) and one.dtype == np.float32
    np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
@pytest.mark.parametrize("method", ["t-sne", "umap"])
def test_neighbours_stay_together(method, dimensions):
    vectors = clusters()
    placed = compute_map(vectors, method, dimensions=dimensions)
    centres = placed.reshape(3, 30, dimensions).mean(axis=1)
    nearest = ((placed[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == np.repeat(np.arange(3), 30)).all()
    assert trustworthiness(vectors, placed, n_neighbors=10) > 0.8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [0, 1, 2, 4, 5, 6, 12])
def test_few_points_have_a_map_too(method, n):
    placed = compute_map(clusters()[:n], method)
    assert placed.shape == (n, 2) and np.isfinite(placed).all()


@pytest.mark.parametrize("method", METHODS)
def test_points_that_are_all_the_same_have_a_map(method):
    assert np.isfinite(compute_map(np.ones((12, 8), np.float32), method)).all()


@pytest.mark.parametrize("method", METHODS)
def test_vectors_of_one_number_have_a_map(method):
    placed = compute_map(np.arange(9, dtype=np.float32)[:, None], method)
    assert placed.shape == (9, 2) and np.isfinite(placed).all()


def test_t_sne_tells_how_far_it_is_and_can_be_cancelled():
    heard = Heard()
    compute_map(clusters(30), "t-sne", progress=heard)
    done = [step[0] for step in heard.steps]
    assert done == sorted(done) and done[0] == 0 and heard.steps[-1] == (750, 750) and len(done) > 20
    with pytest.raises(Cancelled):
        compute_map(clusters(30), "t-sne", progress=Heard("cancel"))


def test_umap_tells_how_far_it_is_and_can_be_cancelled():
    heard = Heard()
    compute_map(clusters(30), "umap", progress=heard)
    (first, _), *counted = heard.steps
    done, totals = zip(*counted, strict=True)
    assert first == 0 and list(done) == sorted(done) and set(totals) == {500} and done[-1] == 500
    with pytest.raises(Cancelled):
        compute_map(clusters(30), "umap", progress=Heard("cancel"))


def test_what_is_no_map_is_named():
    with pytest.raises(UserError, match="isomap"):
        compute_map(clusters(), "isomap")
    with pytest.raises(UserError, match="4 dimensions"):
        compute_map(clusters(), "pca", dimensions=4)


def test_maps_are_kept_with_their_run(tmp_path):
    run = Run(tmp_path)
    (tmp_path / "result").mkdir()
    assert read_map(run, "trained", "pca") is None
    write_map(map_path(run, "trained", "pca"), ["a", "b"], np.array([[0, 1], [2, 3]], np.float32))
    table = read_map(run, "trained", "pca")
    assert table["id"].tolist() == ["a", "b"] and table["x"].tolist() == [0, 2] and table["y"].tolist() == [1, 3]
    assert read_map(run, "module", "pca") is None
    with pytest.raises(UserError):
        read_map(run, "../x", "pca")


def test_maps_of_three_dimensions_are_kept_beside_those_of_two(tmp_path):
    run = Run(tmp_path)
    (tmp_path / "result").mkdir()
    write_map(map_path(run, "module", "umap", 3), ["a", "b"], np.array([[0, 1, 2], [3, 4, 5]], np.float32))
    assert read_map(run, "module", "umap") is None
    table = read_map(run, "module", "umap", 3)
    assert table.columns.tolist() == ["id", "x", "y", "z"] and table["z"].tolist() == [2, 5]
