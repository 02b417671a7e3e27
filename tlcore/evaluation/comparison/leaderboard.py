"""The runs of a dataset by how good they are on val, and how often test was read to choose among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tlcore.base.errors import UserError
from tlcore.datasets import open_dataset
from tlcore.evaluation.run_results import test_views
from tlcore.runs import Run


@dataclass(frozen=True)
class Place:
    """One run of a leaderboard.

    Attributes:
        run: with a result.
        val: its numbers as a run's metrics have them; None where the dataset had no val examples.
        test_views: how often its numbers on test were looked at.
        is_current: whether it was made with the dataset as it is now; None where the dataset is gone.
    """

    run: Run
    val: dict | None
    test_views: int
    is_current: bool | None


def leaderboard(runs: Sequence[Run], dataset_id: str) -> list[Place]:
    """The runs of one dataset that have a result, the highest accuracy on val first.

    Of equal ones the lower loss comes first, then the newer; runs without val come last. Test has no say in it.

    Args:
        runs: of any dataset, newest first.
        dataset_id: whose are wanted.
    """
    try:
        now = open_dataset(dataset_id).fingerprint
    except UserError:
        now = None
    places = []
    for run in runs:
        dataset = run.record["dataset"]
        if dataset["id"] == dataset_id and run.has_result:
            current = None if now is None else dataset["fingerprint"] == now
            places.append(Place(run, run.metrics.get("val"), test_views(run), current))
    return sorted(places, key=lambda each: (each.val is None, *_merit(each.val)))


def _merit(val: dict | None) -> tuple[float, float]:
    return (-val["accuracy"], val["loss"]) if val else (0.0, 0.0)
