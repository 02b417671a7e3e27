"""What lies far from all others is found."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import NearestNeighbors

from tlcore.evaluation.data_issues.outliers import outlyingness, tukey_outliers


def test_distances_are_to_the_kth_nearest_over_their_median():
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    vectors[7] += 30
    distances, _ = NearestNeighbors(n_neighbors=5).fit(vectors).kneighbors()
    values = outlyingness(distances)
    np.testing.assert_allclose(values, distances[:, 4] / np.median(distances[:, 4]))
    assert values.argmax() == 7 and tukey_outliers(values)[7]


def test_equal_examples_or_none_have_no_outliers():
    for distances in (np.zeros((5, 2)), np.empty((1, 0)), np.empty((0, 0))):
        values = outlyingness(distances)
        assert (values == 1).all() and not tukey_outliers(values).any()


@given(hnp.arrays(float, st.integers(1, 50), elements=st.floats(0, 100)))
def test_fewer_than_half_are_far_out(values):
    assert tukey_outliers(values).sum() <= len(values) / 4
