"""How well classes lie apart in the full feature space, before a run and after it."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

import tlcore.base.workspace as workspace
from tlcore.base.errors import UserError
from tlcore.base.progress import Progress
from tlcore.evaluation.maps.embedding_maps import WHICH
from tlcore.evaluation.maps.neighbours import nearest
from tlcore.evaluation.metrics.bootstrap import interval, mean_of
from tlcore.evaluation.metrics.classification import accuracy_interval
from tlcore.evaluation.run_results import answers, features_of, has_trained_features
from tlcore.features.store.feature_store import Rows
from tlcore.runs import Run

NEIGHBOURS = 5
MOST = 5000  # examples that are measured: each is held against every other
_QUERIES = 500  # whose distances to many train examples are in memory at once


class Estimate(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class Change(NamedTuple):
    """A measure in the feature space of the module as it came and in that of the trained one.

    Attributes:
        before: with its own interval.
        after: with its own interval.
        difference: after less before; its interval is the paired one, as both are of the same examples.
    """

    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Separation:
    """What was measured of one split of a run.

    Attributes:
        knn: accuracy of k nearest neighbours, as `neighbours_right` says, with Wilson's intervals.
        silhouette: the mean of `silhouettes`, with bootstrap intervals; None where there are none.
        n: how many examples were measured.
        of: how many there are; more than n where `MOST` of them were drawn by the plan's seed.
    """

    knn: Change
    silhouette: Change | None
    n: int
    of: int


def measure_separation(run: Run, split: str, progress: Progress | None = None) -> Separation:
    """Measures one split of a fine-tuned run, and keeps the numbers with it.

    Args:
        run: with a result.
        split: "val" or "test"; train would flatter, as training saw it.
        progress: hears steps in examples.

    Raises:
        UserError: the run trained no layer group, it has no example of the split, or its dataset or module is
            gone.
    """
    if not has_trained_features(run):
        raise UserError(
            "This run did not change its module",
            "Its feature vectors are the same as before training",
            "Choose a run that fine-tuned layer groups",
        )
    progress = progress or Progress()
    predictions = answers(run, early=False)
    train, judged = (np.flatnonzero(predictions.splits == each) for each in ("train", split))
    of = len(judged)
    if not of:
        raise UserError("There is nothing to measure", f"This run has no {split} examples", "Choose another split")
    if of > MOST:
        judged = np.sort(np.random.default_rng(run.plan.seed).choice(judged, MOST, replace=False))
    voters = np.full(len(predictions), -1)
    voters[train] = predictions.labels[train]
    right, apart = [], []
    for which, name in WHICH.items():
        _, vectors = features_of(run, which, progress)  # rows as what was said
        queries = vectors[judged]
        right.append(neighbours_right(vectors, voters, queries, predictions.labels[judged], progress, name))
        apart.append(silhouettes(queries, predictions.labels[judged]))
    separation = Separation(_of_shares(*right), None if apart[0] is None else _of_means(*apart), len(judged), of)
    path = run.artifacts.separation(split)
    path.parent.mkdir(exist_ok=True)
    workspace.write_json(path, asdict(separation))
    return separation


def read_separation(run: Run, split: str) -> Separation | None:
    """What `measure_separation` kept; None where it was not measured yet."""
    if not run.artifacts.separation(split).exists():
        return None
    document = workspace.read_json(run.artifacts.separation(split))
    for measure in ("knn", "silhouette"):
        if document[measure]:
            document[measure] = Change(*(Estimate(*each) for each in document[measure]))
    return Separation(**document)


def neighbours_right(
    vectors: np.ndarray | Rows,
    labels: np.ndarray,
    queries: np.ndarray,
    true: np.ndarray,
    progress: Progress,
    name: str = "",
) -> np.ndarray:
    """Whether an example's nearest labelled ones, by cosine distance, tell its class: each of them has one vote.

    Args:
        vectors: (n, d), or what gives such rows when indexed.
        labels: (n,) int, −1 for those that have no vote.
        queries: (m, d).
        true: (m,) int.
        progress: hears steps in examples.
        name: of the work.

    Returns:
        (m,) float, 1 where most of the `NEIGHBOURS` nearest, or of those there are, have the true class; of classes
        with as many votes the first counts.
    """
    from scipy.stats import mode

    told = np.empty(len(queries), int)
    for start in range(0, len(queries), _QUERIES):
        progress.step(start, len(queries), "examples", name)
        part = slice(start, start + _QUERIES)
        near, _ = nearest(vectors, queries[part], NEIGHBOURS, labels >= 0)
        told[part] = mode(labels[near], axis=1).mode
    progress.step(len(queries), len(queries), "examples", name)
    return (told == true).astype(float)


def silhouettes(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """How much nearer each example is to its own class than to the nearest other one, by mean cosine distance.

    (b − a) / max(a, b), a being the mean distance to the others of its class, b that to the nearest other class;
    0 for an example that is alone in its class (P. Rousseeuw, J. Comput. Appl. Math. 20, 1987).

    Args:
        vectors: (n, d).
        labels: (n,) int.

    Returns:
        (n,) float, −1…1; None where all are of one class, or each is of another.
    """
    from sklearn.metrics import silhouette_samples

    if not 1 < len(np.unique(labels)) < len(labels):
        return None
    return silhouette_samples(np.asarray(vectors, float), labels, metric="cosine")


def _of_shares(before: np.ndarray, after: np.ndarray) -> Change:
    own = (Estimate(float(each.mean()), *accuracy_interval(int(each.sum()), len(each))) for each in (before, after))
    return Change(*own, _mean(after - before))


def _of_means(before: np.ndarray, after: np.ndarray) -> Change:
    return Change(_mean(before), _mean(after), _mean(after - before))


def _mean(values: np.ndarray) -> Estimate:
    low, high = interval(mean_of(values), len(values))
    return Estimate(float(values.mean()), float(low), float(high))
