"""The linear probe with its path of strengths, against scikit-learn's."""

import os
import time
import warnings
from collections.abc import Iterator

from benchmarks.measuring import Row, benchmark, take_turns
from benchmarks.synthetic import clusters

_SIZES = (1_000, 50_000)
_TEST = 5_000


@benchmark("probe", minutes=6)
def probe() -> Iterator[Row]:
    """The probe with its L2 path, 1,000 and 50,000 × 1,280, against scikit-learn's LogisticRegressionCV."""
    for size in _SIZES:
        yield _row(size)


def _row(size: int) -> Row:
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.preprocessing import StandardScaler

    from tlcore.plans import Plan
    from tlcore.training.probe.probe import assign_folds, fit_probe

    vectors, labels = clusters(size + _TEST)
    test, expected = vectors[size:], labels[size:]
    vectors, labels = vectors[:size], labels[:size]
    splits = np.full(size, "train")
    plan = Plan()
    folds = assign_folds(labels, plan.seed)
    cv = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in np.unique(folds)]

    def ours() -> float:
        fitted = fit_probe(vectors, labels, splits, plan)
        return float((fitted.probabilities(test).argmax(axis=1) == expected).mean())

    def peer(jobs: int) -> float:
        scaler = StandardScaler()
        solver = LogisticRegressionCV(
            Cs=list(plan.probe_c),
            cv=cv,
            scoring="neg_log_loss",
            max_iter=1000,
            n_jobs=jobs,
            use_legacy_attributes=False,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solver.fit(scaler.fit_transform(vectors), labels)
        return float((solver.predict(scaler.transform(test)) == expected).mean())

    jobs = min((1, os.cpu_count()), key=lambda jobs: _seconds(lambda: peer(jobs)))
    ours()
    turns = take_turns({"ours": lambda turn: ours(), "peer": lambda turn: peer(jobs)}, warm=False)
    return turns.row(
        "probe with its path",
        f"{size:,} × 1,280, 10 classes, synthetic",
        against="scikit-learn's StandardScaler and LogisticRegressionCV (L-BFGS, float32, the same strengths and "
        f"folds, by log loss), n_jobs={jobs}, the faster of 1 and all cores",
        target=1.5,
        note=f"at {size:,}, accuracy on {_TEST:,} others: ours {turns.results['ours'][0]:.4f} (strength by the "
        f"one-standard-error rule), scikit-learn's {turns.results['peer'][0]:.4f} (by the lowest log loss)",
    )


def _seconds(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
