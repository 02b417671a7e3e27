"""A leaderboard goes by val, and knows how often test was read."""

from tests.evaluation.written import written_run
from tlcore.datasets import import_dataset
from tlcore.evaluation.comparison.leaderboard import leaderboard
from tlcore.evaluation.run_results import count_test_view
from tlcore.runs import list_runs


def rows(right: int, split: str = "val") -> dict:
    return {f"e{place}": (split, 0, 0 if place < right else 1) for place in range(10)}


def test_runs_of_the_dataset_with_a_result_are_ordered_by_accuracy_on_val():
    for name, right in (("middle", 5), ("best", 9), ("worst", 1)):
        written_run(name, rows(right))
    written_run("blind", rows(10, "test"))
    written_run("waiting", rows(10), finished=False)
    written_run("elsewhere", rows(10), dataset="farm")
    places = leaderboard(list_runs(), "zoo")
    assert [place.run.id for place in places] == ["best", "middle", "worst", "blind"]
    assert [place.val and place.val["accuracy"] for place in places] == [0.9, 0.5, 0.1, None]


def test_of_equal_accuracies_the_lower_loss_comes_first_and_then_the_newer():
    wrong_once = {**rows(9), "e9": ("val", 0, 1)}
    written_run("old", wrong_once, created="2026-01-01")
    written_run("new", wrong_once, created="2026-01-02")
    sure = written_run("sure", wrong_once, created="2025-01-01", class_names=("ant", "bee"))
    assert sure.metrics["val"]["loss"] < 0.45, "of two classes the other has .3"
    assert [place.run.id for place in leaderboard(list_runs(), "zoo")] == ["sure", "new", "old"]


def test_looks_at_test_are_counted_a_run():
    one, other = written_run("one", rows(5)), written_run("other", rows(4))
    for _ in range(3):
        count_test_view(one)
    assert [(place.run.id, place.test_views) for place in leaderboard([one, other], "zoo")] == [
        ("one", 3), ("other", 0),
    ]  # fmt: skip


def test_it_says_which_runs_know_the_dataset_as_it_is_now(make_images, tmp_path):
    dataset = import_dataset(make_images(tmp_path / "pictures"))
    now = written_run("now", rows(5), dataset=dataset.id, fingerprint=dataset.fingerprint)
    before = written_run("before", rows(4), dataset=dataset.id, fingerprint="before")
    assert [place.is_current for place in leaderboard([now, before], dataset.id)] == [True, False]


def test_of_a_dataset_that_is_gone_nothing_is_said_of_now():
    assert [place.is_current for place in leaderboard([written_run("one", rows(5))], "zoo")] == [None]
