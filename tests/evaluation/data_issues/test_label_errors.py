"""Confident learning is the paper's, computed here in its own words."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from tests.evaluation.made import drawn
from tlcore.evaluation.data_issues.label_errors import confident_classes, neighbours_votes, thresholds

degenerate = st.builds(
    drawn,
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(0, 2**16),
    sharpened=st.sampled_from([0.0, 1.0, 9.0]),  # 0: all probabilities are equal
    digits=st.sampled_from([None, 1]),
)


@settings(max_examples=80, deadline=None)
@given(degenerate)
def test_classes_are_counted_as_the_paper_says(predictions):
    p, classes = predictions.probabilities, range(len(predictions.class_names))
    own = [
        [row[label] for row, given in zip(p, predictions.labels, strict=True) if given == label] for label in classes
    ]
    limits = [np.mean(each) if each else np.inf for each in own]
    np.testing.assert_allclose(thresholds(predictions.labels, p), limits, rtol=1e-5)
    reached = thresholds(predictions.labels, p)
    for row, counted in zip(p, confident_classes(p, reached), strict=True):
        sure = [label for label in classes if row[label] >= reached[label]]
        assert counted == (max(sure, key=lambda label: row[label]) if sure else -1)


def test_votes_are_those_of_scikit_learns_neighbours():
    random = np.random.default_rng(0)
    vectors, labels = random.normal(size=(60, 5)) + 2, random.integers(0, 3, 60)
    fitted = KNeighborsClassifier(7, metric="cosine", weights=lambda far: 1 - far).fit(vectors[:40], labels[:40])
    far, near = NearestNeighbors(n_neighbors=60, metric="cosine").fit(vectors).kneighbors(vectors[40:])
    of_fitted = near < 40
    order = np.argsort(~of_fitted, axis=1, kind="stable")[:, :7]
    indices = np.zeros((60, 7), int)
    distances = np.ones((60, 7))
    indices[40:] = np.take_along_axis(near, order, axis=1)
    distances[40:] = np.take_along_axis(far, order, axis=1)
    votes = neighbours_votes(labels, indices, distances, np.arange(60) < 40, 3)
    np.testing.assert_allclose(votes[40:], fitted.predict_proba(vectors[40:]), atol=1e-6)
    np.testing.assert_allclose(votes[:40], 1 / 3)  # at distance 1 nobody has a say


def test_those_who_may_not_vote_do_not():
    labels, indices, distances = np.array([0, 1, 1]), np.array([[1, 2], [0, 2], [0, 1]]), np.full((3, 2), 0.5)
    votes = neighbours_votes(labels, indices, distances, np.array([True, True, False]), 2)
    np.testing.assert_allclose(votes, [[0, 1], [1, 0], [0.5, 0.5]])
    nobody = neighbours_votes(labels, indices, distances, np.zeros(3, bool), 2)
    np.testing.assert_allclose(nobody, 0.5)
